"""Prices: sums that hold for any figures, rounding half up, the tier on services only."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from visits.models import ZERO
from visits.pricing import PricedLine, Wanted, most_by_hand, price_line, quote, spread

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
