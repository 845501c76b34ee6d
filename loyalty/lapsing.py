"""Which points lapse when. The oldest are spent first; what is taken back comes off the points it once gave.

Rule source: DESIGN §4, points expiry.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum

from loyalty.models import LoyaltyAccount, PointsEntry

Kind = PointsEntry.Kind
# These name the day of the points they take; any other line takes the oldest.
FROM_THEIR_OWN = (Kind.REVERSE, Kind.EXPIRE)


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that lapse after the same day; None: never."""

    expires_on: date | None
    points: int


def lots(account: LoyaltyAccount) -> list[Lot]:
    """What is left of the points by the day they lapse, the first to lapse first. One query; their sum is the balance.

    A negative balance has no lots.
    """
    rows = (
        account.entries.order_by()
        .values_list("expires_on")
        .annotate(
            own=Sum("points", filter=Q(points__gt=0) | Q(kind__in=FROM_THEIR_OWN), default=0),
            spent=Sum("points", filter=Q(points__lt=0) & ~Q(kind__in=FROM_THEIR_OWN), default=0),
        )
    )
    return fold([(day, own, spent) for day, own, spent in rows])


def fold(sums: list[tuple[date | None, int, int]]) -> list[Lot]:
    """Spend the oldest first. `sums`: a day, the points that came and went under it, and what was spent (negative)."""
    to_take = -sum(spent for _day, _own, spent in sums)
    to_take -= sum(own for _day, own, _spent in sums if own < 0)
    left = []
    for day, own, _spent in sorted(sums, key=lambda row: row[0] or date.max):
        taken = min(max(own, 0), to_take)
        to_take -= taken
        if own - taken > 0:
            left.append(Lot(day, own - taken))
    return left
