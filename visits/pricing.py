"""What a checkout costs. Pure arithmetic: nothing here reads the database or the clock.

The tier's discount applies to services, never to products. A manual discount applies to what is left of its line.
Then come vouchers (with what a client is entitled to), then points taken as money. The floors above say how much these
take off which line; here it only has to add up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal

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
    """A line in yuan: gross less all four discounts = amount, which is never below zero."""

    gross: Decimal
    tier_discount: Decimal
    manual_discount: Decimal
    voucher_discount: Decimal = ZERO
    points_discount: Decimal = ZERO

    @property
    def after_tier(self) -> Decimal:
        return self.gross - self.tier_discount

    @property
    def after_manual(self) -> Decimal:
        """What the line costs before vouchers and points."""
        return self.after_tier - self.manual_discount

    @property
    def after_vouchers(self) -> Decimal:
        return self.after_manual - self.voucher_discount

    @property
    def amount(self) -> Decimal:
        return self.after_vouchers - self.points_discount

    def less(self, *, vouchers: Decimal = ZERO, points: Decimal = ZERO) -> "PricedLine":
        """The line with these yuan off, in place of what stood there. Raises ValueError for more than there is."""
        made = replace(self, voucher_discount=vouchers, points_discount=points)
        if min(vouchers, points, made.amount) < 0:
            raise ValueError("More is taken off than the line costs.")
        return made


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
    def voucher_discount(self) -> Decimal:
        return sum((line.voucher_discount for line in self.lines), ZERO)

    @property
    def points_discount(self) -> Decimal:
        return sum((line.points_discount for line in self.lines), ZERO)

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


def apportion(total: Decimal, weights: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """`total` yuan in the proportion of `weights`: whole cents that add up, the largest rests rounded up.

    Where `total` is at most the sum of the weights, no part is above its weight. Nothing to share by gives nothing.
    """
    whole = sum(weights, ZERO)
    if not whole:
        return tuple(ZERO for _weight in weights)
    exact = [total * weight / whole for weight in weights]
    parts = [part.quantize(CENT, rounding=ROUND_DOWN) for part in exact]
    left = int((total - sum(parts, ZERO)) / CENT)
    by_rest = sorted(range(len(parts)), key=lambda place: (parts[place] - exact[place], place))
    for place in by_rest[:left]:
        parts[place] += CENT
    return tuple(parts)


def piece(left: Decimal, quantity: int) -> Decimal:
    """What one of `quantity` pieces costs of the yuan that are left of a line, rounded half up to the cent."""
    return min(cents(left / quantity), left)


def worth_of_points(points: int, points_per_yuan: int) -> Decimal:
    """The yuan that `points` take off a bill, rounded down to the cent."""
    return (Decimal(points) / points_per_yuan).quantize(CENT, rounding=ROUND_DOWN)


def points_to_pay(amount: Decimal, points_per_yuan: int) -> int:
    """The fewest points that take `amount` yuan off."""
    return int((amount * points_per_yuan).to_integral_value(ROUND_UP))


def take_off(
    lines: Mapping[str, PricedLine], vouchers: Mapping[str, Decimal], points: Decimal
) -> dict[str, PricedLine]:
    """The lines by name, with `vouchers` off each, and `points` yuan spread over what is left in proportion."""
    after = {name: line.less(vouchers=vouchers.get(name, ZERO)) for name, line in lines.items()}
    parts = apportion(points, [line.after_vouchers for line in after.values()])
    return {
        name: line.less(vouchers=line.voucher_discount, points=part)
        for (name, line), part in zip(after.items(), parts, strict=True)
    }


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
