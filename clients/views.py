"""Opening, changing and reading the client's own row: the form, likely duplicates, the phone, the notice."""

from urllib.parse import parse_qsl, urlencode, urlsplit

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from clients import birthdays, care, file, guessing, phones
from clients.access import client_for, visible_clients
from clients.care_forms import FirstConsentsForm
from clients.carrying import JUST_OPENED, name_and_phone
from clients.fields import LONGEST_NOTE, OtherClientField
from clients.forms import ClientForm
from clients.models import Client, Consent, PrivacyNotice
from clients.opening import note_opening
from clients.reveal import TooManyReveals, reveal_phone
from staff import audit
from staff.drafts import is_local
from staff.form_names import resumable
from staff.ids import read_id
from staff.models import AuditEntry
from staff.names import visible
from staff.roles import Can, StaffRequest, staff_page
from staff.stepping_up import CLIENT, reason_for

UNPROCESSABLE = 422


def posted(request: StaffRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def file_url(client: Client, tab: str) -> str:
    """The client file, a floor above this one, opened at a tab."""
    return f"{reverse('frontdesk:client_file', args=[client.pk])}?tab={tab}"


@resumable(gettext_lazy("New client"), ClientForm, FirstConsentsForm)
@staff_page(Can.EDIT_CLIENT)
def new(request: StaffRequest) -> HttpResponse:
    today = timezone.localdate()
    typed = request.POST.get("typed")  # a search that found nobody sends what it looked for, and opens no file yet
    entered = posted(request) if typed is None else None
    form = ClientForm(entered, user=request.user, today=today)
    form.initial.update(name_and_phone(typed or ""))
    consents = FirstConsentsForm(entered)
    if form.is_bound and (client := _open_file(request, form, consents)):
        messages.success(request, _("%(name)s is on file as %(number)s.") % _named(client))
        _tell_of_birthday(request, form)
        if back := _back_with(client, request.GET.get("next", "")):
            request.session[JUST_OPENED] = client.pk
        return redirect(back or file_url(client, "details"))
    notice = PrivacyNotice.objects.in_force(today)
    context = {
        "form": form,
        "consents": consents,
        "notice": notice,
        "likenesses": form.likenesses,
        "more_open": _errors_in_the_fold(form),
    }
    return render(request, "clients/new.html", context, status=UNPROCESSABLE if form.is_bound else None)


def _back_with(client: Client, path: str) -> str:
    """The page of ours that sent for a new file, such as the checkout, now with `?client=`; "" when it is none."""
    if not is_local(path):
        return ""
    parts = urlsplit(path)
    asked = [(name, value) for name, value in parse_qsl(parts.query) if name not in {"client", "who"}]
    return f"{parts.path}?{urlencode([*asked, ('client', str(client.pk))])}"


@transaction.atomic
def _open_file(request: StaffRequest, form: ClientForm, consents: FirstConsentsForm) -> Client | None:
    """The new file; the same form again gives the same one. None when something is wrong, which the form then says.

    Whoever sends the same form or the same phone at the same moment waits here, so that it is seen what is there.
    """
    key = form.sent_key
    file.wait_for_others([f"form {key}"] if key else [])
    if key and (made := Client.objects.filter(form_key=key).first()):
        return _opened_before(form, made)
    if not form.is_valid() or not consents.is_valid():
        return None
    at = timezone.now()
    client = file.create(form.values(), key=key, by=request.user, at=at)
    audit.record(AuditEntry.Action.ADDED, by=request.user, client=client.pk, what="client_file", request=request)
    if request.user.can(Can.RECORD_CONSENT):
        for purpose, channel in consents.given():
            care.record_consent(client, purpose, channel, given=True, how=Consent.How.SAID, by=request.user, at=at)
    return client


def _opened_before(form: ClientForm, made: Client) -> Client | None:
    """The file that this form opened; None when somebody went back and sent it with something else in it."""
    form.will_be_saved = False
    if form.repeats(made):
        return made
    told = _("This form already opened %(name)s (%(number)s). Send again to open one more.") % _named(made)
    form.add_error(None, told)
    form.renew_key()
    return None


@resumable(gettext_lazy("Edit client"), ClientForm)
@staff_page(Can.EDIT_CLIENT)
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    note_opening(request, client.pk)
    form = ClientForm(posted(request), user=request.user, today=timezone.localdate(), client=client)
    differences: list[tuple[str, str, str]] = []
    if request.method == "POST" and form.is_valid():
        values = form.values()
        try:
            changed = file.change(client, values, version=form.cleaned_data["version"], at=timezone.now())
        except file.EditConflict as conflict:
            form.add_error(None, str(conflict))
            client = conflict.current
            differences = form.differences(client)
            form.take_version(client.version)
        else:
            messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
            _tell_of_birthday(request, form)
            return redirect(file_url(client, "details"))
    context = {"client": client, "form": form, "likenesses": form.likenesses, "differences": differences}
    return render(request, "clients/edit.html", context, status=UNPROCESSABLE if form.is_bound else None)


def _errors_in_the_fold(form: ClientForm) -> bool:
    return bool(form.errors.keys() - {"name", "phone", "another_person"})


def _tell_of_birthday(request: StaffRequest, form: ClientForm) -> None:
    birthday = form.cleaned_data["birthday"]
    for note in birthdays.notes(birthday, timezone.localdate()) if birthday else ():
        messages.info(request, note)


def _named(client: Client) -> dict[str, str]:
    return {"name": client.name, "number": client.number}


@require_POST
@staff_page(Can.EDIT_CLIENT)
def duplicates(request: StaffRequest) -> HttpResponse:
    """The part under name and phone while somebody types. Posted, so that no phone gets into an address or a log."""
    typed = {name: request.POST.get(name, "")[:LONGEST_NOTE] for name in ("name", "phone", "second_phone", "birthday")}
    among = visible_clients(request.user)
    known = read_id(request.POST.get("client", ""))
    meant = [numbers for name in ("phone", "second_phone") if (numbers := phones.possible_numbers(typed[name]))]
    try:
        if meant:
            guessing.refuse_beyond_quota(request.user, request)
    except guessing.TooManyMisses as refused:
        return render(request, "clients/_duplicates.html", {"refused": str(refused)})
    likenesses = file.alike(
        among,
        name=visible(typed["name"]),
        phones=tuple(number for numbers in meant for number in numbers),
        birthday=birthdays.read_or_none(
            typed["birthday"], request.POST.get("birthday_calendar", ""), timezone.localdate()
        ),
        except_pk=known,
    )
    known_phones = {phone for one in likenesses for phone in (one.client.phone, one.client.second_phone)}
    if missed := [numbers for numbers in meant if not known_phones & set(numbers)]:
        guessing.note_misses(request.user, missed, request)
    shown = {one.client.pk for one in likenesses} | ({known} if known else set())
    context = {"likenesses": likenesses, "another_person": "another_person" in request.POST}
    context["namesakes"] = file.namesakes(among, visible(typed["name"]), other_than=shown)
    return render(request, "clients/_duplicates.html", context)


@require_POST
@staff_page(Can.EDIT_CLIENT)
def referrers(request: StaffRequest) -> HttpResponse:
    """The part under "brought by" while somebody types: who is meant, or whom to choose from. Posted, like the rest."""
    field = OtherClientField()
    field.among, field.user = visible_clients(request.user), request.user
    typed = visible(request.POST.get("referred_by", "")[:LONGEST_NOTE])
    context: dict[str, object] = {"typed": typed, "picked": request.POST.get("referrer", "")}
    try:
        context["found"] = field.look_up(typed)
    except guessing.TooManyMisses as refused:
        context["refused"] = str(refused)
    return render(request, "clients/_referrers.html", context)


@require_POST
@staff_page(Can.REVEAL_PHONE)
def reveal(request: StaffRequest, pk: int) -> HttpResponse:
    """The whole phone, once, and the trail says to whom; 429 beyond the hour's number."""
    client = client_for(request.user, pk)
    context: dict[str, object] = {"client": client, "status": 200}
    try:
        reason = reason_for(request.session, f"{CLIENT}{client.pk}")
        shown = reveal_phone(client, by=request.user, at=timezone.now(), reason=reason, request=request)
        context["phones"] = [phones.display(one) for one in (shown.phone, shown.second_phone) if one]
    except TooManyReveals as refused:
        context |= {"allowed": refused.allowed, "status": 429}
    template = "clients/_phone.html" if request.htmx else "clients/phone.html"
    return render(request, template, context, status=429 if "allowed" in context else 200)


@require_safe
@staff_page()
def notice(request: StaffRequest) -> HttpResponse:
    """The privacy notice in force, to print and hand out."""
    in_force = PrivacyNotice.objects.in_force(timezone.localdate())
    return render(request, "clients/notice.html", {"notice": in_force})
