"""Points taken as money at the checkout: what is refused, what they are worth, and what comes back with the money."""

import uuid
from decimal import Decimal

import pytest

from clients.models import Client
from loyalty import refunds
from loyalty.checkout import CheckoutRefused, check_out
from loyalty.checkout_points import read_points
from loyalty.lapsing import lots
from loyalty.models import LoyaltyRules, PointsEntry
from loyalty.refunds import ReversalRefused
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, days_before, staff, wrong
from tests.loyalty.gifts import at_once, given
from tests.loyalty.paying import NOON, drafted, paid, rate, refused, with_points
from tests.loyalty.rewarding import owing
from tests.visits import shop
from visits.models import Draft, Service, Visit

pytestmark = pytest.mark.django_db
REAL_THREADS = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def ten_points_a_yuan(db: None) -> None:
    rate(10)


@pytest.fixture
def care() -> Service:
    return shop.service("基础护理", "85.00")


def give_back(visit: Visit, part: str | None = None) -> refunds.Outcome:
    amounts = None if part is None else {visit.lines.get().pk: Decimal(part)}
    return refunds.refund(visit, amounts, "wechat", "退货", key=uuid.uuid4(), by=staff(Role.MANAGER), at=NOON)


def typed(text: str, due: str = "100.00", balance: int = 5000, rate: int | None = 10) -> tuple[int, Decimal, str]:
    """How many points are taken, the yuan that they take off, and what is wrong."""
    field = read_points(text, Decimal(due), balance, LoyaltyRules(points_per_yuan_off=rate))
    return field.used, field.worth, field.error


# --- What was typed ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "used", "worth"),
    [
        ("150", 150, "15.00"),
        ("１，５００", 1000, "100.00"),  # the bill needs no more
        ("1500分", 1000, "100.00"),
        ("1", 1, "0.10"),
        ("", 0, "0.00"),
        ("0", 0, "0.00"),
    ],
)
def test_points_are_taken_as_far_as_the_bill_needs_them(text: str, used: int, worth: str) -> None:
    assert typed(text) == (used, Decimal(worth), "")


@pytest.mark.parametrize("text", ["-1", "1.5", "abc", "1e3", "NaN", "9" * 12, "१२"])
def test_what_is_no_whole_number_is_told(text: str) -> None:
    assert typed(text)[:2] == (0, Decimal(0))
    assert "整数" in typed(text)[2]


def test_above_the_balance_is_refused_with_both_figures() -> None:
    used, _worth, told = typed("5001", due="900")

    assert used == 0
    assert "5,000" in told
    assert "5,001" in told


def test_points_that_make_up_no_cent_stay_with_the_client() -> None:
    assert typed("199", rate=200) == (198, Decimal("0.99"), "")
    assert typed("299", due="1.00", rate=200) == (200, Decimal("1.00"), "")
    assert "2" in typed("1", rate=200)[2]


def test_nothing_to_pay_takes_no_points() -> None:
    assert typed("100", due="0.00") == (0, Decimal(0), "")


def test_without_the_rule_points_are_no_money_here() -> None:
    assert "不能用积分" in typed("100", rate=None)[2]
    assert typed("", rate=None) == (0, Decimal(0), "")


def test_a_negative_balance_blocks() -> None:
    assert "为负" in typed("1", balance=-80)[2]


# --- Checking out -----------------------------------------------------------------------------------------------


def test_start_200_earn_70_spend_150_is_120_and_the_whole_refund_restores_200(care: Service) -> None:
    who = with_points(200)

    receipt = paid(who, shop.line(care), points="150")

    assert (receipt.visit.points_discount, receipt.visit.total, receipt.points) == (Decimal(15), Decimal(70), 70)
    assert receipt.balance == account_of(who).balance == 120
    outcome = give_back(receipt.visit)
    assert (outcome.money, outcome.points, outcome.undone.returned, outcome.balance) == (Decimal(70), 70, 150, 200)
    assert account_of(who).balance == 200
    assert wrong() == []


def test_half_refunded_it_is_35_back_and_75_given_back_160(care: Service) -> None:
    who = with_points(200)
    visit = paid(who, shop.line(care), points="150").visit

    outcome = give_back(visit, "35")

    assert (outcome.points, outcome.undone.returned, outcome.balance) == (35, 75, 160)
    moved = visit.points_entries.filter(kind="reverse").order_by("pk").values_list("points", "expires_on")
    assert [points for points, _day in moved] == [-35, 75]
    assert wrong() == []
    assert give_back(visit, "35").balance == 200


@pytest.mark.parametrize("parts", [["0.01"] * 3 + ["69.97"], ["23.33", "23.33", "23.34"], ["69.99", "0.01"]])
def test_refunds_in_parts_bring_all_points_back_and_never_more(care: Service, parts: list[str]) -> None:
    who = with_points(200)
    visit = paid(who, shop.line(care), points="150").visit

    so_far = 0
    for part in parts:
        so_far += give_back(visit, part).undone.returned
        visit.refresh_from_db()
        assert so_far == int(150 * visit.refunded / visit.total)
    assert (so_far, account_of(who).balance) == (150, 200)
    assert wrong() == []


def test_a_part_refunded_and_then_void_brings_the_rest_back(care: Service) -> None:
    who = with_points(200)
    visit = paid(who, shop.line(care), points="150").visit
    give_back(visit, "10")

    outcome = refunds.void(visit, "记错", by=staff(Role.MANAGER), at=NOON)

    assert (outcome.money, outcome.undone.returned, outcome.balance) == (Decimal(60), 150 - 21, 200)
    assert wrong() == []


def test_the_same_refund_sent_twice_tells_the_same(care: Service) -> None:
    who, key = with_points(200), uuid.uuid4()
    visit = paid(who, shop.line(care), points="150").visit
    by = staff(Role.MANAGER)

    first, again = (refunds.refund(visit, None, "wechat", "退货", key=key, by=by, at=NOON) for _ in range(2))

    assert (first.points, first.undone.returned, first.balance) == (again.points, again.undone.returned, again.balance)
    assert account_of(who).balance == 200


def test_the_same_order_twice_changes_nothing(care: Service) -> None:
    who = with_points(200)
    draft = drafted(who, shop.line(care), points="150")

    first, again = (check_out(draft, by=staff(Role.FRONT_DESK), at=NOON) for _turn in range(2))

    assert (first.visit, first.balance, first.points) == (again.visit, again.balance, again.points)
    assert (account_of(who).balance, PointsEntry.objects.filter(visit=first.visit).count()) == (120, 2)


def test_more_than_the_balance_is_refused_at_the_field(care: Service) -> None:
    who = with_points(200)

    assert set(refused(drafted(who, shop.line(care), points="201"))) == {"points"}
    assert account_of(who).balance == 200


def test_a_negative_balance_blocks_at_the_field(care: Service) -> None:
    who = with_points(200)
    owing(who, 80)

    assert set(refused(drafted(who, shop.line(care), points="1"))) == {"points"}


def test_the_whole_bill_paid_with_points_earns_nothing_and_only_a_void_brings_them_back(care: Service) -> None:
    who = with_points(1000)

    receipt = paid(who, shop.line(care), points="1000", pay=())

    assert (receipt.visit.total, receipt.points, receipt.balance) == (0, 0, 150)
    with pytest.raises(ReversalRefused, match="作废"):
        give_back(receipt.visit)
    assert refunds.void(receipt.visit, "记错", by=staff(Role.MANAGER), at=NOON).balance == 1000
    assert wrong() == []


def test_points_come_after_vouchers_and_are_spread_over_what_is_left(care: Service) -> None:
    who = with_points(1000)
    oil = shop.product()
    voucher = given(who)

    visit = paid(who, shop.line(care), shop.line(oil, "2"), vouchers=(voucher.pk,), points="1000").visit

    assert (visit.voucher_discount, visit.points_discount, visit.total) == (Decimal(50), Decimal(100), Decimal(133))
    lines = list(visit.lines.all())
    assert sum(line.points_discount for line in lines) == 100
    assert sum(line.amount for line in lines) == 133
    assert wrong() == []


def test_the_oldest_points_are_spent_and_come_back_with_their_day(care: Service) -> None:
    rate(1)
    who = with_points(0)
    came(who, "100", days_before(400))
    came(who, "60", TODAY)
    before = lots(account_of(who))

    visit = paid(who, shop.line(care), points="80").visit
    give_back(visit)

    assert lots(account_of(who)) == before
    assert [lot.points for lot in before] == [100, 60]


# --- At once ----------------------------------------------------------------------------------------------------


@REAL_THREADS
@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_thousand_points_pay_one_checkout_and_the_others_are_told_why(threads: int) -> None:
    rate(10)
    who, desk = with_points(1000), staff(Role.FRONT_DESK)
    dear = shop.service("年度护理", "100.50")
    drafts = [drafted(who, shop.line(dear), points="1000") for _ in range(threads)]

    results = at_once(threads, lambda n: check_out(drafts[n], by=User.objects.get(pk=desk.pk), at=NOON))

    told = [one.sheet.bill.errors["points"] for one in results if isinstance(one, CheckoutRefused)]
    assert len(told) == threads - 1
    assert all("1,000" in words for words in told)
    assert (Visit.objects.count(), Draft.objects.count(), account_of(who).balance) == (1, threads - 1, 0)
    assert wrong() == []


@REAL_THREADS
def test_refunds_and_checkouts_at_once_never_lose_a_point(care: Service) -> None:
    rate(10)
    who, by = with_points(900), staff(Role.MANAGER)
    first = paid(who, shop.line(care), points="300").visit

    def act(place: int) -> object:
        if place % 2:
            part = {first.lines.get().pk: Decimal(10)}
            return refunds.refund(first, part, "cash", "退货", key=uuid.uuid4(), by=by, at=NOON)
        return check_out(drafted(who, shop.line(care), points="300"), by=by, at=NOON)

    at_once(8, act)

    assert wrong() == []
    assert account_of(who).balance >= 0


def test_points_of_a_client_are_no_use_to_another(care: Service) -> None:
    with_points(1000)

    assert set(refused(drafted(with_points(0), shop.line(care), points="100"))) == {"points"}
    assert Client.objects.count() == 2
