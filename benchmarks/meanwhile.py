"""All timed jobs of one day, written for good, while the counter checks out: how long anybody waits for them.

On a copy of the database, since what a day has done is not undone.
"""

from collections.abc import Callable
from datetime import timedelta
from random import Random
from threading import Event, Thread
from time import monotonic

from django.utils import timezone

from benchmarks import databases
from benchmarks.server import Answer, Browser, serving
from benchmarks.works import Person, Works
from outreach import timetable
from outreach.models import ContactTask
from visits.models import Visit

IDLE_SECONDS = 10
PAUSE = 0.05  # between two checkouts: a busy counter, not a load test


def measure(size: int, signed_in: Callable[[], str]) -> None:
    """Print what a checkout takes alone and during the jobs of the day after the sample's last."""
    with databases.copy_of(databases.build(size)) as database:
        databases.use(database)
        works, session = Works(), signed_in()
        sell = next(work.ours for work in works.all() if work.name == "checkout, complete")
        day = Visit.objects.latest("day").day + timedelta(days=1)
        with serving(database, session) as browser:
            alone = _sold(sell, works, browser, lambda: Event().wait(IDLE_SECONDS))
            began = monotonic()
            during = _sold(sell, works, browser, lambda: timetable.run_due(day, timezone.now()))
            took = monotonic() - began
        print(f"all jobs of a day in {took:.1f} s: {ContactTask.objects.count():,} contacts on file")
        print(f"checkout alone, ms:        {_figures(alone)}")
        print(f"checkout during the jobs:  {_figures(during)}\n", flush=True)
        databases.use(databases.MAINTENANCE)


def _sold(
    sell: Callable[[Browser, Person], Answer], works: Works, browser: Browser, act: Callable[[], object]
) -> list[float]:
    """The milliseconds of each checkout while `act` goes on."""
    over, took = Event(), list[float]()
    draw = Random(1)

    def counter() -> None:
        while not over.wait(PAUSE):
            answer = sell(browser, draw.choice(works.people))
            assert answer.status == 302
            took.append(answer.wall)

    thread = Thread(target=counter)
    thread.start()
    try:
        act()
    finally:
        over.set()
        thread.join()
    return took


def _figures(took: list[float]) -> str:
    ordered = sorted(took)
    p50, p99 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99))
    return f"p50 {p50:.0f}, p99 {p99:.0f}, longest {ordered[-1]:.0f}, of {len(ordered):,}"
