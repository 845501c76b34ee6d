"""What a checkout costs. Pure arithmetic: nothing here reads the database or the clock.

The tier's discount applies to services, never to products. A manual discount applies to what is left of its line.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from staff.models import User
from staff.roles import Can
from visits.amounts import CENT
from visits.models import ZERO, CheckoutRules


@dataclass(frozen=True, slots=True)
class Wanted:
    """One line to price: yuan for one piece, pieces, and the manual discount as per cent or as yuan."""

    unit_price: Decimal
    quantity: int
    is_service: bool
    percent_off: Decimal | None = None
    amount_off: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """A line in yuan: gross - tier_discount - manual_discount = amount, which is never below zero."""

    gross: Decimal
    tier_discount: Decimal
    manual_discount: Decimal

    @property
    def after_tier(self) -> Decimal:
        return self.gross - self.tier_discount

    @property
    def amount(self) -> Decimal:
        return self.after_tier - self.manual_discount


@dataclass(frozen=True, slots=True)
class Quote:
    """All lines priced, and their sums in yuan."""

    lines: tuple[PricedLine, ...]

    @property
    def gross(self) -> Decimal:
        return sum((line.gross for line in self.lines), ZERO)

    @property
    def tier_discount(self) -> Decimal:
        return sum((line.tier_discount for line in self.lines), ZERO)

    @property
    def manual_discount(self) -> Decimal:
        return sum((line.manual_discount for line in self.lines), ZERO)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


def cents(amount: Decimal) -> Decimal:
    """`amount` rounded half up to the cent."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def price_line(wanted: Wanted, tier_percent: int) -> PricedLine:
    """The line with its discounts; a manual discount above what is left takes all that is left."""
    gross = cents(wanted.unit_price * wanted.quantity)
    by_tier = cents(gross * tier_percent / 100) if wanted.is_service else ZERO
    left = gross - by_tier
    by_hand = ZERO
    if wanted.percent_off is not None:
        by_hand = cents(left * wanted.percent_off / 100)
    elif wanted.amount_off is not None:
        by_hand = wanted.amount_off
    return PricedLine(gross, by_tier, min(by_hand, left))


def quote(lines: Iterable[Wanted], tier_percent: int) -> Quote:
    """Every line priced for a client whose tier gives `tier_percent` off services."""
    return Quote(tuple(price_line(line, tier_percent) for line in lines))


def most_by_hand(line: PricedLine, limit_percent: int) -> Decimal:
    """The most yuan that a manual discount of `limit_percent` may take off this line."""
    return cents(line.after_tier * limit_percent / 100)


def discount_limit(user: User, rules: CheckoutRules) -> int:
    """Per cent that `user` may take off by hand; who may void any visit has the manager's limit."""
    if not user.can(Can.CHECK_OUT):
        return 0
    return rules.manager_discount if user.can(Can.VOID_ANY) else rules.front_desk_discount


def spread(total: Decimal, typed: Sequence[Decimal | None]) -> tuple[Decimal, ...]:
    """What each payment pays: the first left open (None) takes the rest of `total`, further open ones nothing."""
    rest = max(total - sum((amount for amount in typed if amount is not None), ZERO), ZERO)
    paid = []
    for amount in typed:
        if amount is None:
            amount, rest = rest, ZERO
        paid.append(amount)
    return tuple(paid)
