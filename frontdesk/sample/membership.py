"""A client's points and tiers as they would have become visit by visit, by loyalty's own rules, without the database.

The moves of tier follow `loyalty.tiers`: up at once, judged again at the review; tests hold the two together.
"""

from collections import deque
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from clients.models import Client
from loyalty import points, standing, tiers
from loyalty.models import LoyaltyRules, PointsEntry, Tier, TierChange
from loyalty.months import months_after
from loyalty.standing import Figures
from visits.models import ZERO

NIGHT = time(2)  # when reviews are held and points lapse


@dataclass(frozen=True, slots=True)
class Rules:
    """What the membership works by: all tiers, lowest first, and the rules as they stand."""

    ladder: list[Tier]
    rules: LoyaltyRules

    @classmethod
    def load(cls) -> "Rules":
        return cls(tiers.ladder(), LoyaltyRules.load())


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the points book to be."""

    kind: str
    points: int
    balance: int
    occasion: str
    visit: int | None
    refund: int | None
    expires_on: date
    why: str
    by: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Move:
    """A judgement of the tier to be; the tiers are ids."""

    old: int
    new: int
    why: str
    figures: dict[str, Any]
    on: date
    at: datetime
    by: int | None


@dataclass
class Membership:
    """One client's account while the years pass. Visits must come in order of days."""

    client: Client
    rules: Rules
    tier: Tier = field(init=False)
    since: date | None = None
    review_on: date | None = None
    balance: int = 0
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    _lots: dict[date, int] = field(default_factory=dict)
    _days: "deque[tuple[date, Decimal]]" = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.tier = self.rules.ladder[0]

    def figures(self, day: date, more: Decimal | None = None) -> Figures:
        """Spend and visit days of the 12 months up to `day`, with a visit of `more` yuan on it, if given."""
        start = standing.window_start(day)
        while self._days and self._days[0][0] <= start:
            self._days.popleft()
        visits = len({on for on, _ in self._days} | ({day} if more is not None else set()))
        return Figures(sum((spent for _, spent in self._days), more or ZERO), visits)

    def would_move(self, day: date, before: Decimal | None, after: Decimal | None) -> bool:
        """Whether the tier that is reached differs by whether the day's visit brought `before` or `after` yuan."""
        ladder = self.rules.ladder
        return tiers.reached(ladder, self.figures(day, before)) != tiers.reached(ladder, self.figures(day, after))

    def visit(self, pk: int, day: date, total: Decimal, *, at: datetime, by: int) -> int:
        """Earn the points of a visit, count it, and move the tier when it reaches the next. Returns the points."""
        earned = self._earn(pk, day, total, at, by)
        self._days.append((day, total))
        figures = self.figures(day)
        aim = tiers.reached(self.rules.ladder, figures)
        if aim.position > self.tier.position:
            self._move(aim, TierChange.Why.EARNED, figures, day, at, by=by, visit=pk)
        return earned

    def void(self, pk: int, day: date, total: Decimal, *, at: datetime, voided: datetime, by: int) -> None:
        """Points given and at once taken back; the visit does not count. Only for what `would_move` nothing."""
        earned = self._earn(pk, day, total, at, by)
        if earned:
            expires = points.lapse_day(day, self.rules.rules)
            self._post(PointsEntry.Kind.REVERSE, -earned, f"reverse:visit:{pk}", pk, None, expires, "", by, voided)

    def refund(
        self, pk: int, visit: int, day: date, total: Decimal, back: Decimal, earned: int, *, at: datetime, by: int
    ) -> None:
        """Points of the money given back are taken back; the day's spend falls."""
        taken = earned - points.kept_of(earned, total, back)
        if taken:
            expires = points.lapse_day(day, self.rules.rules)
            self._post(PointsEntry.Kind.REVERSE, -taken, f"reverse:refund:{pk}", visit, pk, expires, "", by, at)
        self._days.append((day, -back))

    def pass_time(self, until: date, zone: Any) -> None:
        """Let points lapse, and judge the tier anew at each review, that fall due up to this day."""
        for last_day, left in sorted(self._lots.items()):
            night = last_day + timedelta(days=1)
            if left > 0 and night <= until:
                occasion, at = f"expire:{self.client.pk}:{last_day}:{night}", datetime.combine(night, NIGHT, zone)
                self._post(PointsEntry.Kind.EXPIRE, -left, occasion, None, None, last_day, "", None, at)
        while self.review_on is not None and self.review_on <= until:
            on = self.review_on
            figures = self.figures(on)
            aim = tiers.reached(self.rules.ladder, figures)
            self._move(aim, TierChange.Why.REVIEW, figures, on, datetime.combine(on, NIGHT, zone))

    def _earn(self, pk: int, day: date, total: Decimal, at: datetime, by: int) -> int:
        earning = points.to_be_earned(self.client, self.tier, total, day, self.rules.rules)
        if earning.points:
            expires = points.lapse_day(day, self.rules.rules)
            occasion = f"earn:visit:{pk}"
            self._post(PointsEntry.Kind.EARN, earning.points, occasion, pk, None, expires, earning.mark, by, at)
        return earning.points

    def _post(
        self,
        kind: str,
        moved: int,
        occasion: str,
        visit: int | None,
        refund: int | None,
        expires_on: date,
        *rest: Any,
    ) -> None:
        self.balance += moved
        self._lots[expires_on] = self._lots.get(expires_on, 0) + moved
        self.entries.append(Entry(kind, moved, self.balance, occasion, visit, refund, expires_on, *rest))

    def _move(
        self,
        aim: Tier,
        why: str,
        figures: Figures,
        on: date,
        at: datetime,
        *,
        by: int | None = None,
        visit: int | None = None,
    ) -> None:
        old, self.tier = self.tier, aim
        self.since = self.since if old == aim else on
        lowest = aim == self.rules.ladder[0]
        self.review_on = None if lowest else months_after(on, self.rules.rules.review_months)
        kept = {
            "spend": str(figures.spend),
            "visits": figures.visits,
            "min_spend": str(aim.min_spend),
            "min_visits": aim.min_visits,
            "since": self.since.isoformat() if self.since else None,
            "review_on": self.review_on.isoformat() if self.review_on else None,
            "visit": visit,
        }
        told = {name: value for name, value in kept.items() if value is not None}
        self.moves.append(Move(old.pk, aim.pk, why, told, on, at, by))
