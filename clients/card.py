"""All that the parts of a client file need, in a small fixed number of queries, and nothing the user may not see."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.db.models import Model, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from clients import birthdays, calendars, file
from clients.calendars import Occurrence, YearlyDay
from clients.gathering import made, part
from clients.missing import NEEDED_RIGHT, Gap
from clients.models import (
    Allergy,
    Client,
    ClientTag,
    Consent,
    Enquiry,
    FileRules,
    MemorableDay,
    Preference,
    SkinRecord,
    Tag,
)
from staff.compiled import CLIENT, Compiled
from staff.models import User
from staff.roles import Can

PROFILE = ("occupation", "interests", "family", "background")
SKIN_RECORDS_SHOWN = 5
ENQUIRIES_SHOWN = 10
PROFILE_LABELS = {
    "occupation": _("occupation"),
    "interests": _("interests"),
    "family": _("family"),
    "spending_background": _("spending background"),
}


@dataclass(frozen=True)
class DatedDay:
    """A birthday or memorable day as the file shows it: its own text, and the next time in both calendars."""

    label: str
    text: str
    next: Occurrence
    when: str
    pk: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standing:
    """One purpose and channel, and how consent to it stands; `latest` is None when the client was never asked."""

    purpose: str
    channel: str
    label: str
    latest: Consent | None

    @property
    def given(self) -> bool:
        return self.latest is not None and self.latest.given


@dataclass(frozen=True)
class Profile:
    """An optional field of the file, kept for a purpose that the salon has stated."""

    label: str
    value: str
    purpose: str


@dataclass
class Card:
    """What a user may see of a client beyond the visits. An empty list may also mean that the user may not see it."""

    client: Client
    today: date
    allergies: list[Allergy] = field(default_factory=list)
    preferences: list[Preference] = field(default_factory=list)
    skin_records: list[SkinRecord] = field(default_factory=list)
    birthday: DatedDay | None = None
    age: int | None = None
    memorable_days: list[DatedDay] = field(default_factory=list)
    tags: list[ClientTag] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    consents: list[Standing] = field(default_factory=list)
    profile: list[Profile] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    is_stale: bool = False


# What the parts of the file show of each row, and no more.
DAYS = ("id", "client_id", "label", "calendar", "month", "day", "year", "leap_month")
SKIN = ("skin_type", "concerns", "hair_type", "contraindications", "consultation", "care_plan")
COLUMNS: dict[str, tuple[type[Model], tuple[str, ...]]] = {
    "preferences": (Preference, ("id", "client_id", "text")),
    "tags": (ClientTag, ("id", "client_id", "tag_id", "by_rule", "tag__name", "tag__group")),
    "enquiries": (
        Enquiry,
        ("id", "client_id", "about", "why_not", "asked_on", "status", "taken_by_id", "taken_by__display_name"),
    ),
    "allergies": (
        Allergy,
        (
            "id", "client_id", "substance", "reaction", "severity",
            "confirmed_on", "confirmed_by_id", "confirmed_by__display_name",
        ),
    ),
    "skin_records": (
        SkinRecord, ("id", "client_id", "recorded_on", "recorded_by_id", "recorded_by__display_name", *SKIN)
    ),
    "days": (MemorableDay, DAYS),
    "consents": (
        Consent,
        (
            "id", "client_id", "purpose", "channel", "given", "at", "how",
            "by_id", "by__display_name", "notice_id", "notice__version",
        ),
    ),
    "rules": (
        FileRules,
        ("id", "stale_months", "leap_day", *(f"{name}_purpose" for name in PROFILE)),
    ),
}  # fmt: skip


def card_for(user: User, client: Client, today: date) -> Card:
    """The card of a client from `access.client_for`, for this user, in one query.

    Its parts go to the templates clients/_*.html under the same names: `allergies`, `preferences`, `skin_records` …
    """
    names, question = _question(user.rights)
    (answer,) = question.ask({CLIENT: client.pk})
    found: dict[str, Any] = {name: made(COLUMNS[name][0], facts) for name, facts in zip(names, answer, strict=True)}
    rules = next(iter(found.pop("rules")), None) or FileRules.load()
    days, acts = found.pop("days", []), found.pop("consents", None)
    card = Card(client, today, **found)
    if user.can(Can.SEE_BIRTHDAY):
        _fill_days(card, days, rules, with_year=user.can(Can.SEE_BIRTH_YEAR))
    if acts is not None:
        card.consents = _standings(acts)
    card.profile = profile_of(client, rules, user)
    card.gaps = _gaps(card, user)
    card.is_stale = file.is_stale(client, today, rules.stale_months)
    return card


@lru_cache(maxsize=32)
def _question(rights: frozenset[Can]) -> tuple[list[str], Compiled]:
    """The names of the lists that may be seen with these rights, and the one question that gives them all."""
    columns = {name: part(rows, *COLUMNS[name][1]) for name, rows in _parts_for(rights).items()}
    return list(columns), Compiled(Client.objects.filter(pk=CLIENT).values_list(*columns.values()))


def _parts_for(rights: frozenset[Can]) -> "dict[str, QuerySet[Any, Any]]":
    """The lists that may be seen with these rights, each of the client of the outer query."""
    of_client = {"client": OuterRef("pk")}
    parts: dict[str, QuerySet[Any, Any]] = {
        "preferences": Preference.objects.filter(**of_client),
        "tags": ClientTag.objects.filter(**of_client, tag__in=Tag.objects.seen_with(rights)).order_by(
            "tag__group", "tag__name"
        ),
        "enquiries": Enquiry.objects.filter(**of_client)[:ENQUIRIES_SHOWN],
        "rules": FileRules.objects.filter(pk=1),
    }
    if Can.SEE_ALLERGIES in rights:
        parts["allergies"] = Allergy.objects.standing().filter(**of_client)
    if Can.SEE_SKIN in rights:
        parts["skin_records"] = SkinRecord.objects.filter(**of_client)[:SKIN_RECORDS_SHOWN]
    if Can.SEE_BIRTHDAY in rights:
        parts["days"] = MemorableDay.objects.filter(**of_client)
    if Can.SEE_CONSENT in rights:
        parts["consents"] = Consent.objects.standing().filter(**of_client)
    return parts


def _fill_days(card: Card, days: list[MemorableDay], rules: FileRules, *, with_year: bool) -> None:
    birthday = file.birthday_of(card.client)
    if birthday is not None:
        text = birthday.text(with_year=with_year)
        notes = tuple(birthdays.notes(birthday, card.today))
        card.birthday = _dated("", birthday, text, card.today, rules.leap_day, notes=notes)
        card.age = birthday.age(card.today) if with_year else None
    for row in days:
        day = YearlyDay(row.calendar, row.month, row.day, row.year, row.leap_month)
        text = day.text(with_year=True)
        card.memorable_days.append(_dated(row.label, day, text, card.today, rules.leap_day, pk=row.pk))
    card.memorable_days.sort(key=lambda one: one.next.days_away)


def _dated(
    label: str,
    day: YearlyDay,
    text: str,
    today: date,
    leap_day: str,
    *,
    pk: int | None = None,
    notes: tuple[str, ...] = (),
) -> DatedDay:
    next_time = calendars.occurrence(day, today, leap_day)
    return DatedDay(label, text, next_time, birthdays.days_away_text(next_time.days_away), pk, notes)


def consents_of(client: Client) -> list[Standing]:
    """Every purpose, and marketing once a channel, with the latest act of each. One query."""
    return _standings(Consent.objects.standing().filter(client=client).select_related("by", "notice"))


def _standings(acts: Iterable[Consent]) -> list[Standing]:
    latest = {(one.purpose, one.channel): one for one in acts}
    standings = []
    for purpose in Consent.Purpose:
        for channel in channels_of(purpose):
            label = str(purpose.label) if not channel else f"{purpose.label} · {channel.label}"
            standings.append(Standing(purpose, channel, label, latest.get((purpose, channel))))
    return standings


def channels_of(purpose: Consent.Purpose) -> list[Consent.Channel]:
    """Marketing is consented to by channel, everything else as a whole."""
    if purpose is Consent.Purpose.MARKETING:
        return [channel for channel in Consent.Channel if channel]
    return [Consent.Channel.NONE]


def profile_of(client: Client, rules: FileRules, user: User) -> list[Profile]:
    """The optional fields that the salon has a purpose for and this user may see, filled or not."""
    purposes = profile_purposes(rules, user)
    return [Profile(str(PROFILE_LABELS[name]), getattr(client, name), purpose) for name, purpose in purposes.items()]


def profile_purposes(rules: FileRules, user: User) -> dict[str, str]:
    """The purpose of each optional field that is switched on and open to this user, by field name."""
    purposes = {"occupation": rules.occupation_purpose, "interests": rules.interests_purpose}
    if user.can(Can.SEE_FAMILY):
        purposes |= {"family": rules.family_purpose, "spending_background": rules.background_purpose}
    return {name: purpose for name, purpose in purposes.items() if purpose}


def _gaps(card: Card, user: User) -> list[Gap]:
    client = card.client
    lacks = {
        Gap.PHONE: not client.phone,
        Gap.BIRTHDAY: client.birthday_month is None,
        Gap.SOURCE: not client.source,
        Gap.ALLERGIES: client.allergies_asked_on is None and not card.allergies,
        Gap.SKIN: not card.skin_records,
        Gap.CONSENT: not any(one.given for one in card.consents if one.purpose == Consent.Purpose.FILE),
    }
    return [gap for gap in Gap if lacks[gap] and user.can(NEEDED_RIGHT[gap])]
