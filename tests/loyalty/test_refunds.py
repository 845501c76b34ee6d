"""Void and refund: money, points, standing and tier go back together, and only by whom the matrix allows."""

import uuid
from decimal import Decimal

import pytest
from django.db import InternalError, connection, transaction
from django.utils import timezone

from loyalty import points, refunds
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
from tests.loyalty.together import at_once
from visits.models import Refund, Visit

pytestmark = pytest.mark.django_db
Why = TierChange.Why


def give_back(visit: Visit, amounts: dict[int, Decimal] | None, *, key: uuid.UUID | None = None) -> refunds.Outcome:
    return refunds.refund(
        visit, amounts, "wechat", "退货", key=key or uuid.uuid4(), by=staff(Role.MANAGER), at=noon(TODAY)
    )


def told(outcome: refunds.Outcome) -> tuple[object, ...]:
    return (outcome.money, outcome.points, outcome.balance, outcome.tier_before, outcome.tier_after)


def line_of(visit: Visit, place: int = 0) -> int:
    return visit.lines.all()[place].pk


def test_a_void_brings_everything_back() -> None:
    who = client()
    came(who, "2000", days_before(20))
    before = state_of(who)
    visit = came(who, "9000", by=staff(Role.FRONT_DESK))
    assert account_of(who).tier == tier("gold")

    foreseen = refunds.foreseen_void(visit, TODAY)
    outcome = refunds.void(visit, "记错客户", by=staff(Role.FRONT_DESK), at=noon())

    assert told(foreseen) == told(outcome)
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


def test_the_same_key_for_all_that_is_left_is_not_the_part_that_was_given_back() -> None:
    visit, key = came(client(), "100"), uuid.uuid4()
    give_back(visit, {line_of(visit): Decimal("10")}, key=key)

    with pytest.raises(ReversalRefused):
        give_back(visit, None, key=key)
    assert Visit.objects.get(pk=visit.pk).refunded == Decimal("10")


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


@pytest.mark.parametrize("reason", ["", "  ", "\u200b\u200d", "长" * 201])
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
def test_one_key_for_several_receipts_at_once_counts_for_one() -> None:
    visits, key = [came(client(), "100") for _n in range(4)], uuid.uuid4()
    staff(Role.MANAGER)

    results = at_once(4, lambda n: give_back(visits[n], None, key=key))

    assert sum(isinstance(one, refunds.Outcome) for one in results) == 1
    assert sum(isinstance(one, ReversalRefused) for one in results) == 3
    assert wrong() == []


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


@pytest.mark.parametrize("change", ["status = 'completed', voided_at = NULL, void_reason = ''", "refunded = 0"])
def test_the_database_takes_no_void_and_no_refund_back(change: str) -> None:
    visit = came(client(), "100")
    give_back(visit, {line_of(visit): Decimal("10")})
    refunds.void(visit, "记错客户", by=staff(Role.MANAGER), at=timezone.now())

    with pytest.raises(InternalError, match="Cannot update"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE visits_visit SET {change} WHERE id = %s", [visit.pk])  # noqa: S608
