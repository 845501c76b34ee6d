"""The salon that the front desk's tests play in."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.utils import timezone

from clients.models import Allergy, Attendance, Client
from loyalty.models import LoyaltyAccount, PointsEntry, Tier
from staff.models import User
from staff.roles import Role
from visits.models import Payment, Visit, VisitLine


def staff(role: Role | None, username: str = "") -> User:
    """One of the staff, in Chinese, with one role or none."""
    username = username or (role.value if role else "nobody")
    user = User.objects.create_user(username, password="salon-demo", display_name=f"{username}-name")
    if role:
        user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    user.is_staff = role == Role.ADMIN
    user.save(update_fields=["is_staff"])
    return user


def client(name: str = "王丽华", **fields: object) -> Client:
    """A client on file."""
    return Client.objects.create(name=name, **fields)


def allergic(client: Client, substance: str = "果酸") -> Allergy:
    """An allergy that stands."""
    return Allergy.objects.create(client=client, substance=substance, confirmed_on=date(2026, 3, 2))


def tier(code: str = "gold") -> Tier:
    """One of the tiers, made when the salon has none yet."""
    names = {"member": ("会员", "Member", 0), "silver": ("银卡", "Silver", 1), "gold": ("金卡", "Gold", 2)}
    name, name_en, position = names[code]
    found = Tier.objects.filter(code=code).first()
    return found or Tier.objects.create(code=code, name=name, name_en=name_en, position=position)


def member(client: Client, code: str = "gold", **standing: object) -> LoyaltyAccount:
    """The client's membership."""
    return LoyaltyAccount.objects.create(client=client, tier=tier(code), **standing)


def visit(
    client: Client | None,
    *,
    at: datetime | None = None,
    by: User | None = None,
    item: str = "深层补水护理",
    amount: str = "468.00",
    beautician: User | None = None,
    **fields: object,
) -> Visit:
    """A completed visit of one line, paid by WeChat."""
    at = at or timezone.now()
    total = Decimal(amount)
    made = Visit.objects.create(
        client=client, at=at, day=timezone.localdate(at), by=by, gross=total, total=total, **fields
    )
    VisitLine.objects.create(visit=made, name=item, beautician=beautician, unit_price=total, amount=total)
    Payment.objects.create(visit=made, method=Payment.Method.WECHAT, amount=total)
    if client and beautician:
        Attendance.objects.update_or_create(client=client, user=beautician, defaults={"last_on": made.day})
    return made


def earned(account: LoyaltyAccount, points: int, *, visit: Visit | None = None, **fields: object) -> PointsEntry:
    """A line of the points book."""
    account.balance += points
    account.save(update_fields=["balance"])
    occasion = f"test:{account.pk}:{account.entries.count()}"
    kind = PointsEntry.Kind.EARN if visit else PointsEntry.Kind.BONUS
    return PointsEntry.objects.create(
        account=account,
        kind=kind,
        points=points,
        balance_after=account.balance,
        occasion=occasion,
        visit=visit,
        **fields,
    )


def days_ago(days: int) -> datetime:
    """Noon of the salon, so many days before today."""
    return timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days)
