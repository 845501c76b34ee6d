"""The membership as the manager sees it: segments by tiers, who moved lately, what waits. Reads only."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import CharField, Count, F, Func, Subquery, Value
from django.db.models.functions import Cast

from clients.models import Client
from loyalty.models import (
    Adjustment,
    LoyaltyAccount,
    MeanTicket,
    SegmentChange,
    SegmentRules,
    Tier,
    TierChange,
)
from loyalty.segments import Segment, label
from loyalty.tiers import ladder

MOVES_OF_DAYS = 30
LATEST = 8
COLUMNS = (*Segment.values, "")


@dataclass(frozen=True, slots=True)
class Cell:
    """How many clients are in this segment (empty: in none) and in the row's tier."""

    segment: str
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """One tier across all segments; the row of sums has no tier."""

    tier: Tier | None
    cells: list[Cell]

    @property
    def total(self) -> int:
        return sum(cell.count for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Tiers, the highest first, by segments; and the sums of the columns."""

    rows: list[Row]
    sums: Row

    def of(self, segment: str) -> int:
        """How many clients are in this segment."""
        return next(cell.count for cell in self.sums.cells if cell.segment == segment)


@dataclass(frozen=True, slots=True)
class Flow:
    """How many moved from one tier or segment into another. `is_up`: None between segments."""

    before: str
    after: str
    count: int
    is_up: bool | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """One client's latest move."""

    client: int
    name: str
    on: date
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The rules in force, the mean ticket in yuan that was counted last, and what waits for somebody."""

    rules: SegmentRules
    mean: Decimal | None
    waiting: int

    @property
    def reference(self) -> Decimal | None:
        return self.rules.reference_ticket or self.mean


def matrix(tiers: list[Tier]) -> Matrix:
    """Clients on file by tier and segment, counted as the client list finds them. One query."""
    on_file = (Client.Status.PROSPECT, Client.Status.ACTIVE)
    found = LoyaltyAccount.objects.filter(client__status__in=on_file).order_by()
    counts = {(tier, segment): n for tier, segment, n in found.values_list("tier", "segment").annotate(n=Count("pk"))}
    rows = [Row(tier, [Cell(one, counts.get((tier.pk, one), 0)) for one in COLUMNS]) for tier in reversed(tiers)]
    sums = Counter[str]()
    for row in rows:
        for cell in row.cells:
            sums[cell.segment] += cell.count
    return Matrix(rows, Row(None, [Cell(one, sums[one]) for one in COLUMNS]))


def tier_flows(tiers: list[Tier], since: date) -> list[Flow]:
    """Moves between tiers after the day `since`, up first. One query."""
    by_id = {tier.pk: tier for tier in tiers}
    found = TierChange.objects.filter(on__gt=since).exclude(from_tier=F("to_tier")).exclude(from_tier=None).order_by()
    flows = []
    for before, after, n in found.values_list("from_tier", "to_tier").annotate(n=Count("pk")):
        is_up = by_id[after].position > by_id[before].position
        flows.append(Flow(by_id[before].label, by_id[after].label, n, is_up))
    return sorted(flows, key=lambda flow: (not flow.is_up, -flow.count))


def segment_flows(since: date) -> list[Flow]:
    """Moves between segments after the day `since`, the most frequent first. One query."""
    found = SegmentChange.objects.filter(on__gt=since).order_by()
    rows = found.values_list("from_segment", "to_segment").annotate(n=Count("pk"))
    return sorted((Flow(label(before), label(after), n) for before, after, n in rows), key=lambda flow: -flow.count)


def latest_moves(tiers: list[Tier], since: date) -> tuple[list[Moved], list[Moved]]:
    """The last few clients who changed their tier after the day `since`, and their segment. One query for both."""
    of_tiers = TierChange.objects.filter(on__gt=since).exclude(from_tier=F("to_tier")).exclude(from_tier=None)
    of_segments = SegmentChange.objects.filter(on__gt=since).exclude(from_segment="").exclude(to_segment="")
    names = {str(tier.pk): tier.label for tier in tiers}
    found = _latest(of_tiers, "tier", "from_tier", "to_tier").union(
        _latest(of_segments, "segment", "from_segment", "to_segment"), all=True
    )
    moves: dict[str, list[Moved]] = {"tier": [], "segment": []}
    for kind, client, name, on, before, after, _pk in sorted(found, key=lambda row: (row[3], row[-1]), reverse=True):
        told = (names[before], names[after]) if kind == "tier" else (label(before), label(after))
        moves[kind].append(Moved(client, name, on, *told))
    return moves["tier"], moves["segment"]


def _latest(changes: Any, kind: str, before: str, after: str) -> Any:
    return (
        changes.order_by("-on", "-pk")
        .annotate(kind=Value(kind), before=Cast(before, CharField()), after=Cast(after, CharField()))
        .values_list("kind", "account", "account__client__name", "on", "before", "after", "pk")[:LATEST]
    )


def standing(today: date) -> Standing:
    """The rules of the segments, the mean ticket, and how much waits. One query."""
    mean = MeanTicket.objects.filter(on__lte=today).order_by("-on").values("mean")[:1]
    found: Any = SegmentRules._default_manager.annotate(
        own=Subquery(mean),
        waiting=_counted(Adjustment.objects.filter(status=Adjustment.Status.PENDING)),
    ).get(pk=1)
    return Standing(found, found.own, found.waiting)


def _counted(rows: Any) -> Subquery:
    """How many rows, as a question inside another one."""
    return Subquery(rows.order_by().values(n=Func("pk", function="COUNT")))


def overview(today: date) -> dict[str, Any]:
    """All that the manager's page shows. Six queries, however large the salon."""
    tiers, since = ladder(), today - timedelta(days=MOVES_OF_DAYS)
    tier_moves, segment_moves = latest_moves(tiers, since)
    counted, flows = matrix(tiers), tier_flows(tiers, since)
    return {
        "matrix": counted,
        "core": counted.of(Segment.CORE),
        "dormant": counted.of(Segment.DORMANT),
        "flows": flows,
        "up": sum(flow.count for flow in flows if flow.is_up),
        "down": sum(flow.count for flow in flows if not flow.is_up),
        "segment_flows": segment_flows(since),
        "tier_moves": tier_moves,
        "segment_moves": segment_moves,
        "standing": standing(today),
        "days": MOVES_OF_DAYS,
    }
