"""What the tests of rewards share: things to be had for points, and clients who have the points."""

import uuid
from datetime import datetime
from typing import Any

from clients.models import Client
from loyalty import points, redeeming
from loyalty.models import PointsEntry, Redemption, Reward, VoucherKind
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, noon, staff
from tests.visits import shop
from visits.models import Service

PHONE = "+8613812348000"
DIGITS = "8000"
NOON = noon(TODAY)


def comb(stock: int | None = 5, needs: int = 1000) -> Reward:
    """A thing to take home: the one that every salon begins with, with so many in stock."""
    found, _made = Reward.objects.update_or_create(
        name="定制发梳", defaults={"kind": "product", "points": needs, "stock": stock, "name_en": "Custom comb"}
    )
    return found


def year_of_cuts(uses: int | None = 12, needs: int = 5000) -> Reward:
    """A service for twelve months."""
    cut = Service.objects.filter(name="剪发").first() or shop.service("剪发", "80.00")
    return Reward.objects.create(
        name="全年剪发", name_en="A year of cuts", kind="entitlement", service=cut, points=needs, uses=uses
    )


def fifty_yuan(needs: int = 500, **kind: Any) -> Reward:
    """A voucher of ¥50 for points."""
    worth: dict[str, Any] = {"name": "积分券 ¥50", "worth": "amount", "value": 50, "days_valid": 30} | kind
    return Reward.objects.create(
        name="¥50 抵用券", kind="voucher", points=needs, voucher_kind=VoucherKind.objects.create(**worth)
    )


def member(have: int = 1000, **fields: Any) -> Client:
    """A client of a phone, with so many points from a visit."""
    who = client(**({"phone": PHONE} | fields))
    if have:
        came(who, str(have))
    return who


def owing(who: Client, points_owed: int) -> None:
    """Bring the balance to minus so many, as a refund of money does whose points were spent."""
    account = account_of(who)
    points.post(account, PointsEntry.Kind.REVERSE, -account.balance - points_owed, f"test:owing:{who.pk}")


def redeem(
    who: Client, reward: Reward, proof: str = DIGITS, *, key: uuid.UUID | None = None, at: datetime = NOON, **more: Any
) -> Redemption:
    """As the front desk redeems, at noon."""
    by: User = more.pop("by", None) or staff(Role.FRONT_DESK)
    return redeeming.redeem(who, reward, key=key or uuid.uuid4(), proof=proof, by=by, at=at, **more)
