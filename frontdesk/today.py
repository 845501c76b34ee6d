"""What the day has brought so far: the visits of today and the checkouts that are not finished."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum, Window

from clients.access import visible_clients
from frontdesk.rows import allergens
from staff.models import User
from staff.roles import Can
from visits.models import Draft, Visit, VisitLine

SHOWN = 20


@dataclass
class Visits:
    """The latest visits of a day, how many there were, and their yuan (None without the right to see it)."""

    rows: list[Visit]
    count: int
    total: Decimal | None

    @property
    def has_more(self) -> bool:
        return self.count > len(self.rows)


def visits_on(day: date, user: User) -> Visits:
    """The completed visits of `day` that `user` may see, each with `items` and `allergens`. One query."""
    lines = VisitLine.objects.filter(visit=OuterRef("pk")).order_by("position", "id")
    rows = Visit.objects.completed().filter(day=day)
    columns = ["at", "client__name", "client__honorific"]
    joined = ["client"]
    if not user.can(Can.FIND_ANY_CLIENT):
        lines = lines.filter(beautician=user)
        own = Exists(VisitLine.objects.filter(visit=OuterRef("pk"), beautician=user))
        rows = rows.filter(own | Q(client__in=visible_clients(user, day).values("pk")))
    if user.can(Can.SEE_POINTS):
        joined.append("client__account__tier")
        columns += [f"client__account__tier__{name}" for name in ("name", "name_en", "code", "position")]
    rows = rows.annotate(items=ArraySubquery(lines.values("name")), day_count=Window(Count("*")))
    if user.can(Can.SEE_ALLERGIES):
        rows = rows.annotate(allergens=allergens("client"))
    kept = F("total") - F("refunded")
    if user.can(Can.SEE_SPEND):
        rows = rows.annotate(kept=kept)
    if user.can(Can.SEE_ALL_SPEND):
        rows = rows.annotate(day_total=Window(Sum(kept)))
    return _visits(rows.select_related(*joined).only(*columns).order_by("-at", "-pk"), user)


def _visits(rows: QuerySet[Visit], user: User) -> Visits:
    shown = list(rows[:SHOWN])
    first = shown[0] if shown else None
    total = None
    if user.can(Can.SEE_ALL_SPEND):
        total = getattr(first, "day_total", Decimal(0))
    return Visits(shown, getattr(first, "day_count", 0), total)


def unfinished(user: User, limit: int = 6) -> list[Draft]:
    """Checkouts to take up again, the latest first: of everybody, since the counter is shared."""
    if not user.can(Can.CHECK_OUT):
        return []
    drafts = Draft.objects.select_related("client", "by")
    columns = ("updated_at", "client__name", "client__honorific", "by__display_name", "by__username")
    return list(drafts.only(*columns).order_by("-updated_at")[:limit])
