"""Points taken as money: what was typed, what it is worth on this bill, and what is wrong with it.

The salon says how many points take ¥1 off (`LoyaltyRules.points_per_yuan_off`); without it points are no money here.
They pay to the cent, rounded down; points that make up no cent, and those that the bill does not need, are not taken.
"""

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from loyalty.models import LoyaltyRules
from loyalty.points import NotEnoughPoints
from visits.amounts import CENT, plain
from visits.models import ZERO
from visits.pricing import points_to_pay, worth_of_points

DIGITS = 9


@dataclass(frozen=True, slots=True)
class PointsField:
    """The field on the screen. `used` points take `worth` yuan off; `most` is what the button "all" would use."""

    typed: str = ""
    used: int = 0
    worth: Decimal = ZERO
    available: int = 0
    available_worth: Decimal = ZERO
    most: int = 0
    is_open: bool = False  # whether points are money in this salon
    error: str = ""

    @property
    def is_shown(self) -> bool:
        return self.is_open or bool(self.typed)


def read_points(typed: str, due: Decimal, balance: int, rules: LoyaltyRules) -> PointsField:
    """The points `typed` for a bill of which `due` yuan are left. Refused above the balance, and below a cent."""
    rate = rules.points_per_yuan_off
    if not rate:
        error = _("Points are not taken as money. Clear this field.") if typed else ""
        return PointsField(typed, error=error)
    has = max(balance, 0)
    offered = PointsField(
        typed,
        available=balance,
        available_worth=worth_of_points(has, rate),
        most=points_to_pay(min(worth_of_points(has, rate), due), rate),
        is_open=True,
    )
    return _read(offered, due, rate) if typed else offered


def _read(offered: PointsField, due: Decimal, rate: int) -> PointsField:
    written = plain(offered.typed).removesuffix("分").strip()
    if not (written.isascii() and written.isdigit() and len(written) <= DIGITS):
        return replace(offered, error=_("Enter a whole number of points, or nothing."))
    points = int(written)
    if points and offered.available < 0:
        return replace(offered, error=_("The points are below zero. New points make up for it first."))
    if points > offered.available:
        return replace(offered, error=str(NotEnoughPoints(offered.available, points)))
    worth = min(worth_of_points(points, rate), due)
    if points and due and not worth:
        least = points_to_pay(CENT, rate)
        return replace(offered, error=_("That is less than a cent. Use at least %(least)s points.") % {"least": least})
    return replace(offered, used=points_to_pay(worth, rate), worth=worth)
