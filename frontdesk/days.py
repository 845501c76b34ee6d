"""Birthdays and memorable days of today and the next seven days, found by their month and day in both calendars."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, DateField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, JSONObject

from clients.access import visible_clients
from clients.birthdays import days_away_text
from clients.calendars import days_between, lunar_text, solar_text
from clients.lunar import Day, lunar_date
from clients.models import Calendar, Client, FileRules, MemorableDay
from frontdesk.rows import allergens
from loyalty.client_rows import rows_of
from loyalty.models import Voucher
from staff.models import User
from staff.roles import Can

AHEAD = timedelta(days=7)
SHOWN = 20
ALL, TODAY, BIRTHDAY, MEMORABLE = "all", "today", "birthday", "memorable"
LAPSING = "lapsing"
ONLY = (ALL, TODAY, BIRTHDAY, MEMORABLE)
COLUMNS = ("occasion_ahead", "occasion_kind", "occasion_client", "occasion_facts", "occasion_tier", "occasion_last")
ORDER = ("occasion_ahead", "occasion_kind", "-occasion_tier", "-occasion_last", "-occasion_client")
NEVER = date(1, 1, 1)


@dataclass
class Occasion:
    """One day of one client; `turns` is the age reached or the years gone by, for who may see the year, else None."""

    kind: str
    on: date
    days_away: int
    client: Client
    label: str
    is_lunar: bool
    turns: int | None

    @property
    def away(self) -> str:
        """Today, tomorrow, or in so many days."""
        return days_away_text(self.days_away)

    @property
    def in_own_calendar(self) -> str:
        return self._lunar() if self.is_lunar else solar_text(self.on)

    @property
    def in_other_calendar(self) -> str:
        return solar_text(self.on) if self.is_lunar else self._lunar()

    def _lunar(self) -> str:
        day = lunar_date(self.on)
        return lunar_text(day.month, day.day, leap=day.leap)


@dataclass
class Occasions:
    """A page of occasions and how many there are: `counts` as `counts()` gives them.

    The nearest stand first; of one day the highest tier, then who was here last.
    """

    rows: list[Occasion]
    counts: dict[str, int]
    has_next: bool

    @property
    def total(self) -> int:
        return self.counts[BIRTHDAY] + self.counts[MEMORABLE]


def counts(user: User, today: date) -> dict[str, int]:
    """What there is within seven days: birthdays, memorable days, how many of both today, and vouchers that lapse.

    One question. Vouchers are not counted for who may not see them.
    """
    kept = kept_days(today, today + AHEAD)
    return _counts({BIRTHDAY: _birthdays(user, kept, today), MEMORABLE: _memorable(user, kept, today)}, user, today)


def occasions(user: User, today: date, *, only: str = ALL, start: int = 0, size: int = SHOWN) -> Occasions:
    """What the clients of `user` have to celebrate within seven days; `only` is one of ONLY.

    Three questions, whatever the number of clients: the counts, the page, and the clients on it.
    """
    kept = kept_days(today, today + AHEAD)
    sources = {BIRTHDAY: _birthdays(user, kept, today), MEMORABLE: _memorable(user, kept, today)}
    wanted = [rows for kind, rows in sources.items() if only in (ALL, TODAY, kind)]
    if only == TODAY:
        wanted = [rows.filter(occasion_ahead=0) for rows in wanted]
    first, *others = (rows.values_list(*COLUMNS) for rows in wanted)
    ordered = first.union(*others, all=True).order_by(*ORDER)
    found = list(ordered[start : start + size + 1])
    clients = _clients(user, [row[2] for row in found[:size]])
    shown = [_occasion(row, clients[row[2]], kept, today) for row in found[:size] if row[2] in clients]
    return Occasions(shown, _counts(sources, user, today), len(found) > size)


def kept_days(first: date, last: date) -> list[tuple[str, Day]]:
    """Each day that is kept from `first` to `last`, both included, as (calendar, day)."""
    # Only these two days ask for the salon's rule, so the rule is not asked for in the rest of the year.
    near = any((on.month, on.day) in ((2, 28), (3, 1)) for on in _between(first, last))
    leap_day = FileRules.load().leap_day if near else FileRules.LeapDay.FEBRUARY_28
    return [(calendar.value, day) for calendar in Calendar for day in days_between(calendar, first, last, leap_day)]


def _between(first: date, last: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def _birthdays(user: User, kept: list[tuple[str, Day]], today: date) -> "QuerySet[Any, Any]":
    facts = {name: F(f"birthday_{name}") for name in ("calendar", "month", "day")}
    if user.can(Can.SEE_BIRTH_YEAR):
        facts["year"] = F("birthday_year")
    rows = visible_clients(user, today).annotate(occasion_client=F("pk"))
    return _dated(_ranked(rows, "account"), "birthday_", BIRTHDAY, kept, today, facts)


def _memorable(user: User, kept: list[tuple[str, Day]], today: date) -> "QuerySet[Any, Any]":
    facts = {name: F(name) for name in ("calendar", "month", "day", "year", "label")}
    rows = MemorableDay.objects.filter(client__in=visible_clients(user, today))
    rows = _ranked(rows.annotate(occasion_client=F("client_id")), "client__account")
    return _dated(rows, "", MEMORABLE, kept, today, facts)


def _ranked(rows: "QuerySet[Any, Any]", account: str) -> "QuerySet[Any, Any]":
    """With what stands first on one day: the highest tier, and of one tier who was here last."""
    ranked: QuerySet[Any, Any] = rows.annotate(
        occasion_tier=Coalesce(f"{account}__tier__position", Value(-1), output_field=IntegerField()),
        occasion_last=Coalesce(f"{account}__last_visit_on", Value(NEVER), output_field=DateField()),
    )
    return ranked


def _dated(
    rows: "QuerySet[Any, Any]", prefix: str, kind: str, kept: list[tuple[str, Day]], today: date, facts: dict[str, Any]
) -> "QuerySet[Any, Any]":
    """The rows whose month and day are kept in these days, with the number of days until then."""
    any_of = Q()
    ahead = []
    for calendar, day in kept:
        same = Q(**{f"{prefix}calendar": calendar, f"{prefix}month": day.month, f"{prefix}day": day.day})
        any_of |= same
        ahead.append(When(same, then=Value((day.on - today).days)))
    dated: QuerySet[Any, Any] = rows.filter(any_of).annotate(
        occasion_kind=Value(kind),
        occasion_ahead=Case(*ahead, output_field=IntegerField()),
        occasion_facts=JSONObject(**facts),
    )
    return dated


def _counts(sources: dict[str, "QuerySet[Any, Any]"], user: User, today: date) -> dict[str, int]:
    """How many of each kind, and how many of both today. One question."""
    birthdays, *others = (
        rows.order_by()
        .values("occasion_kind")
        .annotate(all=Count("pk"), now=Count("pk", filter=Q(occasion_ahead=0)))
        .values_list("occasion_kind", "all", "now")
        for rows in sources.values()
    )
    if user.can(Can.SEE_POINTS):
        others.append(_lapsing(today))
    counts = {BIRTHDAY: 0, MEMORABLE: 0, TODAY: 0, LAPSING: 0}
    for kind, number, now in birthdays.union(*others, all=True):
        counts[kind] = number
        counts[TODAY] += now
    return counts


def _lapsing(today: date) -> "QuerySet[Any, Any]":
    """How many vouchers lapse, as a row like those of the occasions."""
    vouchers = Voucher.objects.usable(today).filter(expires_on__lte=today + AHEAD)
    kind = Value(LAPSING, output_field=CharField())
    return (
        vouchers.order_by()
        .annotate(occasion_kind=kind)
        .values("occasion_kind")
        .annotate(all=Count("pk"), now=Value(0))
        .values_list("occasion_kind", "all", "now")
    )


def _clients(user: User, pks: list[int]) -> dict[int, Client]:
    rows = rows_of(Client.objects.filter(pk__in=pks), user)
    if user.can(Can.SEE_ALLERGIES):
        rows = rows.annotate(allergens=allergens())
    return {client.pk: client for client in rows}


def _occasion(row: Any, client: Client, kept: list[tuple[str, Day]], today: date) -> Occasion:
    ahead, kind, _, facts, *_ = row
    on = today + timedelta(days=ahead)
    own = next(day for calendar, day in kept if calendar == facts["calendar"] and day.on == on)
    # By the year of its own calendar: a lunar birthday in January still belongs to the lunar year before.
    turns = own.year - facts["year"] if facts.get("year") else None
    return Occasion(kind, on, ahead, client, facts.get("label", ""), facts["calendar"] == Calendar.LUNAR, turns)
