"""The list of visits: its filters, its pages by place (never by counting), and the sums of its days."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import groupby

from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, Sum
from django.http import HttpRequest, QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clients import guessing
from clients.access import visible_clients
from staff.ids import read_id
from staff.models import User
from staff.roles import Can
from visits.access import visible_visits
from visits.amounts import read_day
from visits.models import ZERO, Visit, VisitLine, VisitQuerySet

PAGE = 30


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. What cannot be read is in `errors` by field and asks for nothing."""

    start: date | None = None
    end: date | None = None
    beautician: int | None = None
    client: str = ""
    status: str = ""
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_set(self) -> bool:
        asked = (self.start, self.end, self.beautician, self.client or None, self.status or None)
        return any(one is not None for one in asked) or bool(self.errors)


@dataclass(frozen=True, slots=True)
class Day:
    """The visits of one day on this page, and the whole day's sums (None where they may not be seen)."""

    day: date
    visits: list[Visit]
    total: Decimal | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of visits, newest first; `after` is the place where the next page begins."""

    days: list[Day]
    after: str


def read_filters(query: QueryDict, today: date) -> Filters:
    """The filters in an address: from, to, beautician, client (whatever a search takes), status. Nothing raises."""
    errors: dict[str, str] = {}

    def day(name: str) -> date | None:
        if not (typed := query.get(name, "").strip()[:40]):
            return None
        try:
            return read_day(typed, today)
        except ValidationError as refused:
            errors[name] = " ".join(refused.messages)
            return None

    start, end = day("from"), day("to")
    if start and end and end < start:
        errors["to"] = _("This day is before the first one.")
    status = query.get("status", "")
    return Filters(
        start=start,
        end=end,
        beautician=_id(query.get("beautician", "")),
        client=query.get("client", "").strip()[:100],
        status=status if status in Visit.Status.values else "",
        errors=errors,
    )


def _id(text: str) -> int | None:
    """The id written in `text`; 0, which nobody has, when it is no id but something is written."""
    return (read_id(text) or 0) if text else None


def look_for(user: User, client: str, request: HttpRequest) -> None:
    """Count a whole phone that nobody has, as the search does. Raises TooManyMisses for one too many."""
    if client and guessing.whole_numbers(client):
        guessing.counted(user, client, lambda: list(visible_clients(user).matching(client)[:1]), request)


def visits_for(user: User, filters: Filters) -> VisitQuerySet:
    """The visits that `user` may see and the filters ask for; only who sees amounts filters by who treated."""
    found = visible_visits(user)
    if filters.beautician is not None and user.can(Can.SEE_SPEND):
        found = found.filter(Exists(VisitLine.objects.filter(visit=OuterRef("pk"), beautician=filters.beautician)))
    if filters.start:
        found = found.filter(day__gte=filters.start)
    if filters.end:
        found = found.filter(day__lte=filters.end)
    if filters.client:
        found = found.filter(client__in=visible_clients(user).matching(filters.client).values("pk"))
    return found.filter(status=filters.status) if filters.status else found


def page(user: User, filters: Filters, after: str = "") -> Page:
    """The visits behind the place `after`. At most three queries, whatever the number of visits."""
    lines = VisitLine.objects.select_related("beautician")
    if not user.can(Can.SEE_SPEND):
        lines = lines.filter(beautician=user)
    found = visits_for(user, filters)
    rows = found.select_related("client", "by").prefetch_related(Prefetch("lines", queryset=lines))
    if place := _read_place(after):
        at, pk = place
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=pk), at__lte=at)
    shown = list(rows.order_by("-at", "-id")[: PAGE + 1])
    older = _place(shown[PAGE - 1]) if len(shown) > PAGE else ""
    shown = shown[:PAGE]
    return Page(_by_day(shown, _sums(found, shown) if user.can(Can.SEE_ALL_SPEND) else {}), older)


def _by_day(visits: Iterable[Visit], sums: dict[date, tuple[Decimal, int]]) -> list[Day]:
    days = []
    for day, of_day in groupby(visits, key=lambda visit: visit.day):
        total, count = sums.get(day, (None, None))
        days.append(Day(day, list(of_day), total, count))
    return days


def _sums(found: VisitQuerySet, shown: list[Visit]) -> dict[date, tuple[Decimal, int]]:
    """What was kept, in yuan after refunds, and how many receipts, of each day on the page; void ones do not count."""
    kept = found.completed().filter(day__in={visit.day for visit in shown})
    rows = kept.values("day").annotate(kept=Sum(F("total") - F("refunded")), count=Count("id")).order_by("day")
    return {row["day"]: (row["kept"] or ZERO, row["count"]) for row in rows}


def _place(visit: Visit) -> str:
    return f"{visit.at.isoformat()}_{visit.pk}"


def _read_place(text: str) -> tuple[datetime, int] | None:
    """The place in an address; None when it is none, which begins at the top."""
    written, _, number = text[:80].rpartition("_")
    try:
        at = parse_datetime(written)
        # Postgres knows no offset beyond 16 hours, and the salon's clock none of the days at either end.
        at = at.astimezone(UTC) if at and at.tzinfo else None
    except (ValueError, OverflowError):
        return None
    return (at, read_id(number) or 0) if at and 1 < at.year < 9999 else None


def since(today: date, days: int) -> date:
    """The first day of the last `days` days, today included."""
    return today - timedelta(days=days - 1)
