"""What vouchers take off: to the cent, never more than there is, the best set never worse than one alone."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loyalty.voucher_worth import LineLeft, Taken, best, spread, taken_off

D = Decimal
NOTHING = D(0)
FACIAL, HAIR = 1, 2


@dataclass
class Card:
    """A voucher as far as its worth goes."""

    worth: str
    value: Decimal
    service_id: int | None = None
    min_spend: Decimal = NOTHING
    stacks: bool = False
    pk: int = 1


def card(worth: str, value: str | int = 0, pk: int = 1, **terms: object) -> Card:
    made = Card(worth, D(value), pk=pk)
    for name, term in terms.items():
        setattr(made, name, term)
    return made


def line(left: str, service: int | None = None, piece: str | None = None, uid: str = "1") -> LineLeft:
    return LineLeft(uid, service, D(piece or left), D(left))


def off(cards: list[Card], *lines: LineLeft) -> Taken:
    return taken_off(cards, lines)


@pytest.mark.parametrize(
    ("voucher", "lines", "expected"),
    [
        (card("amount", 50), [line("468")], "50"),
        (card("amount", 50), [line("30")], "30"),
        (card("percent", 30), [line("468")], "140.40"),
        (card("percent", 30), [line("0.05")], "0.02"),  # 1.5 cents, half up
        (card("percent", 100), [line("468"), line("99", uid="2")], "567"),
        (card("percent", "12.5"), [line("100")], "12.50"),
        # With a service: one piece of it, whatever else is on the bill.
        (card("amount", 50, service_id=FACIAL), [line("936", FACIAL, "468"), line("100", uid="2")], "50"),
        (card("amount", 50, service_id=FACIAL), [line("30", FACIAL)], "30"),
        (card("percent", 50, service_id=FACIAL), [line("936", FACIAL, "468"), line("100", uid="2")], "234"),
        (card("price", 99, service_id=FACIAL), [line("936", FACIAL, "468")], "369"),
        (card("price", 0, service_id=FACIAL), [line("468", FACIAL)], "468"),
        (card("trial", service_id=FACIAL), [line("936", FACIAL, "468")], "468"),
        (card("trial", service_id=FACIAL), [line("300", FACIAL), line("400", FACIAL, uid="2")], "400"),
        (card("trial", service_id=FACIAL), [line("100.00", FACIAL, "33.33")], "33.33"),
        (card("amount", 50, min_spend=D(300)), [line("200"), line("100", uid="2")], "50"),
    ],
)
def test_what_one_takes_off(voucher: Card, lines: list[LineLeft], expected: str) -> None:
    assert taken_off([voucher], lines).by_voucher == {1: D(expected)}


@pytest.mark.parametrize(
    ("voucher", "lines", "why"),
    [
        (card("amount", 50, min_spend=D(300)), [line("299.99")], "还差 ¥0.01"),
        (card("trial", service_id=HAIR), [line("468", FACIAL)], "不在这张单上"),
        (card("trial", service_id=HAIR), [line("468", None)], "不在这张单上"),
        (card("price", 99, service_id=FACIAL), [line("88", FACIAL)], "没有可减的金额"),
        (card("amount", 50), [], "没有可减的金额"),
        (card("amount", 50), [line("0")], "没有可减的金额"),
    ],
)
def test_why_one_takes_nothing_off(voucher: Card, lines: list[LineLeft], why: str) -> None:
    taken = taken_off([voucher], lines)

    assert why in taken.refused[1]
    assert not taken.by_voucher
    assert not taken.by_line


def test_the_minimum_spend_is_measured_on_the_bill_that_is_named() -> None:
    voucher = card("amount", 50, min_spend=D(300))

    assert taken_off([voucher], [line("200")], bill=D(300)).total == 50
    assert taken_off([voucher], [line("300")], bill=D(200)).total == 0


def test_per_cent_come_before_yuan_and_services_before_both() -> None:
    cards = [
        card("amount", 50, pk=1, stacks=True),
        card("percent", 10, pk=2, stacks=True),
        card("price", 99, pk=3, stacks=True, service_id=FACIAL),
    ]

    taken = off(cards, line("468", FACIAL), line("101", uid="2"))

    assert taken.by_voucher == {3: D(369), 2: D(20), 1: D(50)}
    assert sum(taken.by_line.values()) == D(439)


def test_when_every_piece_is_free_no_cent_of_the_rounding_is_left() -> None:
    trials = [card("trial", pk=number, stacks=True, service_id=FACIAL) for number in (1, 2, 3)]

    assert off(trials, line("593.98", FACIAL, "197.99")).total == D("593.98")
    assert off(trials[:2], line("593.98", FACIAL, "197.99")).total == D("395.98")
    assert (
        off([card("price", 100, 4, stacks=True, service_id=FACIAL), *trials], line("200", FACIAL, "100")).total == 200
    )


def test_what_a_voucher_takes_is_spread_in_proportion() -> None:
    taken = off([card("amount", 10)], line("10"), line("10", uid="2"), line("10", uid="3"))

    assert taken.by_line == {"1": D("3.34"), "2": D("3.33"), "3": D("3.33")}


def test_two_for_one_service_need_two_pieces() -> None:
    cards = [card("trial", pk=pk, stacks=True, service_id=FACIAL) for pk in (1, 2, 3)]

    taken = off(cards, line("936", FACIAL, "468"))

    assert taken.by_voucher == {1: D(468), 2: D(468)}
    assert "没有可减的金额" in taken.refused[3]


def test_the_better_one_gets_the_only_piece() -> None:
    small, large = (
        card("amount", 50, pk=1, stacks=True, service_id=FACIAL),
        card("trial", pk=2, stacks=True, service_id=FACIAL),
    )

    assert off([small, large], line("468", FACIAL)).by_voucher == {2: D(468)}


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True), (False, False)])
def test_those_that_do_not_stack_are_alone(first: bool, second: bool) -> None:
    taken = off([card("amount", 50, stacks=first), card("amount", 60, pk=2, stacks=second)], line("468"))

    assert taken.by_voucher == {1: D(50)}
    assert "不能" in taken.refused[2]


def test_one_that_takes_nothing_keeps_no_other_away() -> None:
    taken = off([card("trial", service_id=HAIR), card("amount", 60, pk=2)], line("468"))

    assert taken.by_voucher == {2: D(60)}


def test_the_same_one_twice_counts_once() -> None:
    voucher = card("amount", 50, stacks=True)

    assert off([voucher, voucher], line("468")).by_voucher == {1: D(50)}


def chosen(cards: list[Card], *lines: LineLeft) -> list[int]:
    return [one.pk for one in best(cards, lines)]


def test_the_best_is_the_largest_saving() -> None:
    half, fifty, forty = card("percent", 50, pk=1), card("amount", 50, pk=2, stacks=True), card("amount", 40, pk=3)
    forty.stacks = True

    assert chosen([half, fifty, forty], line("100")) == [2, 3]
    assert chosen([half, fifty, forty], line("468")) == [1]
    assert chosen([], line("468")) == []
    assert chosen([half], line("0")) == []


def test_the_best_wastes_none() -> None:
    cards = [card("amount", 50, pk=pk, stacks=True) for pk in (1, 2, 3)]

    assert chosen(cards, line("50")) == [1]
    assert chosen(cards, line("80")) == [1, 2]


yuan = st.integers(0, 200_000).map(lambda cents: D(cents) / 100)
services = st.sampled_from([None, FACIAL, HAIR])


@st.composite
def bills(draw: st.DrawFn) -> list[LineLeft]:
    lines = []
    for place in range(draw(st.integers(0, 5))):
        left, pieces = draw(yuan), draw(st.integers(1, 4))
        lines.append(LineLeft(str(place), draw(services), (left / pieces).quantize(D("0.01")), left))
    return lines


@st.composite
def hands(draw: st.DrawFn) -> list[Card]:
    cards = []
    for pk in range(1, draw(st.integers(0, 5)) + 1):
        worth = draw(st.sampled_from(["amount", "percent", "price", "trial"]))
        value = {"trial": st.just(D(0)), "percent": st.integers(1, 10_000).map(lambda one: D(one) / 100)}.get(worth)
        service = draw(services) if worth in ("amount", "percent") else draw(st.sampled_from([FACIAL, HAIR]))
        least = draw(st.one_of(st.just(D(0)), yuan))
        cards.append(Card(worth, draw(value if value is not None else yuan), service, least, draw(st.booleans()), pk))
    return cards


@given(hands(), bills())
def test_sums_agree_to_the_cent_and_nothing_falls_below_zero(cards: list[Card], lines: list[LineLeft]) -> None:
    taken = taken_off(cards, lines)

    assert sum(taken.by_line.values()) == taken.total
    assert all(cents == cents.quantize(D("0.01")) > 0 for cents in taken.by_line.values())
    assert all(taken.by_line.get(line.uid, 0) <= line.left for line in lines)
    assert taken.by_voucher.keys() | taken.refused.keys() == {one.pk for one in cards}
    assert not taken.by_voucher.keys() & taken.refused.keys()


@given(hands(), bills())
def test_min_spend_and_stacking_hold(cards: list[Card], lines: list[LineLeft]) -> None:
    used = [one for one in cards if one.pk in taken_off(cards, lines).by_voucher]

    assert all(one.min_spend <= sum(line.left for line in lines) for one in used)
    assert len(used) <= 1 or all(one.stacks for one in used)


@given(hands(), bills())
def test_no_voucher_takes_more_than_it_promises(cards: list[Card], lines: list[LineLeft]) -> None:
    taken = taken_off(cards, lines)

    for one in cards:
        yuan = taken.by_voucher.get(one.pk, D(0))
        if one.worth == "amount":
            assert yuan <= one.value
        if one.service_id is not None:
            assert yuan <= max((line.left for line in lines if line.service_id == one.service_id), default=D(0))


@given(hands(), bills())
def test_the_best_set_is_never_worse_than_any_single_one(cards: list[Card], lines: list[LineLeft]) -> None:
    most = best(cards, lines)
    taken = taken_off(most, lines)

    assert taken.by_voucher.keys() == {one.pk for one in most}
    assert all(taken.total >= taken_off([one], lines).total for one in cards)
    assert all(taken_off([other for other in most if other is not one], lines).total < taken.total for one in most)


@given(st.lists(st.integers(0, 10_000), max_size=8), st.integers(0, 100))
def test_shares_add_up_and_fit(over: list[int], percent: int) -> None:
    cents = sum(over) * percent // 100

    shares = spread(cents, over)

    assert sum(shares) == cents
    assert all(0 <= share <= part for share, part in zip(shares, over, strict=True))
