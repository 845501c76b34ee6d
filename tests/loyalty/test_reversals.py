"""The tier after a visit is taken back: as if the money had never been paid, and no other reason takes anything."""

import uuid
from decimal import Decimal

import pytest

from loyalty import refunds, standing, tiers
from loyalty.models import TierChange
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, staff, state_of, tier, wrong
from tests.loyalty.test_refunds import give_back, line_of, told

pytestmark = pytest.mark.django_db


def test_a_tier_that_others_carry_stays() -> None:
    who = client()
    came(who, "2900", days_before(10))
    silver = came(who, "100", days_before(5))
    came(who, "5000", days_before(2))

    refunds.void(silver, "记错", by=staff(Role.MANAGER), at=noon())

    assert account_of(who).tier == tier("silver")


def test_two_tiers_fall_when_both_rested_on_the_visit() -> None:
    who = client()
    came(who, "100", days_before(30))
    before = state_of(who)
    large = came(who, "9000", days_before(20))
    came(who, "1000", days_before(10))
    assert account_of(who).tier == tier("gold")

    foreseen = refunds.foreseen_void(large, TODAY)
    assert told(refunds.void(large, "记错", by=staff(Role.MANAGER), at=noon())) == told(foreseen)

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
    due = account_of(who).review_on
    assert due is not None
    assert later < due

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
