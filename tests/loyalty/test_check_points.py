"""`check_points` finds planted drift of every kind, and finds nothing where nothing is wrong."""

from collections.abc import Callable
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from clients.models import Client
from loyalty import refunds, tiers
from loyalty.models import LoyaltyAccount, PointsEntry, TierChange
from loyalty.points import post
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, recorded, staff, tier
from visits.models import Visit

pytestmark = pytest.mark.django_db


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


def drift_no_account(who: Client) -> None:
    visit = recorded(client(), "10")
    by_force("UPDATE visits_visit SET imported_from = 'x' WHERE id = %s", visit.pk)


DRIFTS = [value for name, value in list(globals().items()) if name.startswith("drift_")]


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__.removeprefix("drift_"))
def test_planted_drift_is_found(who: Client, drift: Callable[[Client], None]) -> None:
    drift(who)

    content, said = checked()

    assert not content
    assert "C-" in said
    assert "C-00000" not in said


def test_imported_visits_earn_nothing_and_are_no_fault() -> None:
    who = client()
    visit = recorded(who, "10")
    by_force("UPDATE visits_visit SET imported_from = 'old' WHERE id = %s", visit.pk)
    LoyaltyAccount.objects.create(client=who, tier=tier("member"))
    call_command("review_tiers", stdout=StringIO())

    assert checked()[0]
