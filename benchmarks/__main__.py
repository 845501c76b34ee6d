"""`python -m benchmarks` (`make bench`): the front desk's pages at two sizes, against the bars of DESIGN §6.

Each round asks for everything once, in another order, so that whatever else the machine does hits all alike.
"""

import argparse
import os
import time

os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"

import django

django.setup()

from random import Random  # noqa: E402
from statistics import median  # noqa: E402

from django.conf import settings  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402

from benchmarks import databases, jobs, meanwhile  # noqa: E402
from benchmarks.report import Measured, printed  # noqa: E402
from benchmarks.server import Browser, serving  # noqa: E402
from benchmarks.works import Work, Works  # noqa: E402
from staff.models import User  # noqa: E402

WARM_UP = 5


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--size", type=int, nargs="+", default=[20_000, 100_000], help="clients; ten visits each")
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--only-jobs", action="store_true", help="the timed jobs, not the pages")
    chosen = parser.parse_args()
    if settings.EMBEDDED:
        settings.EMBEDDED.start()
    try:
        print("gunicorn, one gthread worker with one thread, keep-alive, database connections kept; times in ms.")
        print("app, pg: CPU of the application and of Postgres. bare: the same rows, bare of all else (bare.py).")
        databases.collect_static()
        timed: dict[str, jobs.Timed] = {}
        for size in chosen.size:
            if not chosen.only_jobs:
                measure(size, chosen.rounds)
            timed = measure_jobs(size, timed)
            meanwhile.measure(size, signed_in)
    finally:
        connection.close()
        if settings.EMBEDDED:
            settings.EMBEDDED.stop()


def measure(size: int, rounds: int) -> None:
    """Print the table of one size. On a copy: the bare sales follow no rules, which the check of the books sees."""
    with databases.copy_of(databases.build(size)) as database:
        databases.use(database)
        _measure_pages(size, rounds, database)
        databases.use(databases.MAINTENANCE)


def _measure_pages(size: int, rounds: int, database: str) -> None:
    works, session = Works(), signed_in()
    measured = [Measured(work.name, work.peer, size, is_page=work.expected == 200) for work in works.all()]
    empty: list[float] = []
    order, told = Random(size), time.monotonic()
    with serving(database, session) as browser:
        pairs = list(zip(works.all(), measured, strict=True))
        for number in range(WARM_UP + rounds):
            order.shuffle(pairs)
            empty.append(browser.get("/bare/empty/").wall)
            for work, into in pairs:
                one_round(work, into, works, browser, bare_first=order.random() < 0.5)
            if time.monotonic() > told + 2:
                told = time.monotonic()
                print(f"round {number + 1} of {WARM_UP + rounds}", flush=True)
    for into in measured:
        into.ours, into.bare, into.sql = into.ours[WARM_UP:], into.bare[WARM_UP:], into.sql[WARM_UP:]
    idle = median(empty[WARM_UP:])
    print(f"\n{size:,} clients, {size * databases.VISITS_PER_CLIENT:,} visits; an empty view takes {idle:.1f} ms")
    print(printed(measured, idle) + "\n", flush=True)


def measure_jobs(size: int, smaller: dict[str, jobs.Timed]) -> dict[str, jobs.Timed]:
    """Print the timed jobs of one size, beside those of the size before."""
    databases.use(databases.build(size))
    print(f"\n{size:,} clients, {size * databases.VISITS_PER_CLIENT:,} visits")
    return jobs.measure(smaller)


def one_round(work: Work, into: Measured, works: Works, browser: Browser, *, bare_first: bool) -> None:
    """Ask for one work once: our page, the bare one and the SQL, for the same client."""
    person = works.anybody()
    if bare_first:
        into.bare.append(work.bare(browser, person))
    answer = work.ours(browser, person)
    into.ours.append(answer)
    if answer.status != work.expected:
        into.wrong.add(answer.status)
    if not bare_first:
        into.bare.append(work.bare(browser, person))
    began = time.perf_counter()
    work.sql(person)
    into.sql.append((time.perf_counter() - began) * 1000)


def signed_in() -> str:
    """The session of somebody of the front desk."""
    client = Client()
    client.force_login(User.objects.get(username="qiantai"), backend="staff.present.PresentBackend")
    return client.cookies[settings.SESSION_COOKIE_NAME].value


if __name__ == "__main__":
    main()
