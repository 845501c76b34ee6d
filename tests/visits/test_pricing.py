"""Prices: sums that hold for any figures, rounding half up, the tier on services only."""

from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.models import ZERO
from visits.pricing import (
    PricedLine,
    Quote,
    Wanted,
    apportion,
    most_by_hand,
    piece,
    points_to_pay,
    price_line,
    quote,
    spread,
    take_off,
    worth_of_points,
)

yuan = st.decimals(min_value="0.00", max_value="99999.99", places=2)
percents = st.decimals(min_value="0.01", max_value="100", places=2)
wanted = st.builds(
    Wanted,
    unit_price=yuan,
    quantity=st.integers(1, 999),
    is_service=st.booleans(),
    percent_off=st.none() | percents,
    amount_off=st.none() | yuan,
)


def service(price: str, quantity: int = 1, **off: Decimal) -> Wanted:
    return Wanted(Decimal(price), quantity, is_service=True, **off)


def test_the_picture_of_the_design() -> None:
    made = quote([service("468"), Wanted(Decimal("198"), 1, is_service=False)], tier_percent=10)

    assert [line.amount for line in made.lines] == [Decimal("421.20"), Decimal("198.00")]
    assert (made.gross, made.tier_discount, made.total) == (Decimal("666.00"), Decimal("46.80"), Decimal("619.20"))


@given(st.lists(wanted, max_size=8), st.integers(0, 100))
def test_every_sum_adds_up_and_nothing_is_below_zero(lines: list[Wanted], tier_percent: int) -> None:
    made = quote(lines, tier_percent)

    assert made.total == made.gross - made.tier_discount - made.manual_discount
    assert made.total == sum((line.amount for line in made.lines), ZERO)
    for line, asked in zip(made.lines, lines, strict=True):
        assert min(line.amount, line.tier_discount, line.manual_discount) >= 0
        assert line.amount == line.amount.quantize(Decimal("0.01"))
        assert asked.is_service or line.tier_discount == 0


@pytest.mark.parametrize(
    ("price", "percent", "discount"),
    [("0.05", 10, "0.01"), ("0.15", 10, "0.02"), ("0.25", 10, "0.03"), ("0.04", 10, "0.00"), ("99.99", 5, "5.00")],
)
def test_rounding_is_half_up_never_to_even(price: str, percent: int, discount: str) -> None:
    assert price_line(service(price), percent).tier_discount == Decimal(discount)


def test_a_discount_by_hand_applies_to_what_the_tier_left() -> None:
    line = price_line(service("100", percent_off=Decimal(10)), tier_percent=10)

    assert (line.after_tier, line.manual_discount, line.amount) == (Decimal(90), Decimal("9.00"), Decimal("81.00"))


def test_more_off_than_there_is_leaves_zero() -> None:
    assert price_line(service("100", amount_off=Decimal("100.01")), 0).amount == 0


@given(wanted, st.integers(0, 100), st.integers(0, 100))
def test_the_limit_by_hand_is_that_percentage_of_the_line(asked: Wanted, tier: int, limit: int) -> None:
    line = price_line(asked, tier)

    assert abs(most_by_hand(line, limit) - line.after_tier * limit / 100) <= Decimal("0.005")


@given(yuan, st.lists(st.none() | yuan, max_size=4))
def test_an_open_payment_takes_the_rest(total: Decimal, typed: list[Decimal | None]) -> None:
    paid = spread(total, typed)

    given_sum = sum((amount for amount in typed if amount is not None), ZERO)
    if None in typed:
        assert sum(paid, ZERO) == max(total, given_sum)
    else:
        assert paid == tuple(typed)


def test_only_the_first_open_payment_takes_the_rest() -> None:
    assert spread(Decimal(100), [None, Decimal(30), None]) == (Decimal(70), Decimal(30), ZERO)


def test_a_line_of_zero_costs_zero() -> None:
    assert price_line(service("0", percent_off=Decimal(50)), 10) == PricedLine(ZERO, ZERO, ZERO)


@given(st.lists(yuan, max_size=6), st.fractions(0, 1))
def test_parts_add_up_to_the_cent_and_none_is_above_its_share(weights: list[Decimal], share: Fraction) -> None:
    whole = sum(weights, ZERO)
    total = (whole * share.numerator / share.denominator).quantize(Decimal("0.01"), rounding=ROUND_DOWN)

    parts = apportion(total, weights)

    assert sum(parts, ZERO) == total
    for part, weight in zip(parts, weights, strict=True):
        assert 0 <= part <= weight
        assert part == part.quantize(Decimal("0.01"))
        assert abs(part - total * weight / (whole or 1)) < Decimal("0.01")


def test_the_largest_rests_are_rounded_up() -> None:
    assert apportion(Decimal("0.05"), [Decimal(1), Decimal(1), Decimal(1)]) == (
        Decimal("0.02"),
        Decimal("0.02"),
        Decimal("0.01"),
    )
    assert apportion(Decimal("50"), [Decimal("421.20"), Decimal("198.00")]) == (Decimal("34.01"), Decimal("15.99"))


def test_nothing_to_share_by_gives_nothing() -> None:
    assert apportion(Decimal(5), [ZERO, ZERO]) == (ZERO, ZERO)
    assert apportion(Decimal(5), []) == ()


@given(yuan, st.integers(1, 10_000))
def test_the_fewest_points_for_an_amount_cover_it_and_one_less_does_not(amount: Decimal, rate: int) -> None:
    points = points_to_pay(amount, rate)

    assert worth_of_points(points, rate) >= amount
    assert not points or Decimal(points - 1) / rate < amount


def test_points_are_worth_whole_cents_rounded_down() -> None:
    assert worth_of_points(100, 30) == Decimal("3.33")
    assert worth_of_points(1, 200) == 0


@given(st.lists(wanted, min_size=1, max_size=6), st.integers(0, 100), st.fractions(0, 1), st.fractions(0, 1))
def test_with_vouchers_and_points_every_line_still_adds_up(
    asked: list[Wanted], tier: int, by_voucher: Fraction, by_points: Fraction
) -> None:
    lines = {str(place): price_line(one, tier) for place, one in enumerate(asked)}
    off = {name: part_of(line.after_manual, by_voucher) for name, line in lines.items()}
    points = part_of(sum((line.after_manual for line in lines.values()), ZERO) - sum(off.values(), ZERO), by_points)

    made = Quote(tuple(take_off(lines, off, points).values()))

    assert (made.voucher_discount, made.points_discount) == (sum(off.values(), ZERO), points)
    assert made.total == made.gross - made.tier_discount - made.manual_discount - made.voucher_discount - points
    assert all(line.amount >= 0 for line in made.lines)


def part_of(amount: Decimal, share: Fraction) -> Decimal:
    return (amount * share.numerator / share.denominator).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


def test_more_than_the_line_costs_is_never_taken_off() -> None:
    with pytest.raises(ValueError, match="More is taken off"):
        price_line(service("100"), 10).less(vouchers=Decimal("90.01"))


def test_one_of_several_pieces() -> None:
    assert piece(Decimal("100.00"), 3) == Decimal("33.33")
    assert piece(Decimal("0.00"), 3) == 0
    assert piece(Decimal("0.02"), 3) == Decimal("0.01")
