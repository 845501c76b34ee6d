"""P10: the role with which the program works can add to the books, and neither change nor delete what stands there."""

import uuid

import pytest
from django.db import DatabaseError, connection, transaction

from loyalty import perks
from loyalty.adjusting import adjust
from loyalty.models import EntitlementUse, Perk, Referral, SegmentChange
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, noon, staff, tier
from tests.loyalty.gifts import given
from tests.loyalty.rewarding import comb, member, redeem
from visits.models import Visit

pytestmark = pytest.mark.django_db
ADDED_ONLY = ("pointsentry", "tierchange", "segmentchange")
NEVER_DELETED = ("adjustment", "redemption", "voucher", "referral", "perkuse", "entitlementuse")


@pytest.fixture(autouse=True)
def books() -> None:
    """One line at least in each of the books."""
    who, manager = member(4000), staff(Role.MANAGER)
    visit = Visit.objects.get(client=who)
    SegmentChange.objects.create(account=account_of(who), to_segment="new", on=TODAY)
    adjust(who, 10, "补记", key=uuid.uuid4(), by=manager, at=noon())
    given(who)
    made = redeem(who, comb())
    EntitlementUse.objects.create(redemption=made, visit=visit, by=manager)
    other = client()
    first = came(other, "10")
    Referral.objects.create(
        referrer=account_of(who), referred=account_of(other), visit=first, points=0, rewarded_at=noon()
    )
    perk = Perk.objects.create(tier=tier("silver"), name="茶点")
    perks.use(who, perk, key=uuid.uuid4(), by=manager, at=noon())


@pytest.mark.parametrize(
    "sql",
    [f"UPDATE loyalty_{table} SET id = id" for table in ADDED_ONLY]  # noqa: S608
    + [f"DELETE FROM loyalty_{table}" for table in ADDED_ONLY + NEVER_DELETED],  # noqa: S608
)
def test_it_is_refused(sql: str) -> None:
    with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
