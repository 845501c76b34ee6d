"""`check_points` finds planted drift of every kind, and finds nothing where nothing is wrong."""

import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from clients.models import Client
from loyalty import refunds, tiers, vouchers
from loyalty.adjusting import adjust
from loyalty.checking import CHECKS, faults
from loyalty.models import (
    LoyaltyAccount,
    Perk,
    PerkUse,
    PointsEntry,
    Redemption,
    Referral,
    Reward,
    TierChange,
    Voucher,
    VoucherKind,
)
from loyalty.points import post
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, recorded, staff, tier
from visits.models import Service, Visit

pytestmark = pytest.mark.django_db
LAPSED = date(2025, 12, 31)


@pytest.fixture
def who() -> Client:
    """A client to whom everything has happened once."""
    who = client(birthday_month=11, birthday_day=1)
    came(who, "3000.50", days_before(40))
    half = came(who, "868", days_before(30))
    refunds.refund(half, None, "cash", "退货", key=half.checkout_key, by=staff(Role.MANAGER), at=noon())
    refunds.void(came(who, "9000", days_before(20)), "记错", by=staff(Role.MANAGER), at=noon())
    tiers.set_by_hand(who, tier("gold"), days_before(-9), "店长", by=staff(Role.MANAGER), at=noon())
    recorded(None, "77")
    return who


def checked() -> tuple[bool, str]:
    """Whether the command was content, and what it said."""
    out = StringIO()
    try:
        call_command("check_points", stdout=out, stderr=out)
    except SystemExit as left:
        return left.code != 1, out.getvalue()
    return True, out.getvalue()


def by_force(sql: str, *values: str | int) -> None:
    """Write past the database's guards, as a faulty program or a hand in the database would."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql, values)
        cursor.execute("SET LOCAL session_replication_role = origin")


def test_nothing_is_wrong(who: Client) -> None:
    content, said = checked()

    assert content, said
    assert "1" in said


def given(who: Client, stock: int | None = None) -> Redemption:
    """A comb for ten points, its stock taken down by one if it is kept."""
    reward = Reward.objects.create(name="梳子", kind="product", points=10, stock=stock)
    if stock:
        Reward.objects.filter(pk=reward.pk).update(stock=stock - 1)
    entry = post(account_of(who), PointsEntry.Kind.REDEEM, -10, "redeem:test")
    return Redemption.objects.create(
        key=uuid.uuid4(),
        account=account_of(who),
        reward=reward,
        name="梳子",
        points=10,
        entry=entry,
        by=staff(Role.MANAGER),
    )


def given_voucher(who: Client) -> Voucher:
    return vouchers.issue(account_of(who), VoucherKind.objects.all()[0], on=TODAY, source=Voucher.Source.RULE)


def test_what_is_whole_is_no_fault(who: Client) -> None:
    given(who, stock=3)
    given_voucher(who)
    adjust(who, 10, "补记", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon())

    content, said = checked()

    assert content, said


def drift_balance(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(balance=1)


def drift_entry(who: Client) -> None:
    by_force("UPDATE loyalty_pointsentry SET points = points + 1 WHERE id = %s", PointsEntry.objects.earliest("id").pk)


def drift_chain(who: Client) -> None:
    by_force("UPDATE loyalty_pointsentry SET balance_after = 5 WHERE id = %s", PointsEntry.objects.earliest("id").pk)


def drift_lost_earning(who: Client) -> None:
    recorded(who, "10")


def drift_other_client(who: Client) -> None:
    other = came(client(), "10")
    by_force("UPDATE loyalty_pointsentry SET account_id = %s WHERE visit_id = %s", who.pk, other.pk)


def drift_earned_twice(who: Client) -> None:
    visit = Visit.objects.filter(client=who).first()
    post(account_of(who), PointsEntry.Kind.EARN, 10, "earn:again", visit=visit, expires_on=TODAY)


def drift_void_kept_points(who: Client) -> None:
    visit = came(who, "10")
    Visit.objects.filter(pk=visit.pk).update(status="void", voided_at=noon(), void_reason="x")


def drift_refunded(who: Client) -> None:
    visit = came(who, "10")
    Visit.objects.filter(pk=visit.pk).update(refunded=1)


def drift_tier(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(tier=tier("black"))


def drift_tier_without_history(who: Client) -> None:
    LoyaltyAccount.objects.create(client=client(), tier=tier("silver"))


def drift_unreached_tier(who: Client) -> None:
    TierChange.objects.create(
        account=account_of(who),
        to_tier=tier("gold"),
        why="earned",
        on=TODAY,
        figures={"spend": "9999.99", "visits": 23, "min_spend": "10000.00", "min_visits": 24},
    )


def drift_standing(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(lifetime_spend=1)


def drift_last_visit(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(last_visit_on=TODAY)


def drift_segment(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(segment="core")


def drift_more_came_back_than_was_spent(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.REVERSE, 500, "cancel:redemption:0")


def drift_lapsed_too_much(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.EXPIRE, -10, f"expire:{who.pk}:2025-12-31:2026-01-01", expires_on=LAPSED)


def drift_lapsed_and_came_back_for_nothing(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.EXPIRE, 10, f"expire:{who.pk}:2025-12-31:2026-01-01", expires_on=LAPSED)


def drift_lapsed_under_no_day(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.EXPIRE, -10, "expire:1")


def drift_points_as_money_without_a_visit(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.REDEEM, -10, "redeem:visit:0")


def drift_points_as_money_of_a_visit_without(who: Client) -> None:
    visit = came(who, "10")
    post(account_of(who), PointsEntry.Kind.REDEEM, -10, f"redeem:visit:{visit.pk}", visit=visit)


def drift_came_back_without_a_refund(who: Client) -> None:
    visit = came(who, "10")
    post(account_of(who), PointsEntry.Kind.REVERSE, 10, f"return:visit:{visit.pk}", visit=visit)


def drift_adjusted_by_nobody(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.ADJUST, 10, "adjust:1", why="x", expires_on=TODAY)


def drift_adjusted_by_another_number(who: Client) -> None:
    adjust(who, 10, "x", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon())
    by_force("UPDATE loyalty_adjustment SET points = 11")


def drift_redemption(who: Client) -> None:
    given(who)
    by_force("UPDATE loyalty_redemption SET points = 11")


def drift_stock(who: Client) -> None:
    given(who, stock=3)
    by_force("UPDATE loyalty_reward SET stock = 9")


def drift_stock_never_taken(who: Client) -> None:
    given(who)
    by_force("UPDATE loyalty_reward SET stock = 9")


def drift_voucher_used_at_a_void_visit(who: Client) -> None:
    voucher = given_voucher(who)
    visit = came(who, "10")
    Voucher.objects.filter(pk=voucher.pk).update(status="used", used_on=TODAY, used_visit=visit)
    by_force("UPDATE visits_visit SET status = 'void', voided_at = now(), void_reason = 'x' WHERE id = %s", visit.pk)


def drift_voucher_used_for_nothing(who: Client) -> None:
    voucher = given_voucher(who)
    Voucher.objects.filter(pk=voucher.pk).update(
        status="used", used_on=TODAY, used_visit=came(who, "10"), saved=Decimal(5)
    )


def drift_reward_voucher_without_redemption(who: Client) -> None:
    Voucher.objects.filter(pk=given_voucher(who).pk).update(source="reward")


def drift_taken_off_by_nothing(who: Client) -> None:
    visit = came(who, "10")
    by_force("UPDATE visits_visit SET gross = 15, voucher_discount = 5 WHERE id = %s", visit.pk)


def drift_entitlement(who: Client) -> None:
    given(who)
    service = Service.objects.create(name="剪发", price=10)
    by_force("UPDATE loyalty_redemption SET service_id = %s, until = '2027-01-01', used = 1", service.pk)


def drift_referral_one_sided(who: Client) -> None:
    other = client()
    visit = came(other, "10")
    made = Referral.objects.create(
        referrer=account_of(who), referred=account_of(other), visit=visit, points=200, rewarded_at=noon()
    )
    post(account_of(who), PointsEntry.Kind.BONUS, 200, f"bonus:referral:{made.visit_id}:{who.pk}")


def drift_points_for_no_referral(who: Client) -> None:
    post(account_of(who), PointsEntry.Kind.BONUS, 200, f"bonus:referral:1:{who.pk}")


def drift_perk_beyond_its_quota(who: Client) -> None:
    perk = Perk.objects.create(tier=tier("black"), name="茶点", quota=1)
    PerkUse.objects.create(
        key=uuid.uuid4(), perk=perk, account=account_of(who), year=2026, place=2, by=staff(Role.MANAGER)
    )


def drift_no_account(who: Client) -> None:
    visit = recorded(client(), "10")
    by_force("UPDATE visits_visit SET imported_from = 'x' WHERE id = %s", visit.pk)


DRIFTS = [value for name, value in list(globals().items()) if name.startswith("drift_")]


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__.removeprefix("drift_"))
def test_planted_drift_is_found(who: Client, drift: Callable[[Client], None]) -> None:
    drift(who)

    content, said = checked()

    assert not content
    # The stock is nobody's in particular.
    assert ("不属于" in said) if "stock" in drift.__name__ else ("C-" in said and "C-00000" not in said)


def test_every_question_has_its_drift(who: Client) -> None:
    found = set()
    for drift in DRIFTS:
        with transaction.atomic():
            drift(who)
            found |= {fault.code for fault in faults()}
            transaction.set_rollback(True)

    # What was to lapse in a night that was held is told by test_bookkeeping.
    assert found == {check.code for check in CHECKS} - {"left_over"}


def test_imported_visits_earn_nothing_and_are_no_fault() -> None:
    who = client()
    visit = recorded(who, "10")
    by_force("UPDATE visits_visit SET imported_from = 'old' WHERE id = %s", visit.pk)
    LoyaltyAccount.objects.create(client=who, tier=tier("member"))
    call_command("review_tiers", stdout=StringIO())

    assert checked()[0]
