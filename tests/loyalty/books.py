"""What the tests of points and tiers share: staff, clients, and visits that count like a checkout's."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone

from clients.models import Client
from loyalty import points, standing, tiers
from loyalty.checking import Fault, faults
from loyalty.models import LoyaltyAccount, Tier
from staff.models import User
from staff.roles import Role
from visits.models import Payment, Visit, VisitLine

TODAY = date(2026, 11, 22)


def staff(role: Role, username: str = "") -> User:
    username = username or role.value
    found = User.objects.filter(username=username).first()
    if found:
        return found
    user = User.objects.create_user(username, password="salon-demo", display_name=username, is_staff=role == Role.ADMIN)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def client(**fields: object) -> Client:
    return Client.objects.create(name="王丽华", **fields)


def noon(on: date = TODAY) -> datetime:
    return timezone.make_aware(datetime.combine(on, time(12)))


def recorded(
    who: Client | None, total: str | Decimal, on: date = TODAY, *, by: User | None = None, parts: int = 1
) -> Visit:
    """A visit as the checkout writes it, of `parts` lines of equal price, without what it earns."""
    total = Decimal(total)
    by = by or staff(Role.FRONT_DESK)
    visit = Visit.objects.create(client=who, at=noon(on), day=on, gross=total, total=total, by=by, recorded_at=noon(on))
    each = (total / parts).quantize(Decimal("0.01"))
    for place in range(parts):
        amount = each if place else total - each * (parts - 1)
        VisitLine.objects.create(visit=visit, position=place, name="护理", unit_price=amount, amount=amount)
    if total:
        Payment.objects.create(visit=visit, method=Payment.Method.WECHAT, amount=total)
    return visit


@transaction.atomic
def came(who: Client, total: str | Decimal, on: date = TODAY, *, by: User | None = None, parts: int = 1) -> Visit:
    """A visit with its points, standing and tier, in the order of the checkout."""
    account = LoyaltyAccount.objects.locked(who)
    visit = recorded(who, total, on, by=by, parts=parts)
    standing.count_visit(account, visit)
    points.award_visit(account, visit)
    tiers.reassess(account, on, visit=visit, by=visit.by)
    return visit


def account_of(who: Client) -> LoyaltyAccount:
    return LoyaltyAccount.objects.select_related("tier").get(client=who)


def tier(code: str) -> Tier:
    return Tier.objects.get(code=code)


def state_of(who: Client) -> tuple[object, ...]:
    """Everything about a membership that a void must bring back."""
    account = account_of(who)
    figures = (getattr(account, column) for column in standing.COLUMNS)
    return (account.balance, account.tier.code, account.tier_since, account.review_on, *figures)


def wrong() -> list[Fault]:
    return list(faults())


def days_before(days: int, on: date = TODAY) -> date:
    return on - timedelta(days=days)
