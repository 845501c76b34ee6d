"""The page of the audit trail. It only reads: nobody, and no page, can change an entry."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from staff import trail
from staff.clock import EARLIEST
from staff.ids import read_id
from staff.models import AuditEntry, AuditEntryQuerySet, User
from staff.roles import Can, StaffRequest, staff_page

PAGE = 50
LATEST = date(2200, 1, 1)


class TrailFilters(forms.Form):
    """What stands in the address. A part that makes no sense is named beside its field and left out of the search."""

    who = forms.ModelChoiceField(
        label=_("who"), queryset=User.objects.none(), required=False, empty_label=_("everybody")
    )
    client = forms.CharField(
        label=_("client number"),
        required=False,
        max_length=20,
        widget=forms.TextInput(attrs={"placeholder": "C-00128"}),
    )
    act = forms.ChoiceField(label=_("act"), required=False, choices=[("", _("all")), *AuditEntry.Action.choices])
    since = forms.DateField(label=_("from"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if user.can(Can.READ_AUDIT):
            people: forms.ModelChoiceField[User] = self.fields["who"]  # type: ignore[assignment]
            people.queryset = User.objects.order_by("display_name")
        else:
            del self.fields["who"]

    def clean_client(self) -> int | None:
        written: str = self.cleaned_data["client"].strip()
        found = trail.client_id(written)
        if written and found is None:
            raise forms.ValidationError(_("A client number looks like C-00128."))
        return found

    def narrow(self, entries: AuditEntryQuerySet) -> AuditEntryQuerySet:
        """The entries that the sensible parts of the filter let through."""
        self.is_valid()
        wanted = self.cleaned_data
        if wanted.get("who"):
            entries = entries.filter(actor=wanted["who"])
        if wanted.get("client") is not None:
            entries = entries.for_client(wanted["client"])
        if wanted.get("act"):
            entries = entries.filter(action=wanted["act"])
        if wanted.get("since"):
            entries = entries.filter(at__gte=_midnight(wanted["since"]))
        if wanted.get("until"):
            entries = entries.filter(at__lt=_midnight(min(wanted["until"], LATEST) + timedelta(days=1)))
        return entries


def _midnight(day: date) -> datetime:
    """The beginning of `day` by the salon's clock. Days that no trail can hold become the nearest that one can."""
    return timezone.make_aware(datetime.combine(min(max(day, EARLIEST), LATEST), time.min))


@dataclass(frozen=True)
class TrailPage:
    lines: list[trail.Line]
    after: int | None


def page_of(entries: AuditEntryQuerySet, after: str, *, reader: User, size: int = PAGE) -> TrailPage:
    """The newest `size` entries older than the entry `after`, as `reader` may know them; never counted."""
    if before := read_id(after):
        entries = entries.filter(pk__lt=before)
    found = list(entries.select_related("actor").order_by("-pk")[: size + 1])
    return TrailPage(trail.lines(found[:size], reader=reader), found[size - 1].pk if len(found) > size else None)


@require_safe
@staff_page(Can.READ_AUDIT, Can.READ_OWN_AUDIT)
def audit(request: StaffRequest) -> HttpResponse:
    """Who did what and when: all of it for manager and admin, one's own lines for the front desk."""
    filters = TrailFilters(request.user, request.GET)
    entries = filters.narrow(AuditEntry.objects.readable_by(request.user))
    context = {
        "filters": filters,
        "page": page_of(entries, request.GET.get("after", ""), reader=request.user),
        "filtered": any(request.GET.get(name) for name in filters.fields),
        "own": not request.user.can(Can.READ_AUDIT),
    }
    return render(request, "staff/audit.html", context)
