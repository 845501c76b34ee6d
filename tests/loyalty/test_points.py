"""The points book: what is earned, by which multiplier, and that the book is only ever added to."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from clients.models import Calendar, Client
from loyalty import points
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry
from loyalty.points import NotEnoughPoints
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, recorded, staff, tier, wrong
from tests.loyalty.together import at_once

Kind = PointsEntry.Kind
pytestmark = pytest.mark.django_db


def earned(who: Client, code: str, paid: str, on: date = TODAY) -> points.Earning:
    return points.to_be_earned(who, tier(code), Decimal(paid), on, LoyaltyRules.load())


@pytest.mark.parametrize(
    ("code", "paid", "expected"),
    [
        ("member", "868.00", 868),
        ("member", "0.99", 0),
        ("member", "0.00", 0),
        ("silver", "99.99", 99),
        ("gold", "569.20", 682),  # 569 × 1.2 = 682.8
        ("gold", "4.99", 4),  # 4 × 1.2 = 4.8
        ("black", "1001.50", 1501),  # 1001 × 1.5 = 1501.5
    ],
)
def test_whole_yuan_times_the_tier(code: str, paid: str, expected: int) -> None:
    assert earned(client(), code, paid).points == expected


@pytest.mark.parametrize(("month", "expected"), [(11, 1138), (10, 682), (None, 682)])
def test_the_birthday_month_does_not_stack_on_the_tier(month: int | None, expected: int) -> None:
    who = client(birthday_month=month, birthday_day=14 if month else None)

    earning = earned(who, "gold", "569.20")

    assert earning.points == expected
    assert earning.because


def test_a_tier_larger_than_its_birthday_multiplier_wins() -> None:
    black = tier("black")
    black.multiplier, black.birthday_multiplier = Decimal("3"), Decimal("2")
    who = client(birthday_month=11, birthday_day=1)

    earning = points.to_be_earned(who, black, Decimal(100), TODAY, LoyaltyRules.load())

    assert (earning.points, earning.rule) == (300, points.Because.TIER)


@pytest.mark.parametrize(
    ("on", "doubled"),
    [
        (date(2025, 6, 24), False),  # lunar 5-29
        (date(2025, 6, 25), True),  # lunar 6-1
        (date(2025, 7, 24), True),  # lunar 6-30
        (date(2025, 7, 25), False),  # leap 6-1: not the ordinary sixth month
        (date(2025, 8, 23), False),  # lunar 7-1
    ],
)
def test_a_lunar_birthday_has_its_lunar_month(on: date, doubled: bool) -> None:
    who = client(birthday_calendar=Calendar.LUNAR, birthday_month=6, birthday_day=10, birthday_leap_month=True)

    assert (earned(who, "member", "100", on).points == 200) is doubled


def test_a_plain_earning_needs_no_reason() -> None:
    assert earned(client(), "member", "100").because == ""
    assert earned(client(birthday_month=11, birthday_day=1), "member", "0").because == ""


def test_a_visit_earns_once_and_lapses_at_the_end_of_the_next_year() -> None:
    who = client(birthday_month=11, birthday_day=1)
    visit = came(who, "868.50")
    account = account_of(who)

    again = points.award_visit(account, visit)

    entry = PointsEntry.objects.get(account=account)
    assert again == entry
    assert (entry.points, entry.balance_after, entry.expires_on) == (1736, 1736, date(2027, 12, 31))
    assert (entry.occasion, entry.why) == (f"earn:visit:{visit.pk}", "birthday:2")
    assert points.told(entry.why) != entry.why
    assert account_of(who).balance == 1736


def test_a_free_consultation_writes_no_entry() -> None:
    who = client()
    came(who, "0.00")

    assert not PointsEntry.objects.exists()
    assert wrong() == []


def test_a_redemption_never_exceeds_the_balance() -> None:
    who = client()
    came(who, "100")
    account = account_of(who)

    with pytest.raises(NotEnoughPoints) as refused:
        points.post(account, Kind.REDEEM, -101, "redeem:1")
    assert refused.value.available == 100
    assert points.post(account, Kind.REDEEM, -100, "redeem:2").balance_after == 0
    assert wrong() == []


def test_an_entry_of_nothing_is_refused_and_leaves_the_balance() -> None:
    who = client()
    came(who, "100")

    with pytest.raises(IntegrityError), transaction.atomic():
        points.post(account_of(who), Kind.ADJUST, 0, "adjust:1")
    assert account_of(who).balance == 100


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE loyalty_pointsentry SET points = 1",
        "DELETE FROM loyalty_pointsentry",
        "UPDATE loyalty_tierchange SET why = 'review'",
        "DELETE FROM loyalty_tierchange",
    ],
)
def test_the_database_refuses_to_change_what_is_written(sql: str) -> None:
    came(client(), "3000")

    refused = pytest.raises(DatabaseError, match="Cannot update or delete")
    with refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("threads", [8, 20])
def test_points_are_never_spent_twice(threads: int) -> None:
    who = client()
    came(who, "100")
    for turn in range(5):
        account = account_of(who)

        results = at_once(threads, lambda n: points.post(account_of(who), Kind.REDEEM, -100, f"r:{turn}:{n}"))  # noqa: B023

        assert sum(isinstance(one, PointsEntry) for one in results) == 1
        assert sum(isinstance(one, NotEnoughPoints) for one in results) == threads - 1
        points.post(account, Kind.BONUS, 100, f"bonus:{turn}")
    assert wrong() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_occasion_at_once_is_one_entry() -> None:
    who = client()
    with transaction.atomic():
        LoyaltyAccount.objects.locked(who)
    visit = recorded(who, "868", by=staff(Role.FRONT_DESK))

    results = at_once(8, lambda n: points.award_visit(account_of(who), visit))

    assert len({getattr(one, "pk", one) for one in results}) == 1
    assert account_of(who).balance == 868
