"""Timed work that is due once a day, however often it is asked for, by however many workers, and killed wherever."""

from collections.abc import Callable
from datetime import date, datetime

from django.db import transaction

from staff.models import JobRun

DONE_FOR = "done_for"  # in JobRun.counts: the day whose work is done

Counts = dict[str, int]


@transaction.atomic
def once_a_day(job: str, today: date, *, at: datetime, work: Callable[[date], Counts]) -> Counts | None:
    """Do the day's `work` of `job` unless it is done; None when it is, or when another worker is at it.

    The work and the mark that it was done are one transaction: killed half-way, the next call does all of it.
    """
    JobRun.objects.get_or_create(job=job, defaults={"started_at": at})
    run = JobRun.objects.select_for_update(skip_locked=True).filter(job=job).first()
    if run is None or run.counts.get(DONE_FOR) == today.isoformat():
        return None
    counts = work(today)
    run.started_at, run.finished_at, run.counts = at, at, {**counts, DONE_FOR: today.isoformat()}
    run.save(update_fields=["started_at", "finished_at", "counts"])
    return counts
