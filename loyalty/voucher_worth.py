"""What vouchers take off a bill. Pure arithmetic in cents: nothing here reads the database or the clock.

First the vouchers for one service, each taking from one piece of it that no other voucher took; then those for the
whole bill, per cent before yuan. What one takes off is spread over its lines in proportion. The minimum spend is
measured on the bill as it was handed in, before any voucher. Rule source: DESIGN §4; the order is the checkout's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Protocol, TypeVar

from django.utils.translation import gettext as _

from loyalty.voucher_words import yuan

CENTS = 100


class Worthy(Protocol):
    """What is asked of a voucher here; `Voucher` has it all."""

    pk: int

    @property
    def worth(self) -> str: ...
    @property
    def value(self) -> Decimal: ...
    @property
    def service_id(self) -> int | None: ...
    @property
    def min_spend(self) -> Decimal: ...
    @property
    def stacks(self) -> bool: ...


T = TypeVar("T", bound=Worthy)


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of the bill: `left` yuan after tier and manual discount, of which one piece costs `piece`."""

    uid: str
    service_id: int | None
    piece: Decimal
    left: Decimal


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken off, in yuan, by line and by voucher; `refused` says of the others why they took nothing."""

    by_line: dict[str, Decimal] = field(default_factory=dict)
    by_voucher: dict[int, Decimal] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)

    @property
    def total(self) -> Decimal:
        return sum(self.by_voucher.values(), Decimal("0.00"))


@dataclass(slots=True)
class _Line:
    """A line while vouchers take from it, in cents. The `pieces` that none took from are `untouched` cents."""

    uid: str
    service_id: int | None
    piece: int
    left: int
    pieces: int
    untouched: int

    @property
    def next_piece(self) -> int:
        """What the next untouched piece costs; 0 when there is none. The last one has the cents of the rounding."""
        if not self.pieces:
            return 0
        return self.untouched if self.pieces == 1 else min(self.piece, self.untouched)


def taken_off(chosen: Sequence[Worthy], lines: Sequence[LineLeft], *, bill: Decimal | None = None) -> Taken:
    """What the `chosen` vouchers take off together. Never more than is left of a line, and never less than nothing.

    `bill` is what the minimum spend is measured on, if not the sum of the lines: for when an entitlement took its
    part first. Of vouchers that do not go together the one chosen first stays; the others are among `refused`.
    """
    work = [_opened(line) for line in lines]
    measured = sum((line.left for line in lines), Decimal(0)) if bill is None else bill
    taken = Taken()
    allowed: list[Worthy] = []
    for voucher in {voucher.pk: voucher for voucher in chosen}.values():
        if why := _stopped(voucher, measured, work, allowed):
            taken.refused[voucher.pk] = why
        else:
            allowed.append(voucher)
    for voucher, cents in _applied(allowed, work):
        if cents:
            taken.by_voucher[voucher.pk] = Decimal(cents) / CENTS
        else:
            taken.refused[voucher.pk] = _("It would take nothing off this bill.")
    for line, left in zip(lines, work, strict=True):
        if cents := _cents(line.left) - left.left:
            taken.by_line[line.uid] = Decimal(cents) / CENTS
    return taken


def best(vouchers: Sequence[T], lines: Sequence[LineLeft], *, bill: Decimal | None = None) -> list[T]:
    """Those that together take off the most: one alone, or all that go together; of equals the fewest, then the first.

    None of those returned could be left out without losing something. Empty when none takes anything off.
    """

    def worth(chosen: Sequence[T]) -> Decimal:
        return taken_off(chosen, lines, bill=bill).total

    together = [voucher for voucher in vouchers if voucher.stacks]
    for voucher in reversed(together):
        others = [other for other in together if other is not voucher]
        if worth(others) >= worth(together):
            together = others
    sets = [[voucher] for voucher in vouchers] + [together]
    most = max(sets, key=worth, default=[])
    return most if worth(most) else []


def spread(cents: int, over: Sequence[int]) -> list[int]:
    """`cents` shared out in proportion to `over`, to the cent; the largest remainders get what rounding left.

    No share is larger than its part of `over` as long as `cents` is not larger than all of it.
    """
    whole = sum(over)
    if not whole:
        return [0] * len(over)
    shares = [cents * part // whole for part in over]
    remainders = sorted(range(len(over)), key=lambda place: (-(cents * over[place] % whole), place))
    for place in remainders[: cents - sum(shares)]:
        shares[place] += 1
    return shares


def _cents(amount: Decimal) -> int:
    return int((amount * CENTS).to_integral_value(ROUND_HALF_UP))


def _opened(line: LineLeft) -> _Line:
    piece, left = _cents(line.piece), max(_cents(line.left), 0)
    # A line of three for ¥100.00 has pieces of ¥33.33: rounded, that is still three.
    pieces = max((2 * left + piece) // (2 * piece), 1) if piece and left else 0
    return _Line(line.uid, line.service_id, piece, left, pieces, left)


def _stopped(voucher: Worthy, bill: Decimal, lines: Sequence[_Line], before: Sequence[Worthy]) -> str:
    """Why this voucher may not be used here, in words; empty when it may."""
    if bill < voucher.min_spend:
        return _("It needs %(spend)s; %(missing)s are missing.") % {
            "spend": yuan(voucher.min_spend),
            "missing": yuan(voucher.min_spend - bill),
        }
    if voucher.service_id is not None and not any(line.service_id == voucher.service_id for line in lines):
        return _("The service that it is for is not on the bill.")
    # One that takes nothing must not keep another away.
    if not _alone(voucher, lines):
        return _("It would take nothing off this bill.")
    if before and not (voucher.stacks and before[0].stacks):
        return _("It cannot be used together with another voucher.")
    return ""


def _alone(voucher: Worthy, lines: Sequence[_Line]) -> int:
    """The cents that a voucher would take off if it were the only one."""
    if voucher.service_id is None:
        return _worth(voucher, sum(line.left for line in lines))
    return max(_worth(voucher, line.next_piece) for line in lines if line.service_id == voucher.service_id)


def _applied(vouchers: Sequence[T], lines: list[_Line]) -> Iterator[tuple[T, int]]:
    """Each voucher with the cents that it takes off; `lines` become less meanwhile."""
    yield from _by_piece([voucher for voucher in vouchers if voucher.service_id is not None], lines)
    whole = [voucher for voucher in vouchers if voucher.service_id is None]
    for voucher in sorted(whole, key=lambda one: one.worth != "percent"):
        left = [line.left for line in lines]
        cents = min(_worth(voucher, sum(left)), sum(left))
        for line, share in zip(lines, spread(cents, left), strict=True):
            line.left -= share
        yield voucher, cents


def _by_piece(vouchers: list[T], lines: list[_Line]) -> Iterator[tuple[T, int]]:
    """The largest saving first, each from a piece of its own: so that none stands in the way of a better one."""
    waiting = list(vouchers)
    while waiting:
        found = [
            (_worth(voucher, line.next_piece), -place, -turn)
            for place, voucher in enumerate(waiting)
            for turn, line in enumerate(lines)
            if line.service_id == voucher.service_id
        ]
        cents, place, turn = max(found)
        voucher, line = waiting.pop(-place), lines[-turn]
        if cents:
            line.untouched -= line.next_piece
            line.left -= cents
            line.pieces -= 1
        yield voucher, cents


def _worth(voucher: Worthy, price: int) -> int:
    """The cents that a voucher takes off something that costs `price` cents."""
    value = _cents(voucher.value)
    if voucher.worth == "trial":
        return price
    if voucher.worth == "price":
        return max(price - value, 0)
    if voucher.worth == "amount":
        return min(value, price)
    return min((price * value * 2 + 100 * CENTS) // (200 * CENTS), price)  # per cent, rounded half up
