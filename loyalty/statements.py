"""The points book of a period as a statement on paper: what there was, what came and went, what there is."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db.models import Q, Sum
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.lapsing import Lot, lots
from loyalty.membership import Line, with_reasons
from loyalty.models import LoyaltyAccount
from visits.amounts import EARLIEST_YEAR, read_day

EARLIEST = date(EARLIEST_YEAR, 1, 1)


@dataclass(frozen=True, slots=True)
class Period:
    """First and last day, both included; what is wrong with what was typed, by field."""

    first: date
    last: date
    errors: dict[str, str]


@dataclass(frozen=True, slots=True)
class Balanced:
    """A line and the balance after it."""

    line: Line
    balance: int


@dataclass(frozen=True, slots=True)
class Printed:
    """A statement: points before the first day, its lines oldest first, points after the last day.

    `lots` is what lapses when, as of now; None when the period ends earlier, for then it would not belong to it.
    """

    period: Period
    opening: int
    lines: list[Balanced]
    closing: int
    lots: list[Lot] | None


def read_period(query: QueryDict, today: date) -> Period:
    """The days asked for as `from` and `to`, none later than today; this year so far where none can be read."""
    usual = {"from": date(today.year, 1, 1), "to": today}
    days, errors = dict(usual), dict[str, str]()
    for name in usual:
        if text := query.get(name, "").strip()[:40]:
            try:
                days[name] = read_day(text)
            except ValidationError as unreadable:
                errors[name] = " ".join(unreadable.messages)
    first, last = max(days["from"], EARLIEST), min(days["to"], today)
    if not errors and last < first:
        errors["to"] = _("The last day lies before the first.")
    return Period(usual["from"], usual["to"], errors) if errors else Period(first, last, errors)


def printed(account: LoyaltyAccount, period: Period, today: date) -> Printed:
    """The statement of `account` for those days. Three queries at most."""
    begins, ends = _midnight(period.first), _midnight(period.last + timedelta(days=1))
    opening = account.entries.aggregate(points=Sum("points", filter=Q(at__lt=begins), default=0))["points"]
    entries = with_reasons(account.entries.filter(at__gte=begins, at__lt=ends)).order_by("pk")
    lines, balance = [], opening
    for entry in entries:
        balance += entry.points
        lines.append(Balanced(Line(entry), balance))
    return Printed(period, opening, lines, balance, lots(account) if period.last >= today else None)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
