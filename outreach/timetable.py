"""All timed work of the house, in the order in which it is done, and the tick that does what is due.

Beat only says that a minute has passed. What is due is told by the jobs' own rows, so a tick that is late, doubled or
lost changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients import tagging
from loyalty import bookkeeping, offers, reviewing, voucher_rules
from outreach.models import JobTime, Kind
from outreach.outbox import drain
from outreach.planning import birthdays, follow_ups, lapsing, reminders
from outreach.planning.sweep import sweep
from outreach.queueing import queue
from outreach.set_back import settle_dates
from staff.clock import salon_time
from staff.jobs import TICK, Counts, Window, is_due, only_one, run, show_life, was_cut_off
from staff.models import JobRun, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

HOURLY = timedelta(minutes=59)  # a tick comes a little early now and then


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of timed work: done once a day from `usual` on, and again after `repeats`; or with every tick."""

    code: str
    label: "StrOrPromise"
    usual: time
    repeats: timedelta | None
    work: Callable[[Window, datetime], Counts]
    always: bool = False

    @property
    def hours(self) -> int:
        """It is done again after so many hours; 0: not on the same day."""
        return round(self.repeats / timedelta(hours=1)) if self.repeats else 0

    def has_to_wait(self, last: JobRun | None, not_before: time, today: date, at: datetime) -> bool:
        """Whether its hour has not come yet. What was left undone on an earlier day does not wait for it."""
        if last is None or last.done_to is None or last.done_to < today - timedelta(days=1):
            return False
        return timezone.localtime(at).time() < not_before


NIGHT, MORNING = time(0, 5), time(5)
# What the counter shows comes first, for the contacts are planned by it; the books are checked when all is written.
JOBS: tuple[Job, ...] = (
    Job(bookkeeping.LAPSE, _("let points lapse"), NIGHT, None, bookkeeping.lapse_points),
    Job(voucher_rules.JOB, _("vouchers by rule"), NIGHT, HOURLY, lambda window, _at: voucher_rules.issue(window)),
    Job(reviewing.JOB, _("review tiers and segments"), NIGHT, HOURLY, lambda window, _at: reviewing.review(window)),
    Job("clients.tag_rules", _("tags by rule"), NIGHT, 6 * HOURLY, lambda *_when: {"rows": tagging.apply_rules()}),
    Job(
        "loyalty.count_pairs",
        _("count which services go together"),
        NIGHT,
        None,
        lambda window, _at: {"pairs": offers.count_pairs(window.today)},
    ),
    Job("outreach.birthday", Kind.BIRTHDAY.label, MORNING, HOURLY, birthdays.plan),
    Job("outreach.gift", Kind.GIFT.label, MORNING, HOURLY, birthdays.plan_gifts),
    Job("outreach.memorable_day", Kind.MEMORABLE_DAY.label, MORNING, HOURLY, birthdays.plan_memorable_days),
    Job("outreach.follow_up", Kind.FOLLOW_UP.label, MORNING, HOURLY, follow_ups.plan),
    Job("outreach.thank_you", Kind.THANK_YOU.label, MORNING, HOURLY, follow_ups.plan_thanks),
    Job("outreach.dormant", Kind.DORMANT.label, MORNING, None, reminders.plan),
    Job("outreach.points_lapsing", Kind.POINTS_LAPSING.label, MORNING, None, lapsing.plan),
    Job("outreach.voucher_lapsing", Kind.VOUCHER_LAPSING.label, MORNING, None, lapsing.plan_vouchers),
    Job(
        "outreach.sweep",
        _("close contacts that are no longer needed"),
        NIGHT,
        None,
        lambda window, at: sweep(window.today, at),
        always=True,
    ),
    Job(bookkeeping.CHECK, _("check the points books"), MORNING, None, lambda _window, at: bookkeeping.check_books(at)),
    Job(
        "outreach.queue",
        _("queue messages"),
        NIGHT,
        None,
        lambda window, at: {"queued": queue(window.today, at)},
        always=True,
    ),
    Job("outreach.drain", _("send messages"), NIGHT, None, lambda _window, at: drain(at), always=True),
)


def tick(at: datetime) -> dict[str, Counts]:
    """Do what is due. Returns the counts of what was done, by job; nothing while another tick is at work."""
    with only_one(TICK) as is_mine:
        if not is_mine:
            return {}
        with salon_time():
            return _go_round(timezone.localdate(at), at, JOBS, forced=False)


def run_due(today: date, at: datetime) -> dict[str, Counts]:
    """Do every job that is switched on for this day, whatever its hour. Returns the counts of what was done, by job.

    What another process is doing at the moment is left to it.
    """
    with salon_time():
        return _go_round(today, at, JOBS, forced=True)


def _go_round(today: date, at: datetime, jobs: Iterable[Job], *, forced: bool) -> dict[str, Counts]:
    begun = monotonic()
    settle_dates(at)  # before the sign of life, by which it is known
    show_life(at)
    runs = {row.job: row for row in JobRun.objects.all()}
    times = {row.job: row for row in JobTime.objects.all()}
    done: dict[str, Counts] = {}
    # What was cut off comes last: a job that takes its worker down with it does not keep the others from being done.
    for job in sorted(jobs, key=lambda job: job.code in runs and was_cut_off(runs[job.code])):
        last, own = runs.get(job.code), times.get(job.code)
        is_asked = last is not None and last.asked_at is not None
        if not is_asked and own is not None and not own.is_on:
            continue
        # The first may have taken a while: the next ones are not to think that it is still when the tick came.
        now = at + timedelta(seconds=monotonic() - begun)
        is_wanted = forced or is_asked or job.always
        if not is_wanted and not _is_time(job, last, own, today, now):
            continue
        work = partial(_work, job, now)
        counts = run(job.code, today, at=now, work=work, repeats=job.repeats, forced=is_wanted)
        if counts is not None:
            done[job.code] = counts
            show_life(at + timedelta(seconds=monotonic() - begun))
    return done


def _is_time(job: Job, last: JobRun | None, own: JobTime | None, today: date, at: datetime) -> bool:
    has_to_wait = job.has_to_wait(last, own.not_before if own else job.usual, today, at)
    return not has_to_wait and is_due(last, today, at=at, repeats=job.repeats)


def _work(job: Job, at: datetime, window: Window) -> Counts:
    return job.work(window, at)


def ask_for(job: str, *, by: User, at: datetime) -> None:
    """Have a job run by the next tick. Nothing is published: a page never waits for the broker."""
    JobRun.objects.get_or_create(job=job, defaults={"started_at": at})
    JobRun.objects.filter(job=job).update(asked_at=at, asked_by=by)


def failed_since(at: datetime) -> list[str]:
    """The jobs that failed at or after this moment and were not done since."""
    return list(JobRun.objects.filter(failed_at__gte=at).order_by("job").values_list("job", flat=True))
