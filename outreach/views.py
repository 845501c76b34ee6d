"""Working the list: the words to say, what came of it, taking and handing over.

With htmx each act answers with the row as it now stands; without, with a page of its own and back to the list.
"""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.opening import note_opening
from outreach import assigning, contacting, taking_back
from outreach.contacting import ASKED, Refused
from outreach.forms import HandOverForm, RecordForm, TakeForm, TapForm
from outreach.listing import Filters, row_of, tally
from outreach.models import Contact
from outreach.rows import Row
from outreach.scripts import script_for
from outreach.telephone import numbers_for
from staff.drafts import is_local
from staff.form_names import resumable
from staff.roles import Can, StaffRequest, staff_page

UNPROCESSABLE = 422


@require_safe
@staff_page(Can.WORK_CONTACTS)
def script(request: StaffRequest, task_pk: int) -> HttpResponse:
    """The words to say or to copy, and what to mind while saying them. Opening it is written down like a file."""
    row = _row(request, task_pk)
    note_opening(request, row.client.pk)
    numbers = numbers_for(row, request, timezone.now())
    told = script_for(row.task, request.user, row.today, salon=request.salon)
    # Who calls notes the answers while she listens.
    form = RecordForm(None, row=row) if row.is_open and row.task.kind in ASKED else None
    return _answer(request, row, script=told, numbers=numbers, form=form)


@resumable(gettext_lazy("Note the contact"), RecordForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.WORK_CONTACTS)
def record(request: StaffRequest, task_pk: int) -> HttpResponse:
    """What came of a contact; everything typed stays when it cannot be noted."""
    row = _row(request, task_pk)
    form = RecordForm(request.POST if request.method == "POST" else None, row=row)
    if not form.is_valid():
        return _answer(request, row, form=form)
    sent = dict(form.cleaned_data)
    sent["withdraw_consent"] = sent.pop("withdraw")
    try:
        contacting.record(row.pk, **sent, by=request.user, at=timezone.now())
    except Refused as refused:
        form.row = row = _row(request, task_pk)
        form.add_error(refused.field or None, str(refused))
        form.renew(row.seen)
        return _answer(request, row, form=form)
    return _done(request, task_pk)


@require_POST
@staff_page(Can.WORK_CONTACTS)
def no_answer(request: StaffRequest, task_pk: int) -> HttpResponse:
    """One tap: tried by telephone, nobody answered."""
    act = partial(contacting.record, outcome=Contact.Outcome.NO_ANSWER, channel="phone")
    return _tapped(request, task_pk, act)


@require_POST
@staff_page(Can.WORK_CONTACTS)
def take_back(request: StaffRequest, task_pk: int) -> HttpResponse:
    """One tap: what was noted last was a mistake."""
    return _tapped(request, task_pk, taking_back.take_back, said=_("taken back"))


@require_POST
@staff_page(Can.WORK_CONTACTS)
def take(request: StaffRequest, task_pk: int) -> HttpResponse:
    """One tap: I do this one."""
    row, form = _row(request, task_pk), TakeForm(request.POST)
    instead_of = form.cleaned_data["instead_of"] if form.is_valid() else None
    try:
        assigning.take(row.pk, request.user, at=timezone.now(), instead_of=instead_of)
    except Refused as refused:
        return _answer(request, _row(request, task_pk), notice=str(refused))
    return _done(request, task_pk)


@resumable(gettext_lazy("Hand over"), HandOverForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.WORK_CONTACTS)
def hand_over(request: StaffRequest, task_pk: int) -> HttpResponse:
    """To a colleague who may open the client's file."""
    row = _row(request, task_pk)
    form = HandOverForm(request.POST if request.method == "POST" else None, row=row)
    if not form.is_valid():
        return _answer(request, row, handing=form)
    to, instead_of = form.cleaned_data["to"], form.cleaned_data["instead_of"]
    try:
        assigning.hand_over(row.pk, to, request.user, at=timezone.now(), instead_of=instead_of)
    except Refused as refused:
        return _answer(request, _row(request, task_pk), notice=str(refused))
    return _done(request, task_pk)


def _tapped(request: StaffRequest, pk: int, act: Callable[..., object], said: str = "") -> HttpResponse:
    """Do what a form of one tap asks for; when it is refused, the row says why."""
    row, form = _row(request, pk), TapForm(request.POST)
    if not form.is_valid():
        return _answer(request, row, notice=_("This form was not complete. Please tap again."))
    key, seen = form.cleaned_data["key"], form.cleaned_data["seen"]
    try:
        act(row.pk, by=request.user, at=timezone.now(), key=key, seen=seen)
    except Refused as refused:
        return _answer(request, _row(request, pk), notice=str(refused))
    return _done(request, pk, said)


def _row(request: StaffRequest, pk: int) -> Row:
    row = row_of(request.user, pk, timezone.localdate())
    if row is None:
        raise Http404
    return row


def _back(request: StaffRequest) -> str:
    """The list that one came from, with its filters."""
    path = request.POST.get("next") or request.GET.get("next", "")
    return path if is_local(path) else "/"


def _answer(request: StaffRequest, row: Row, **panel: Any) -> HttpResponse:
    """The row with what is open under it, as a part for htmx and as a page otherwise."""
    wrong = panel.get("notice") or any(form.is_bound for form in (panel.get("form"), panel.get("handing")) if form)
    context = {"row": row, "back": _back(request), "is_open": True, **panel}
    template = "outreach/_row.html" if request.htmx else "outreach/contact.html"
    return render(request, template, context, status=UNPROCESSABLE if wrong else 200)


def _done(request: StaffRequest, pk: int, said: str = "") -> HttpResponse:
    """The row as it now stands, with the new figures of the list; without htmx back to the list, told what was done."""
    today, back = timezone.localdate(), _back(request)
    row = row_of(request.user, pk, today)
    if not request.htmx:
        if row:
            messages.success(request, " · ".join(filter(None, (row.client.name, said or row.now, row.assigned))))
        return redirect(back)
    filters = Filters.read(QueryDict(urlsplit(back).query))
    context = {"row": row, "back": back, "tally": tally(request.user, today, filters)}
    return render(request, "outreach/_acted.html", context)
