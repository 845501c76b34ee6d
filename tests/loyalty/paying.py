"""What the tests of vouchers, entitlements and points at the checkout share: points to have, and a bill to pay."""

from typing import Any

import pytest

from clients.models import Client
from loyalty import points
from loyalty.checkout import CheckoutRefused, check_out
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Tier
from loyalty.receipts import Receipt
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import account_of, client, noon, staff
from tests.visits import shop
from visits.draft import Line
from visits.models import Draft, Visit

NOON = noon()


def rate(points_per_yuan: int | None) -> None:
    """So many points take ¥1 off; None: points are not money."""
    LoyaltyRules.load()
    LoyaltyRules.objects.update(points_per_yuan_off=points_per_yuan)


def with_points(number: int, tier: str = "member", **fields: Any) -> Client:
    """A client in this tier with so many points, which came from no visit."""
    who = client(**fields)
    LoyaltyAccount.objects.create(client=who, tier=Tier.objects.get(code=tier))
    if number:
        points.post(account_of(who), PointsEntry.Kind.BONUS, number, f"test:{who.pk}")
    return who


def drafted(who: Client | None, *lines: Line, **typed: Any) -> Draft:
    """An unfinished checkout of the front desk, paid by WeChat."""
    return shop.draft(staff(Role.FRONT_DESK), who, *lines, **typed)


def paid(who: Client | None, *lines: Line, **typed: Any) -> Receipt:
    """What checking this out gives."""
    return check_out(drafted(who, *lines, **typed), by=staff(Role.FRONT_DESK), at=NOON)


def refused(draft: Draft, *, by: User | None = None) -> dict[str, str]:
    """The errors of a checkout that is refused, by where they stand; nothing was written."""
    before = (Visit.objects.count(), PointsEntry.objects.count())
    with pytest.raises(CheckoutRefused) as caught:
        check_out(draft, by=by or staff(Role.FRONT_DESK), at=NOON)
    assert (Visit.objects.count(), PointsEntry.objects.count()) == before
    assert Draft.objects.filter(pk=draft.pk).exists()
    return caught.value.sheet.bill.errors
