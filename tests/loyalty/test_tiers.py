"""Tiers: up at once, down only at the review, by hand for a time, and every change with its figures."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from clients.models import Client
from loyalty import reviewing, standing, tiers
from loyalty.explaining import explain
from loyalty.models import Tier, TierChange
from loyalty.standing import Figures
from loyalty.tiers import TierRefused
from staff import jobs
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
    tier,
    wrong,
)

pytestmark = pytest.mark.django_db
Why = TierChange.Why


def review_of(who: Client) -> date:
    due = account_of(who).review_on
    assert due is not None
    return due


@pytest.mark.parametrize(
    ("spend", "visits", "code"),
    [
        ("0", 0, "member"),
        ("2999.99", 11, "member"),
        ("3000.00", 1, "silver"),
        ("0", 12, "silver"),
        ("9999.99", 23, "silver"),
        ("10000", 1, "gold"),
        ("0", 24, "gold"),
        ("29999.99", 500, "gold"),
        ("30000", 1, "black"),
    ],
)
def test_spend_or_visits(spend: str, visits: int, code: str) -> None:
    assert tiers.reached(tiers.ladder(), Figures(Decimal(spend), visits)) == tier(code)


def test_a_tier_without_minimum_is_for_the_hand_only() -> None:
    Tier.objects.create(code="friend", name="友", position=9)

    assert tiers.reached(tiers.ladder(), Figures(Decimal("30000"), 99)) == tier("black")
    who = client()
    came(who, "30000")
    assert account_of(who).tier == tier("black")


def test_up_at_once_with_the_figures() -> None:
    who = client()
    came(who, "2999.99", days_before(1))
    visit = came(who, "0.01")

    account = account_of(who)
    change = TierChange.objects.get()
    assert (account.tier.code, account.tier_since, account.review_on) == ("silver", TODAY, date(2027, 11, 22))
    assert (change.why, change.from_tier, change.to_tier) == (Why.EARNED, tier("member"), tier("silver"))
    assert change.figures == {
        "spend": "3000.00",
        "visits": 2,
        "min_spend": "3000.00",
        "min_visits": 12,
        "since": "2026-11-22",
        "review_on": "2027-11-22",
        "visit": visit.pk,
    }
    assert (change.on, change.by) == (TODAY, visit.by)


def test_the_multiplier_of_the_new_tier_counts_from_the_next_visit() -> None:
    who = client()
    came(who, "10000", days_before(1))
    came(who, "100")

    assert account_of(who).balance == 10_000 + 120


def test_down_only_at_the_review() -> None:
    who = client()
    came(who, "9999", days_before(60))
    came(who, "1", days_before(20))  # Gold on this day
    since = days_before(20)
    gone = since + timedelta(days=330)  # the first visit has left the 12 months

    standing.rebuild_all(gone)
    assert tiers.review_due(gone) == 0
    assert account_of(who).tier == tier("gold")

    due = review_of(who)
    assert due == date(since.year + 1, since.month, since.day)
    standing.rebuild_all(due - timedelta(days=1))
    assert tiers.review_due(due - timedelta(days=1)) == 0
    standing.rebuild_all(due)
    assert tiers.review_due(due) == 1
    assert tiers.review_due(due) == 0

    account = account_of(who)
    assert (account.tier, account.tier_since, account.review_on) == (tier("member"), due, None)
    assert TierChange.objects.latest("pk").why == Why.REVIEW
    assert wrong() == []


def test_a_review_that_is_passed_is_kept_and_set_again() -> None:
    who = client()
    since = days_before(200)
    came(who, "3000", since)
    came(who, "3000", days_before(10))
    due = review_of(who)
    standing.rebuild_all(due)

    assert tiers.review_due(due + timedelta(days=3)) == 1  # late

    account = account_of(who)
    assert (account.tier, account.tier_since) == (tier("silver"), since)
    assert account.review_on == date(due.year + 1, due.month, due.day)  # not moved by being late
    change = TierChange.objects.latest("pk")
    assert (change.why, change.from_tier, change.to_tier) == (Why.REVIEW, tier("silver"), tier("silver"))


def test_a_review_of_somebody_who_rose_counts_from_the_rise() -> None:
    who = client()
    came(who, "3000", days_before(300))
    came(who, "7000", days_before(5))

    assert account_of(who).review_on == date(2027, 11, 17)


def test_29_february_is_reviewed_on_the_28th() -> None:
    who = client()
    came(who, "3000", date(2024, 2, 29))

    assert account_of(who).review_on == date(2025, 2, 28)
    standing.rebuild_all(date(2025, 2, 28))
    tiers.review_due(date(2025, 2, 28))
    # The day itself still lies in the 12 months that end on 28 February: kept once more.
    assert account_of(who).tier == tier("silver")


def test_by_hand_until_the_last_day_included() -> None:
    who, until = client(), days_before(-30)
    came(who, "3000")
    tiers.set_by_hand(who, tier("black"), until, "老板朋友", by=staff(Role.MANAGER), at=noon())

    account = account_of(who)
    assert (account.tier, account.tier_by_hand_until, account.review_on) == (tier("black"), until, None)
    standing.rebuild_all(until)
    assert tiers.review_due(until) == 0
    assert tiers.review_due(until + timedelta(days=1)) == 1

    account = account_of(who)
    assert (account.tier, account.tier_by_hand_until) == (tier("silver"), None)
    assert account.review_on == date(2027, 12, 23)
    assert [change.why for change in account.tier_changes.order_by("pk")] == [
        Why.EARNED,
        Why.BY_HAND,
        Why.BY_HAND_ENDED,
    ]
    assert wrong() == []


def test_spend_does_not_move_a_tier_set_by_hand() -> None:
    who = client()
    tiers.set_by_hand(who, tier("member"), days_before(-3), "欠款", by=staff(Role.MANAGER), at=noon())

    came(who, "30000")

    assert account_of(who).tier == tier("member")


@pytest.mark.parametrize(
    ("role", "days", "reason", "field"),
    [
        (Role.FRONT_DESK, 30, "x", ""),
        (Role.ADMIN, 30, "x", ""),
        (Role.MANAGER, -1, "x", "until"),
        (Role.MANAGER, 30, "  ", "reason"),
        (Role.MANAGER, 30, "\u200b\ufeff", "reason"),
    ],
)
def test_by_hand_is_refused(role: Role, days: int, reason: str, field: str) -> None:
    who = client()

    with pytest.raises(TierRefused) as refused:
        tiers.set_by_hand(who, tier("gold"), days_before(-days), reason, by=staff(role), at=noon())
    assert refused.value.field == field
    assert not TierChange.objects.exists()


def test_who_reached_a_tier_by_import_rises_at_the_next_run() -> None:
    who = client()
    recorded(who, "12000")
    standing.rebuild_all(TODAY)

    assert tiers.review_due(TODAY) == 1
    assert account_of(who).tier == tier("gold")
    assert tiers.review_due(TODAY) == 0


def test_the_job_counts_once_a_day_and_may_run_at_any_time() -> None:
    who = client()
    recorded(who, "12000")

    def reviewed() -> list[int]:
        found = jobs.run(reviewing.JOB, TODAY, at=noon(), work=reviewing.review, forced=True) or {}
        return [found[what] for what in ("counted", "moved", "judged")]

    assert reviewed() == [1, 1, 1]
    assert reviewed() == [0, 0, 0]


# --- In words ---------------------------------------------------------------------------------------------------


def test_why_and_what_is_missing() -> None:
    who = client()
    came(who, "10420")

    with translation.override("en"):
        told = explain(account_of(who), TODAY)

    assert told.why == "Reached: ¥10,420 spent in 12 months, ¥10,000 needed."
    assert (told.next_tier, told.missing_spend, told.missing_visits) == (tier("black"), Decimal(19580), None)
    assert told.missing == "¥19,580 more for Black"
    assert "enough to keep it" in told.outlook


def test_two_ways_to_the_next() -> None:
    who = client()
    came(who, "100.50")

    with translation.override("en"):
        told = explain(account_of(who), TODAY)

    assert told.why == "Everybody starts as Member."
    assert told.missing == "¥2,899.50 or 11 more visits for Silver"


def test_nothing_is_missing_at_the_top() -> None:
    who = client()
    came(who, "50000")

    told = explain(account_of(who), TODAY)

    assert (told.next_tier, told.missing) == (None, "")


def test_by_hand_is_told_with_name_reason_and_end() -> None:
    who = client()
    tiers.set_by_hand(who, tier("gold"), date(2027, 1, 31), "老板朋友", by=staff(Role.MANAGER), at=noon())

    with translation.override("zh-hans"):
        told = explain(account_of(who), TODAY)

    assert "老板朋友" in told.why
    assert "manager" in told.why
    assert "2027年1月31日" in told.why
    assert "2027年1月31日" in told.outlook
