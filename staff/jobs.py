"""The one way of timed work: what is due is done once, however often and by however many it is asked for.

The row of a job keeps up to which day its work is done. The mark is set after the work, and the work is safe to
repeat: killed anywhere, the next one does it again. Nothing here reads the clock.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from time import monotonic

from django.db import DatabaseError, connection

from staff.models import JobRun

log = logging.getLogger(__name__)

Counts = dict[str, int]

TICK = "tick"  # the job that only shows that timed work is being done at all
RETRY_AFTER = timedelta(minutes=5)
STOPPED_AFTER = timedelta(minutes=5)  # without a tick for so long, timed work is not being done
# Advisory locks are told apart by two numbers; the first says that it is one of a job.
LOCKS = 1_246_708_323
OURS = frozenset({"staff", "clients", "visits", "loyalty", "outreach", "frontdesk", "salon_crm"})


@dataclass(frozen=True, slots=True)
class Window:
    """The days whose work is to be done: `first` to `today`, both with. `first` is None when it never ran before."""

    first: date | None
    today: date

    @property
    def is_repeat(self) -> bool:
        """Today's work was done already; this is one more look on the same day."""
        return self.first is not None and self.first > self.today

    @property
    def last_done(self) -> date | None:
        """The last day whose work is done already; None when it never ran before."""
        return None if self.first is None else self.first - timedelta(days=1)


def run(
    job: str,
    today: date,
    *,
    at: datetime,
    work: Callable[[Window], Counts],
    repeats: timedelta | None = None,
    forced: bool = False,
) -> Counts | None:
    """Do the `work` of `job` if it is due. Returns its counts; None when it is not due, failed, or is being done.

    Due is what was not done for `today`, and with `repeats` again after that time; `forced` is due always. `work` owns
    its transactions. When it fails, the error is kept and it is tried again after five minutes; nothing is raised.
    """
    with only_one(job) as is_mine:
        if not is_mine:
            return None
        last, _made = JobRun.objects.get_or_create(job=job, defaults={"started_at": at})
        if not forced and not is_due(last, today, at=at, repeats=repeats):
            return None
        return _run(last, Window(_first_day(last, today), today), at, work)


def is_due(last: JobRun | None, today: date, *, at: datetime, repeats: timedelta | None = None) -> bool:
    """Whether a job whose row is `last` has to be done now.

    A row that speaks of the future was written before the clock went back: it holds nothing up.
    """
    if last is None:
        return True
    if last.failed_at is not None:
        return not last.failed_at <= at < last.failed_at + RETRY_AFTER
    if last.done_to != today or was_cut_off(last):
        return True
    return repeats is not None and not last.started_at <= at < last.started_at + repeats


def was_cut_off(last: JobRun) -> bool:
    """Whether the last run neither ended nor failed: it was killed, or is at work now."""
    ended = max(filter(None, (last.finished_at, last.failed_at)), default=None)
    return ended is None or ended < last.started_at


@contextmanager
def only_one(job: str) -> Iterator[bool]:
    """Whether nobody else is at this job. The lock is the connection's: who is killed lets go of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCKS, job])
        is_mine = bool(cursor.fetchone()[0])
    try:
        yield is_mine
    finally:
        if is_mine:
            _let_go(job)


def show_life(at: datetime) -> None:
    """Note that timed work is being done. Every page and `/readyz` read how long ago that was."""
    JobRun.objects.update_or_create(job=TICK, defaults={"started_at": at, "finished_at": at})


def wait_for_life(at: datetime) -> None:
    """From now on somebody is waited for who does the timed work; without this, nobody is missed before the first."""
    JobRun.objects.get_or_create(job=TICK, defaults={"started_at": at})


def stopped_for(last_tick: datetime | None, at: datetime) -> timedelta | None:
    """How long timed work has been standing still; None when it is alive, and when it was never waited for.

    A tick that lies ahead is from before the clock was set back. One that is at work replaces it within a minute.
    """
    if last_tick is None or abs(at - last_tick) < STOPPED_AFTER:
        return None
    return max(at - last_tick, STOPPED_AFTER)


def _first_day(last: JobRun, today: date) -> date | None:
    """The first day that is not done yet. After the clock went back that is today.

    When it shows again what it showed before that, the days in between were not missed: only that one is looked at.
    """
    if last.done_to is None:
        return None
    if last.done_to > today:
        return today
    following = last.done_to + timedelta(days=1)
    if last.done_to == today or last.done_before is None or last.done_before > today:
        return following
    return max(following, last.done_before)


def _done_before(last: JobRun, today: date) -> date | None:
    """Up to which day it was done before the clock went back; None when it did not, or when a day has gone by since."""
    if last.done_to is None or last.done_to < today:
        return None
    if last.done_to == today:
        return last.done_before
    return max(last.done_to, last.done_before or last.done_to)


def _run(last: JobRun, window: Window, at: datetime, work: Callable[[Window], Counts]) -> Counts | None:
    row = JobRun.objects.filter(pk=last.pk)
    row.update(started_at=at)
    begun = monotonic()
    try:
        counts = work(window)
    except Exception as error:
        log.exception("The timed work %s failed", last.job)
        if not connection.is_usable():
            connection.close()  # the next statement opens a new one
        row.update(failed_at=at + _since(begun), error=_told(error))
        counts = None
    else:
        done = {"done_to": window.today, "done_before": _done_before(last, window.today)}
        row.update(finished_at=at + _since(begun), failed_at=None, error="", counts=counts, **done)
    # Who asks while it runs may have changed something just before, so that is for the next run.
    row.filter(asked_at__lte=at).update(asked_at=None, asked_by=None)
    return counts


def _since(begun: float) -> timedelta:
    return timedelta(seconds=monotonic() - begun)


def _told(error: Exception) -> str:
    """What may be kept of an error: its kind; its words only when they are ours, for others quote what is stored."""
    kind = type(error)
    is_ours = kind.__module__.partition(".")[0] in OURS
    return f"{kind.__name__}: {str(error)[:200]}" if is_ours else kind.__name__


def _let_go(job: str) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCKS, job])
    except DatabaseError:
        connection.close()  # and with it the lock
