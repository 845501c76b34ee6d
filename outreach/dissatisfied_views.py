"""Who was dissatisfied and still waits for an answer of the salon."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from outreach import contacting
from outreach.access import task_for
from outreach.contacting import Refused
from outreach.forms import AnswerForm
from outreach.listing import waiting
from outreach.rows import Row
from staff.form_names import resumable
from staff.roles import Can, StaffRequest, staff_page

UNPROCESSABLE = 422


@require_safe
@staff_page(Can.ANSWER_DISSATISFIED)
def dissatisfied(request: StaffRequest) -> HttpResponse:
    """All who wait, the longest first, each with the form to note the answer."""
    return _page(request)


@resumable(gettext_lazy("Dissatisfied clients"), AnswerForm)
@require_POST
@staff_page(Can.ANSWER_DISSATISFIED)
def answer(request: StaffRequest, task_pk: int) -> HttpResponse:
    """Note what was answered. Sent twice it is noted once; what was typed stays when it cannot be."""
    today = timezone.localdate()
    task = task_for(request.user, task_pk, today)
    form = AnswerForm(request.POST, pk=task_pk)
    if not form.is_valid():
        return _page(request, task_pk, form)
    sent = form.cleaned_data
    try:
        contacting.answer(task.pk, sent["answer"], by=request.user, at=timezone.now(), key=sent["key"])
    except Refused as refused:
        messages.info(request, f"{task.client.name}: {refused}")
    else:
        messages.success(request, _("%(name)s: the answer is noted.") % {"name": task.client.name})
    return redirect(reverse("outreach:dissatisfied"))


def _page(request: StaffRequest, pk: int = 0, form: AnswerForm | None = None) -> HttpResponse:
    page = waiting(request.user, timezone.localdate(), request.GET.get("after", ""))
    rows: list[tuple[Row, AnswerForm]] = [
        (row, form if form and row.pk == pk else AnswerForm(pk=row.pk)) for row in page.rows
    ]
    context = {"rows": rows, "page": page}
    return render(request, "outreach/dissatisfied.html", context, status=UNPROCESSABLE if form else 200)
