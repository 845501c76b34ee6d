"""The timed jobs: what the first run of a day takes, and one more look on that day, beside the plain SQL of each.

Every job is undone again, so that each round and each job meets the same rows.
"""

import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from outreach import timetable
from outreach.outbox import drain
from staff.jobs import Counts, Window
from visits.models import Visit

T = TypeVar("T")

SWEEP = "outreach.sweep"
MOST_SECONDS = 10  # DESIGN §6, at 100,000 clients
ROUNDS = 3
# Whom each job is about, as the plainest question that finds those of a usual day.
PLAIN = {
    "outreach.birthday": """
        SELECT id AS client_id FROM clients_client WHERE birthday_calendar = 'solar' AND birthday_month = %(month)s
           AND birthday_day = %(day)s""",
    "outreach.gift": """
        SELECT id AS client_id FROM clients_client JOIN loyalty_loyaltyaccount ON client_id = id
         WHERE birthday_calendar = 'solar' AND birthday_month = %(month)s
           AND birthday_day = %(day)s + 3 AND tier_id > 2""",
    "outreach.memorable_day": """
        SELECT client_id FROM clients_memorableday WHERE calendar = 'solar' AND month = %(month)s
           AND day = %(day)s""",
    "outreach.follow_up": """
        SELECT client_id, max(id) FROM visits_visit
         WHERE status = 'completed' AND client_id IS NOT NULL AND day >= %(today)s - 21
         GROUP BY client_id HAVING max(day) = %(today)s - 3""",
    "outreach.thank_you": """
        SELECT client_id FROM visits_visit AS visit WHERE status = 'completed' AND day >= %(today)s - 1
           AND NOT EXISTS (SELECT FROM visits_visit AS older WHERE older.client_id = visit.client_id
                              AND older.day < visit.day)""",
    "outreach.dormant": """
        SELECT client_id FROM loyalty_loyaltyaccount WHERE last_visit_on IN
           ((%(today)s - interval '6 months')::date, (%(today)s - interval '9 months')::date,
            (%(today)s - interval '12 months')::date)""",
    "outreach.points_lapsing": """
        SELECT account_id AS client_id, sum(points) FROM loyalty_pointsentry
         WHERE expires_on = %(today)s + 14 GROUP BY account_id""",
    "outreach.voucher_lapsing": """
        SELECT account_id AS client_id, count(*) FROM loyalty_voucher
         WHERE status = 'open' AND expires_on = %(today)s + 14 GROUP BY account_id""",
    SWEEP: """
        UPDATE outreach_contacttask AS task SET status = 'cancelled', closed_at = now()
          FROM clients_client AS client, outreach_contacttask AS same
          LEFT JOIN visits_visit AS visit ON visit.id = same.visit_id
         WHERE same.id = task.id AND client.id = task.client_id AND task.status = 'open'
           AND (client.do_not_contact OR client.status NOT IN ('prospect', 'active') OR visit.status = 'void'
                OR task.due_on + 14 < %(today)s
                OR EXISTS (SELECT FROM visits_visit AS newer WHERE newer.client_id = task.client_id
                              AND newer.status = 'completed' AND newer.day > visit.day))""",
}
# How they are put onto the list: without whom must be left out, each once.
ADD = """
INSERT INTO outreach_contacttask (client_id, kind, occasion, facts, planned_for, due_on, shown_from, belated_days,
       status, because, attempts, feeling, needs_answer, answer, created_at)
SELECT found.client_id, %(kind)s, 'plain', '{{}}', %(today)s, %(today)s, %(today)s, 0,
       'open', '', 0, '', false, '', now()
  FROM ({found}) AS found JOIN clients_client AS client ON client.id = found.client_id
   AND client.status IN ('prospect', 'active') AND NOT client.do_not_contact
 WHERE NOT EXISTS (SELECT FROM outreach_contacttask AS had
                    WHERE had.client_id = found.client_id AND had.kind = %(kind)s AND had.planned_for = %(today)s)
    ON CONFLICT DO NOTHING
"""


@dataclass
class Timed:
    """One job: seconds of the first run of the day, of one more look, and of the plain SQL; the least of the rounds."""

    code: str
    counts: Counts = field(default_factory=dict)
    first: float = 0.0
    again: float = 0.0
    sql: float | None = None
    grown: int = 0

    def row(self, before: "Timed | None") -> str:
        """The line of this job; `before` is the same job at the smaller size."""
        ratio = f"{self.first / self.sql:8.1f}" if self.sql else f"{'-':>8}"
        grows = f"{self.first / before.first:8.1f}" if before and before.first else f"{'-':>8}"
        sql = f"{self.sql * 1000:9.1f}" if self.sql else f"{'-':>9}"
        counts = ", ".join(f"{name} {count:,}" for name, count in self.counts.items() if count)
        fault = f"over {MOST_SECONDS} s" if self.first > MOST_SECONDS else "ok"
        times = f"{self.first * 1000:9.1f} {self.again * 1000:9.1f}"
        return f"{self.code:26} {times} {sql} {ratio} {grows} {self.grown:6} {fault:10} {counts}"


class Undone(Exception):
    """Takes a job's work back."""


def measure(before: dict[str, Timed]) -> dict[str, Timed]:
    """Print the table of the database that is connected. `before` is what was measured at the smaller size."""
    today = Visit.objects.latest("day").day + timedelta(days=1)  # the sample's own day is planned already
    print(f"{'timed job, ms':26} {'first':>9} {'again':>9} {'SQL':>9} {'/SQL':>8} {'/smaller':>8} {'MB':>6}")
    found = {}
    for job in timetable.JOBS:
        found[job.code] = one(job.code, _send if job.code.endswith("drain") else job.work, today)
        print(found[job.code].row(before.get(job.code)), flush=True)
    return found


def _send(_window: Window, at: datetime) -> Counts:
    """Of messages there are none: what it costs to ask each minute."""
    return drain(at)


def one(code: str, work: Callable[[Window, datetime], Counts], today: date) -> Timed:
    timed, at = Timed(code), timezone.now()
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    firsts, agains, plains = [], [], []
    for _round in range(ROUNDS):
        try:
            with transaction.atomic():
                if code == SWEEP:
                    _plan_everything(today, at)
                seconds, timed.counts = _timed(lambda: work(Window(today, today), at))
                firsts.append(seconds)
                agains.append(_timed(lambda: work(Window(today + timedelta(days=1), today), at))[0])
                raise Undone
        except Undone:
            pass
        if code in PLAIN:
            plains.append(_plain_seconds(code, today))
    timed.first, timed.again = min(firsts), min(agains)
    timed.sql = min(plains) if plains else None
    timed.grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - size) // 1024
    return timed


def _plan_everything(today: date, at: datetime) -> None:
    """The list that the sweep goes through: all that the first plan of a salon puts in."""
    for job in timetable.JOBS:
        if job.code in PLAIN and job.code != SWEEP:
            job.work(Window(today, today), at)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE outreach_contacttask")


def _timed(act: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = act()
    return time.perf_counter() - began, result


def _plain_seconds(code: str, today: date) -> float:
    """The seconds of the plain SQL of a job, with its writing."""
    sql = PLAIN[code] if code == SWEEP else ADD.format(found=PLAIN[code])
    values: dict[str, Any] = {"today": today, "month": today.month, "day": today.day, "kind": code.partition(".")[2]}
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            if code == SWEEP:
                _plan_everything(today, timezone.now())
            seconds, _nothing = _timed(lambda: cursor.execute(sql, values))
            raise Undone
    except Undone:
        return seconds
