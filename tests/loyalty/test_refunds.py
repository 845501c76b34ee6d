"""Void and refund: money, points, standing and tier go back together, and only by whom the matrix allows."""

import uuid
from decimal import Decimal

import pytest

from loyalty import points, refunds, standing, tiers
from loyalty.models import PointsEntry, TierChange
from loyalty.refunds import AlreadyVoid, ReversalRefused
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import (
    TODAY,
    account_of,
    came,
    client,
    days_before,
    noon,
    recorded,
    staff,
    state_of,
    tier,
    wrong,
)
from tests.loyalty.test_points import at_once
from visits.models import Refund, Visit

pytestmark = pytest.mark.django_db
Why = TierChange.Why


def give_back(visit: Visit, amounts: dict[int, Decimal] | None, *, key: uuid.UUID | None = None) -> refunds.Outcome:
    return refunds.refund(
        visit, amounts, "wechat", "退货", key=key or uuid.uuid4(), by=staff(Role.MANAGER), at=noon(TODAY)
    )


def line_of(visit: Visit, place: int = 0) -> int:
    return visit.lines.all()[place].pk


def test_a_void_brings_everything_back() -> None:
    who = client()
    came(who, "2000", days_before(20))
    before = state_of(who)
    visit = came(who, "9000", by=staff(Role.FRONT_DESK))
    assert account_of(who).tier == tier("gold")

    outcome = refunds.void(visit, "记错客户", by=staff(Role.FRONT_DESK), at=noon())

    assert state_of(who) == before
    assert (outcome.money, outcome.points, outcome.balance) == (Decimal(9000), 9000, 2000)
    assert outcome.tier_falls
    visit.refresh_from_db()
    assert (visit.status, visit.void_reason, visit.voided_by) == ("void", "记错客户", staff(Role.FRONT_DESK))
    change = TierChange.objects.filter(account=who.pk).latest("pk")
    assert (change.why, change.to_tier.code, change.figures["visit"]) == (Why.REVERSED, "member", visit.pk)
    assert AuditEntry.objects.filter(model="visits_visit", reason="记错客户").exists()
    assert wrong() == []


def test_a_second_void_is_refused() -> None:
    who = client()
    visit = came(who, "100")
    refunds.void(visit, "重复", by=staff(Role.MANAGER), at=noon())
    before = state_of(who)

    with pytest.raises(AlreadyVoid):
        refunds.void(visit, "重复", by=staff(Role.MANAGER), at=noon())
    with pytest.raises(AlreadyVoid):
        give_back(visit, None)
    assert state_of(who) == before


def test_half_the_money_is_half_the_points() -> None:
    who = client()
    visit = came(who, "868")

    outcome = give_back(visit, {line_of(visit): Decimal("434.00")})

    assert (outcome.points, outcome.balance) == (434, 434)
    assert account_of(who).lifetime_spend == Decimal("434.00")
    assert account_of(who).lifetime_visits == 1


@pytest.mark.parametrize(
    ("total", "parts"),
    [("100.00", ["33.33", "33.33", "33.34"]), ("99.99", ["0.01"] * 3 + ["99.96"]), ("7.00", ["1.50"] * 4 + ["1.00"])],
)
def test_partial_refunds_add_up_to_what_was_earned(total: str, parts: list[str]) -> None:
    who = client(birthday_month=11, birthday_day=1)
    visit = came(who, total)

    for part in parts:
        give_back(visit, {line_of(visit): Decimal(part)})
        visit.refresh_from_db()
        earned = visit.points_entries.get(kind="earn").points
        assert account_of(who).balance == points.kept_of(earned, visit.total, visit.refunded)
    assert visit.refunded == visit.total
    assert account_of(who).balance == 0
    assert wrong() == []


def test_a_partly_refunded_visit_can_be_voided() -> None:
    who = client()
    visit = came(who, "100", parts=2)
    give_back(visit, {line_of(visit, 1): Decimal("25")})

    outcome = refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())

    assert (outcome.money, outcome.points, outcome.balance) == (Decimal("75.00"), 75, 0)
    assert account_of(who).lifetime_visits == 0
    assert wrong() == []


def test_the_whole_is_what_is_left_of_each_line() -> None:
    visit = came(client(), "100", parts=3)
    give_back(visit, {line_of(visit): Decimal("10")})

    outcome = give_back(visit, None)

    assert outcome.money == Decimal(90)
    assert sum(line.rest for line in refunds.refundable_lines(visit)) == 0
    with pytest.raises(ReversalRefused):
        give_back(visit, None)


def test_the_same_key_is_one_refund() -> None:
    who, key = client(), uuid.uuid4()
    visit = came(who, "100")
    amounts = {line_of(visit): Decimal("40")}

    first, second = give_back(visit, amounts, key=key), give_back(visit, amounts, key=key)

    assert first.refund == second.refund
    assert account_of(who).balance == 60
    with pytest.raises(ReversalRefused):
        give_back(visit, {line_of(visit): Decimal("41")}, key=key)


@pytest.mark.parametrize("amount", ["100.01", "-1", "0.001", "NaN", "Infinity"])
def test_an_amount_outside_the_line_is_refused_at_its_field(amount: str) -> None:
    visit = came(client(), "100")

    with pytest.raises(ReversalRefused) as refused:
        give_back(visit, {line_of(visit): Decimal(amount)})
    assert refused.value.field == f"line-{line_of(visit)}"
    assert not Refund.objects.exists()


def test_a_line_of_another_receipt_is_refused() -> None:
    visit, other = came(client(), "100"), came(client(), "100")

    with pytest.raises(ReversalRefused):
        give_back(visit, {line_of(other): Decimal(1)})


@pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
def test_a_reason_is_needed(reason: str) -> None:
    visit = came(client(), "100")

    with pytest.raises(ReversalRefused) as refused:
        refunds.void(visit, reason, by=staff(Role.MANAGER), at=noon())
    assert refused.value.field == "reason"


@pytest.mark.parametrize(
    ("role", "username", "days", "may"),
    [
        (Role.FRONT_DESK, "", 0, True),
        (Role.FRONT_DESK, "other", 0, False),
        (Role.FRONT_DESK, "", 1, False),
        (Role.BEAUTICIAN, "", 0, False),
        (Role.MANAGER, "", 400, True),
        (Role.ADMIN, "", 400, True),
    ],
)
def test_who_may(role: Role, username: str, days: int, may: bool) -> None:
    visit = came(client(), "100", days_before(days), by=staff(Role.FRONT_DESK))
    user = staff(role, username)

    assert refunds.may_reverse(user, visit, TODAY) is may
    if not may:
        with pytest.raises(ReversalRefused):
            refunds.void(visit, "记错", by=user, at=noon())
        visit.refresh_from_db()
        assert visit.status == "completed"


def test_a_walk_in_has_only_money_to_give_back() -> None:
    visit = recorded(None, "100")

    outcome = give_back(visit, None)

    assert (outcome.money, outcome.balance) == (Decimal(100), None)
    assert wrong() == []


def test_the_balance_may_fall_below_zero() -> None:
    who = client()
    visit = came(who, "100")
    points.post(account_of(who), PointsEntry.Kind.REDEEM, -80, "redeem:1")

    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())

    assert account_of(who).balance == -80


def test_only_looking_changes_nothing() -> None:
    who = client()
    visit = came(who, "12000")
    before = state_of(who)

    with refunds.only_looking():
        outcome = refunds.void(visit, "看看", by=staff(Role.MANAGER), at=noon())

    assert outcome.tier_after == tier("member")
    assert state_of(who) == before
    visit.refresh_from_db()
    assert visit.status == "completed"


# --- The tier after a visit is taken back -----------------------------------------------------------------------


def test_a_tier_that_others_carry_stays() -> None:
    who = client()
    came(who, "2900", days_before(10))
    silver = came(who, "100", days_before(5))
    came(who, "5000", days_before(2))

    refunds.void(silver, "记错", by=staff(Role.MANAGER), at=noon())

    assert account_of(who).tier == tier("silver")


def test_two_tiers_fall_when_both_rested_on_the_visit() -> None:
    who = client()
    before = came(who, "100", days_before(30)) and state_of(who)
    large = came(who, "9000", days_before(20))
    came(who, "1000", days_before(10))
    assert account_of(who).tier == tier("gold")

    refunds.void(large, "记错", by=staff(Role.MANAGER), at=noon())

    assert account_of(who).tier == tier("member")
    assert state_of(who)[1:4] == before[1:4]
    change = TierChange.objects.latest("pk")
    assert len(change.figures["undone"]) == 2


def test_a_partial_refund_leaves_the_tier_that_the_rest_reaches() -> None:
    who = client()
    visit = came(who, "12000", days_before(3))

    give_back(visit, {line_of(visit): Decimal("8000")})

    account = account_of(who)
    assert (account.tier.code, account.tier_since) == ("silver", days_before(3))
    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())
    assert (account_of(who).tier.code, account_of(who).tier_since) == ("member", None)
    assert wrong() == []


def test_an_old_tier_is_not_taken_for_a_small_refund() -> None:
    who = client()
    came(who, "1500", days_before(300))
    came(who, "1600", days_before(200))
    small = came(who, "100")
    # By then the first visit has left the 12 months, but the review is still to come.
    later = days_before(-100)
    assert standing.figures_on(account_of(who), later).spend < 3000
    assert later < account_of(who).review_on

    outcome = refunds.refund(small, None, "cash", "退货", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon(later))

    assert outcome.tier_after == tier("silver")
    assert account_of(who).tier == tier("silver")


def test_a_raised_threshold_takes_nothing_by_a_refund() -> None:
    who = client()
    came(who, "3100", days_before(10))
    small = came(who, "100")
    silver = tier("silver")
    silver.min_spend = Decimal(5000)
    silver.save()

    give_back(small, None)

    assert account_of(who).tier == silver


def test_a_tier_by_hand_holds_whatever_is_taken_back() -> None:
    who = client()
    visit = came(who, "100")
    tiers.set_by_hand(who, tier("black"), days_before(-30), "老板朋友", by=staff(Role.MANAGER), at=noon())

    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())

    assert account_of(who).tier == tier("black")


# --- Many at once -----------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_key_at_once_is_one_refund() -> None:
    who, key = client(), uuid.uuid4()
    visit = came(who, "100")
    amounts = {line_of(visit): Decimal("60")}
    staff(Role.MANAGER)

    results = at_once(8, lambda n: give_back(visit, amounts, key=key))

    assert {getattr(one, "refund", one) for one in results} == {Refund.objects.get()}
    assert account_of(who).balance == 40


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_refunds_at_once_never_exceed_the_receipt() -> None:
    who = client()
    visit = came(who, "100")
    staff(Role.MANAGER)

    results = at_once(8, lambda n: give_back(visit, {line_of(visit): Decimal("30")}))

    assert sum(isinstance(one, refunds.Outcome) for one in results) == 3
    assert sum(isinstance(one, ReversalRefused) for one in results) == 5
    assert wrong() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_earning_and_voiding_for_one_client() -> None:
    who = client()
    manager = staff(Role.MANAGER)

    def work(place: int) -> None:
        for turn in range(6):
            visit = came(who, f"{500 * (place + 1)}.50", days_before(turn), by=manager)
            if (place + turn) % 3 == 0:
                refunds.void(visit, "记错", by=manager, at=noon())
            elif (place + turn) % 3 == 1:
                give_back(visit, {line_of(visit): Decimal("333.33")})

    assert at_once(8, work) == [None] * 8
    assert wrong() == []
    assert Visit.objects.count() == 48
