"""Narrowing a list of clients by what this floor knows; pages above add tier, segment and last visit to the form."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.text import format_lazy
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients import calendars, file, missing
from clients.card import channels_of
from clients.consultants import consultants
from clients.lunar import Day
from clients.missing import Gap
from clients.models import Allergy, Calendar, ClientQuerySet, Consent, FileRules, Tag
from staff.roles import Can

RIGHTS = {
    "birthday_month": Can.SEE_BIRTHDAY,
    "allergy": Can.SEE_ALLERGIES,
    "consent": Can.SEE_CONSENT,
}
ANY_GAP = "any"
ANY = pgettext_lazy("filter", "any")


def consent_choices() -> list[tuple[str, Any]]:
    """Every purpose and channel, once as given and once as not given, each in words that stand alone."""
    pairs = [(purpose, channel) for purpose in Consent.Purpose for channel in channels_of(purpose)]
    labels = [
        (f"{purpose}-{channel}".rstrip("-"), f"{purpose.label} · {channel.label}" if channel else purpose.label)
        for purpose, channel in pairs
    ]
    given = [(value, gettext("Given: %(label)s") % {"label": label}) for value, label in labels]
    not_given = [(f"no-{value}", gettext("Not given: %(label)s") % {"label": label}) for value, label in labels]
    return [("", ANY), *given, *not_given]


class ClientFilterForm(forms.Form):
    """The filters of a client list, read from the URL. What the user may not see, she cannot filter by either."""

    tag = forms.ModelChoiceField(Tag.objects.filter(is_active=True), required=False, label=_("Tag"))
    consultant = forms.ModelChoiceField(consultants(), required=False, label=_("Consultant"))
    birthday_month = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        label=_("Birthday month"),
        choices=[("", ANY), *((str(month), format_lazy(_("month {number}"), number=month)) for month in range(1, 13))],
    )
    allergy = forms.ChoiceField(
        required=False, label=_("Allergies"), choices=[("", ANY), ("yes", _("has an allergy")), ("no", _("has none"))]
    )
    consent = forms.ChoiceField(required=False, label=_("Consent"), choices=consent_choices)
    missing = forms.ChoiceField(required=False, label=_("File lacks"))
    stale = forms.BooleanField(required=False, label=_("Not touched for long"))

    def __init__(self, *args: Any, rights: frozenset[Can], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tag"].queryset = Tag.objects.filter(is_active=True).seen_with(rights)  # type: ignore[attr-defined]
        self.gaps = missing.gaps_seen_with(rights)
        gaps = [(gap.value, gap.label) for gap in self.gaps]
        self.fields["missing"].choices = [("", ANY), (ANY_GAP, _("anything")), *gaps]  # type: ignore[attr-defined]
        for name, right in RIGHTS.items():
            if right not in rights:
                del self.fields[name]

    def narrow(self, clients: ClientQuerySet, today: date) -> ClientQuerySet:
        """`clients` by every filter that is filled in and makes sense; a senseless one is shown as an error only."""
        self.is_valid()
        chosen = getattr(self, "cleaned_data", {})
        if tag := chosen.get("tag"):
            clients = with_tag(clients, tag)
        if consultant := chosen.get("consultant"):
            clients = clients.filter(consultant=consultant)
        if month := chosen.get("birthday_month"):
            clients = with_birthday_in_month(clients, month, today)
        if allergy := chosen.get("allergy"):
            clients = with_allergy(clients, has=allergy == "yes")
        if consent := chosen.get("consent"):
            purpose, _dash, channel = consent.removeprefix("no-").partition("-")
            clients = with_consent(clients, purpose, channel, given=not consent.startswith("no-"))
        if gap := chosen.get("missing"):
            clients = missing.lacking(clients, self.gaps if gap == ANY_GAP else [Gap(gap)])
        if chosen.get("stale"):
            clients = untouched(clients, today)
        return clients


def with_tag(clients: ClientQuerySet, tag: Tag) -> ClientQuerySet:
    return clients.filter(tags__tag=tag)


def with_allergy(clients: ClientQuerySet, *, has: bool) -> ClientQuerySet:
    standing = Exists(Allergy.objects.standing().filter(client=OuterRef("pk")))
    return clients.filter(standing if has else ~standing)


def with_consent(clients: ClientQuerySet, purpose: str, channel: str, *, given: bool) -> ClientQuerySet:
    """Files whose latest act for this purpose and channel is a yes; with `given` false, all the others."""
    holds = Exists(Consent.objects.holding(purpose, channel).filter(client=OuterRef("pk")))
    return clients.filter(holds if given else ~holds)


def untouched(clients: ClientQuerySet, today: date) -> ClientQuerySet:
    """Files that nobody has touched for the months that the salon has set."""
    return clients.filter(touched_at__lt=file.stale_before(today, FileRules.load().stale_months))


def with_birthday_in_month(clients: ClientQuerySet, month: int, today: date) -> ClientQuerySet:
    """Files whose birthday, of either calendar, is kept in that month of this solar year."""
    first = date(today.year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return clients.filter(birthday_between(first, last))


def birthday_between(first: date, last: date) -> Q:
    """The condition for birthdays kept from `first` to `last`, in either calendar; a handful of index ranges."""
    leap_day = FileRules.load().leap_day
    condition = Q(pk__in=[])
    for calendar in Calendar:
        for month, from_day, to_day in _ranges(calendars.days_between(calendar, first, last, leap_day)):
            condition |= Q(
                birthday_calendar=calendar, birthday_month=month, birthday_day__gte=from_day, birthday_day__lte=to_day
            )
    return condition


def _ranges(days: Iterable[Day]) -> list[tuple[int, int, int]]:
    """(month, first day, last day) for each run of days of one month."""
    ranges: list[tuple[int, int, int]] = []
    for month, day in sorted({(one.month, one.day) for one in days}):
        if ranges and ranges[-1][0] == month and ranges[-1][2] == day - 1:
            ranges[-1] = (month, ranges[-1][1], day)
        else:
            ranges.append((month, day, day))
    return ranges
