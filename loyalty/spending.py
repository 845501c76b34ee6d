"""Points taken as money at the checkout, and given back when that visit is refunded or void.

Rule source: DESIGN §4, refund and void. Points come back in proportion to the money, with the lapse day they had: the
entry that gives them back lessens what was spent, see `lapsing.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from loyalty.models import LoyaltyAccount, PointsEntry
from loyalty.points import post
from staff.models import User
from visits.models import ZERO, Refund, Visit

Kind = PointsEntry.Kind


@dataclass(frozen=True, slots=True)
class OfVisit:
    """What the book says of one visit, all as positive points: earned, taken back of it, spent, given back of that."""

    earning: PointsEntry | None = None
    taken: int = 0
    spent: int = 0
    returned: int = 0

    @classmethod
    def read(cls, visit: Visit) -> "OfVisit":
        """The book's lines of this visit. One query; a walk-in has none."""
        return cls.among(visit.points_entries.filter(account=visit.client_id).order_by("id"))

    @classmethod
    def among(cls, entries: Iterable[PointsEntry]) -> "OfVisit":
        """Those lines, already read. What was given for another reason, such as for a friend, is left out."""
        earning, taken, spent, returned = None, 0, 0, 0
        for entry in entries:
            if entry.kind == Kind.EARN:
                earning = entry
            elif entry.kind == Kind.REDEEM:
                spent -= entry.points
            elif entry.kind == Kind.REVERSE and entry.points > 0:
                returned += entry.points
            elif entry.kind == Kind.REVERSE:
                taken -= entry.points
        return cls(earning, taken, spent, returned)

    @property
    def earned(self) -> int:
        return self.earning.points if self.earning else 0

    @property
    def held(self) -> int:
        """What it still holds of the points that it earned."""
        return self.earned - self.taken

    @property
    def still_spent(self) -> int:
        """What was spent on it and has not come back."""
        return self.spent - self.returned


def spend_on(account: LoyaltyAccount, visit: Visit, points: int, *, by: User, at: datetime) -> PointsEntry:
    """Take `points` for money off this visit, once. Raises points.NotEnoughPoints above the balance."""
    return post(account, Kind.REDEEM, -points, f"redeem:visit:{visit.pk}", visit=visit, by=by, at=at)


def return_for_refund(account: LoyaltyAccount, refund: Refund) -> PointsEntry | None:
    """Give back the points that belong to the money of `refund`. Returns the entry; None when there are none.

    Counted over all refunds of the visit so far, rounded down, so that the last one brings back all of them.
    """
    visit = refund.visit
    given_back = visit.refunds.filter(pk__lte=refund.pk).aggregate(yuan=Sum("amount"))["yuan"]
    return _return(account, visit, given_back, f"return:refund:{refund.pk}", refund.by, refund.at, refund)


def return_for_void(account: LoyaltyAccount, visit: Visit, *, by: User, at: datetime) -> PointsEntry | None:
    """Give back whatever was spent on a visit that is now void and has not come back yet."""
    return _return(account, visit, visit.total, f"return:visit:{visit.pk}", by, at, None)


def due_back(spent: int, total: Decimal, given_back: Decimal) -> int:
    """The points that have come back when `given_back` of `total` yuan went back. Without any money: all of them."""
    return int(spent * given_back // total) if total else spent


def _return(
    account: LoyaltyAccount,
    visit: Visit,
    given_back: Decimal,
    occasion: str,
    by: User,
    at: datetime,
    refund: Refund | None,
) -> PointsEntry | None:
    if visit.points_discount == ZERO:
        return None
    entries = list(PointsEntry.objects.filter(account=account, visit=visit))
    if done := next((entry for entry in entries if entry.occasion == occasion), None):
        return done
    book = OfVisit.among(entries)
    points = due_back(book.spent, visit.total, given_back) - book.returned
    if points <= 0:
        return None
    return post(account, Kind.REVERSE, points, occasion, visit=visit, refund=refund, by=by, at=at)
