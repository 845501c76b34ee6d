"""The page of the timetable: each job with its time and its last run, in words."""

from dataclasses import dataclass
from datetime import time
from typing import TYPE_CHECKING

from django.utils.translation import pgettext_lazy

from loyalty.models import VoucherKind
from outreach.models import ContactTask, JobTime
from outreach.timetable import JOBS, Job
from staff.jobs import was_cut_off
from staff.models import JobRun

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What the jobs count. A figure that is for the program only, as the mark of the rules, has no words and is not shown.
COUNTED: "dict[str, StrOrPromise]" = {
    "lapsed": pgettext_lazy("count of a job", "lots lapsed"),
    "counted": pgettext_lazy("count of a job", "counted anew"),
    "moved": pgettext_lazy("count of a job", "changed segment"),
    "judged": pgettext_lazy("count of a job", "changed tier"),
    "rows": pgettext_lazy("count of a job", "tags set or taken off"),
    "pairs": pgettext_lazy("count of a job", "pairs changed"),
    "accounts": pgettext_lazy("count of a job", "memberships checked"),
    "faults": pgettext_lazy("count of a job", "faults"),
    "planned": pgettext_lazy("count of a job", "new"),
    "belated": pgettext_lazy("count of a job", "of them belated"),
    "reopened": pgettext_lazy("count of a job", "open again"),
    "closed": pgettext_lazy("count of a job", "closed"),
    "queued": pgettext_lazy("count of a job", "queued"),
    "sent": pgettext_lazy("count of a job", "sent"),
    "held": pgettext_lazy("count of a job", "held back"),
    "put_off": pgettext_lazy("count of a job", "put off"),
    "failed": pgettext_lazy("count of a job", "not sent"),
    "check": pgettext_lazy("count of a job", "to check"),
    **{why.value: why.label for why in ContactTask.Because if why},
    "too_late": pgettext_lazy("count of a job", "too late"),
}
RULES: "dict[str, StrOrPromise]" = {rule.value: rule.label for rule in VoucherKind.Rule if rule}


@dataclass(frozen=True, slots=True)
class Row:
    """One job on the page. `last` is None when it never ran and nobody asked for it."""

    job: Job
    not_before: time
    is_on: bool
    last: JobRun | None

    @property
    def has_run(self) -> bool:
        return self.last is not None and self.last.finished_at is not None

    @property
    def has_failed(self) -> bool:
        return self.last is not None and self.last.failed_at is not None

    @property
    def is_asked(self) -> bool:
        return self.last is not None and self.last.asked_at is not None

    @property
    def seconds(self) -> float | None:
        """How long the last run took; None while one is at work and when one was cut off."""
        last = self.last
        if last is None or last.finished_at is None or last.failed_at is not None or was_cut_off(last):
            return None
        return (last.finished_at - last.started_at).total_seconds()

    @property
    def counts(self) -> "list[tuple[StrOrPromise, int]]":
        """What the last run did: words and number, without what is 0."""
        told = COUNTED | RULES if "loyalty" in self.job.code else COUNTED
        found = self.last.counts if self.last else {}
        return [(words, found[what]) for what, words in told.items() if found.get(what)]


def rows() -> list[Row]:
    """Every job, in the order in which they are done. Two queries."""
    runs = {run.job: run for run in JobRun.objects.select_related("asked_by")}
    times = {own.job: own for own in JobTime.objects.all()}
    return [_row(job, times.get(job.code), runs.get(job.code)) for job in JOBS]


def row_of(code: str) -> Row | None:
    """The job of this name as it is now; None when there is none."""
    job = next((job for job in JOBS if job.code == code), None)
    if job is None:
        return None
    return _row(job, JobTime.objects.filter(job=code).first(), JobRun.objects.filter(job=code).first())


def _row(job: Job, own: JobTime | None, last: JobRun | None) -> Row:
    return Row(job, own.not_before if own else job.usual, own.is_on if own else True, last)
