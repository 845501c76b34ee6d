"""The admin's page of the timed work: when each job is done, what its last run did, and having it run now."""

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from outreach import timetable
from outreach.models import JobTime
from outreach.timetable_rows import Row, row_of, rows
from staff import audit
from staff.form_names import resumable
from staff.roles import Can, StaffRequest, staff_page


class JobTimeForm(forms.Form):
    """When one job is done. What is done with every tick has no hour."""

    not_before = forms.TimeField(
        label=gettext_lazy("not before"),
        input_formats=["%H:%M", "%H:%M:%S"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        help_text=gettext_lazy("If the computer is off at this time, it is made up for as soon as it is on again."),
    )
    is_on = forms.BooleanField(label=gettext_lazy("in use"), required=False)

    def __init__(self, row: Row, sent: Any) -> None:
        super().__init__(sent, initial={"not_before": row.not_before, "is_on": row.is_on})
        if row.job.always:
            del self.fields["not_before"]


@require_safe
@staff_page(Can.RUN_JOBS)
def timetable_page(request: StaffRequest) -> HttpResponse:
    """Every job with its time and its last run."""
    return render(request, "outreach/timetable.html", {"rows": rows()})


@resumable(gettext_lazy("Timed work"), JobTimeForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.RUN_JOBS)
def job_time(request: StaffRequest, job: str) -> HttpResponse:
    """Change when a job is done, or switch it off."""
    row = _row_or_404(job)
    form = JobTimeForm(row, request.POST if request.method == "POST" else None)
    if form.is_valid():
        not_before = form.cleaned_data.get("not_before", row.not_before)
        wanted = {"not_before": not_before, "is_on": form.cleaned_data["is_on"]}
        _keep(row, wanted)
        messages.success(request, _("Saved."))
        return redirect("outreach:timetable")
    return render(request, "outreach/job_time.html", {"row": row, "form": form})


@require_POST
@staff_page(Can.RUN_JOBS)
def job_run(request: StaffRequest, job: str) -> HttpResponse:
    """Have a job run by the next tick."""
    row = _row_or_404(job)
    timetable.ask_for(row.job.code, by=request.user, at=timezone.now())
    messages.success(request, _("It runs within a minute. Reload the page to see what it did."))
    return redirect("outreach:timetable")


@transaction.atomic
def _keep(row: Row, wanted: dict[str, Any]) -> None:
    """The trail tells what it was before, also when it was the usual, and of which job."""
    audit.because(str(row.job.label))
    JobTime.objects.get_or_create(job=row.job.code, defaults={"not_before": row.not_before})
    JobTime.objects.filter(job=row.job.code).update(**wanted)


def _row_or_404(job: str) -> Row:
    row = row_of(job)
    if row is None:
        raise Http404
    return row
