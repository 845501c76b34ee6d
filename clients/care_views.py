"""Noting things about a client in the flow of work; each returns to the client file where it came from."""

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clients import care
from clients.access import client_for
from clients.card import consents_of
from clients.care_forms import (
    AllergyForm,
    CloseEnquiryForm,
    ConsentForm,
    EnquiryForm,
    MemorableDayForm,
    PreferenceForm,
    SkinRecordForm,
    TagsForm,
    WithdrawAllergyForm,
)
from clients.models import Allergy, Client, Consent, Preference, SkinRecord
from clients.opening import note_opening
from clients.views import UNPROCESSABLE, file_url, posted
from staff.form_names import resumable
from staff.roles import Can, StaffRequest, staff_page


def _form_page(request: StaffRequest, client: Client, form: BaseForm, title: str, tab: str = "care") -> HttpResponse:
    context = {"client": client, "form": form, "title": title, "back": file_url(client, tab)}
    return render(request, "clients/care_form.html", context, status=UNPROCESSABLE if form.is_bound else None)


@resumable(gettext_lazy("New allergy"), AllergyForm)
@staff_page(Can.EDIT_ALLERGIES)
def add_allergy(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    note_opening(request, client.pk)
    if request.method == "POST" and "none_known" in request.POST:
        care.note_no_allergies(client, at=timezone.now())
        messages.success(request, _("Noted: asked, and no further allergy is known."))
        return redirect(file_url(client, "care"))
    form = AllergyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            care.add_allergy(client, form.cleaned_data, by=request.user, at=timezone.now())
        except care.AllergyOnFile:
            form.add_error("substance", _("This allergy is on file already."))
        else:
            messages.success(request, _("The allergy is on file."))
            return redirect(file_url(client, "care"))
    standing = Allergy.objects.standing().filter(client=client).select_related("confirmed_by")
    may_keep = Consent.objects.holding(Consent.Purpose.HEALTH, Consent.Channel.NONE).filter(client=client).exists()
    context = {"client": client, "form": form, "allergies": standing, "back": file_url(client, "care")}
    context["may_keep"] = may_keep
    return render(request, "clients/allergies.html", context, status=UNPROCESSABLE if form.is_bound else None)


def _allergy_of(client: Client, pk: int) -> Allergy:
    allergy = Allergy.objects.standing().filter(client=client, pk=pk).first()
    if allergy is None:
        raise Http404
    return allergy


@require_POST
@staff_page(Can.EDIT_ALLERGIES)
def confirm_allergy(request: StaffRequest, pk: int, allergy_pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    care.confirm_allergy(_allergy_of(client, allergy_pk), by=request.user, at=timezone.now())
    messages.success(request, _("The allergy is confirmed."))
    return redirect(file_url(client, "care"))


@resumable(gettext_lazy("Withdraw an allergy"), WithdrawAllergyForm)
@staff_page(Can.EDIT_ALLERGIES)
def withdraw_allergy(request: StaffRequest, pk: int, allergy_pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    allergy = _allergy_of(client, allergy_pk)
    form = WithdrawAllergyForm(posted(request))
    if request.method == "POST" and form.is_valid():
        care.withdraw_allergy(allergy, reason=form.cleaned_data["reason"], by=request.user, at=timezone.now())
        messages.success(request, _("The allergy is withdrawn; the file keeps who said so and why."))
        return redirect(file_url(client, "care"))
    return _form_page(request, client, form, _("Withdraw the allergy to %(substance)s") % {"substance": allergy})


@resumable(gettext_lazy("New skin record"), SkinRecordForm)
@staff_page(Can.EDIT_SKIN)
def add_skin_record(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    note_opening(request, client.pk)
    before = SkinRecord.objects.filter(client=client).first()
    form = SkinRecordForm(posted(request), today=timezone.localdate(), before=before)
    if request.method == "POST" and form.is_valid():
        care.add_skin_record(client, form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("The skin record is on file."))
        return redirect(file_url(client, "care"))
    return _form_page(request, client, form, _("New skin record"))


@resumable(gettext_lazy("New preference"), PreferenceForm)
@staff_page(Can.EDIT_CLIENT, Can.EDIT_SKIN)
def add_preference(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    form = PreferenceForm(posted(request))
    if request.method == "POST" and form.is_valid():
        new = care.add_preference(client, form.cleaned_data["text"], by=request.user, at=timezone.now())
        told = _("The preference is on file.") if new else _("This preference is on file already.")
        if request.htmx:
            return _preferences(request, client, PreferenceForm(), told)
        messages.success(request, told)
        return redirect(file_url(client, "care"))
    if request.htmx:
        return _preferences(request, client, form)
    return _form_page(request, client, form, _("New preference"))


@require_POST
@staff_page(Can.EDIT_CLIENT, Can.EDIT_SKIN)
def remove_preference(request: StaffRequest, pk: int, preference_pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    care.remove_preference(client, preference_pk, at=timezone.now())
    if request.htmx:
        return _preferences(request, client, PreferenceForm())
    return redirect(file_url(client, "care"))


def _preferences(request: StaffRequest, client: Client, form: PreferenceForm, told: str = "") -> HttpResponse:
    kept = Preference.objects.filter(client=client)
    context = {"client": client, "preferences": kept, "preference_form": form, "told": told}
    return render(request, "clients/_preferences.html", context, status=UNPROCESSABLE if form.errors else None)


@resumable(gettext_lazy("New memorable day"), MemorableDayForm)
@staff_page(Can.EDIT_CLIENT)
def add_memorable_day(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    form = MemorableDayForm(posted(request), today=timezone.localdate())
    if request.method == "POST" and form.is_valid():
        care.add_memorable_day(client, form.values(), at=timezone.now())
        messages.success(request, _("The day is on file."))
        return redirect(file_url(client, "details"))
    return _form_page(request, client, form, _("New memorable day"), "details")


@require_POST
@staff_page(Can.EDIT_CLIENT)
def remove_memorable_day(request: StaffRequest, pk: int, day_pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    if care.remove_memorable_day(client, day_pk, at=timezone.now()):
        messages.success(request, _("The day is removed."))
    return redirect(file_url(client, "details"))


@resumable(gettext_lazy("Tags"), TagsForm)
@staff_page(Can.EDIT_CLIENT)
def set_tags(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    form = TagsForm(posted(request), client=client)
    if request.method == "POST" and form.is_valid():
        care.set_tags(client, form.chosen(), by=request.user, at=timezone.now())
        messages.success(request, _("The tags are saved."))
        return redirect(file_url(client, "details"))
    return _form_page(request, client, form, _("Tags"), "details")


@resumable(gettext_lazy("New enquiry"), EnquiryForm)
@staff_page(Can.EDIT_CLIENT, Can.EDIT_SKIN)
def add_enquiry(request: StaffRequest, pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    form = EnquiryForm(posted(request))
    if request.method == "POST" and form.is_valid():
        care.add_enquiry(client, form.cleaned_data, by=request.user, at=timezone.now())
        messages.success(request, _("The enquiry is on file."))
        return redirect(file_url(client, "care"))
    return _form_page(request, client, form, _("New enquiry"))


@resumable(gettext_lazy("Enquiries"), CloseEnquiryForm)
@require_POST
@staff_page(Can.EDIT_CLIENT, Can.EDIT_SKIN)
def close_enquiry(request: StaffRequest, pk: int, enquiry_pk: int) -> HttpResponse:
    client = client_for(request.user, pk)
    form = CloseEnquiryForm(request.POST)
    if not form.is_valid():
        raise Http404
    if not care.close_enquiry(client, enquiry_pk, form.cleaned_data["status"], at=timezone.now()):
        messages.info(request, _("This enquiry is closed already."))
    return redirect(file_url(client, "care"))


@resumable(gettext_lazy("Consents"), ConsentForm)
@require_POST
@staff_page(Can.RECORD_CONSENT)
def record_consent(request: StaffRequest, pk: int) -> HttpResponse:
    """One tap gives or withdraws; both are as easy."""
    client = client_for(request.user, pk)
    form = ConsentForm(request.POST)
    if not form.is_valid():
        raise Http404
    entered = form.cleaned_data
    care.record_consent(
        client,
        entered["purpose"],
        entered["channel"],
        given=entered["given"],
        how=entered["how"],
        by=request.user,
        at=timezone.now(),
    )
    if request.htmx:
        return render(request, "clients/_consents.html", {"client": client, "consents": consents_of(client)})
    return redirect(file_url(client, "details"))
