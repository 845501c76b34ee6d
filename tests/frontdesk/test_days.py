"""Birthdays and memorable days of the next seven days, in both calendars."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client, MemorableDay
from frontdesk.days import MEMORABLE, Occasions, counts, occasions
from loyalty.vouchers import withdraw
from staff.roles import Role
from tests.frontdesk import cast
from tests.loyalty.gifts import given, kind

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)  # 农历十月十四


def born(name: str, month: int, day: int, year: int | None = None, calendar: str = "solar", **fields: object) -> Client:
    return cast.client(
        name, birthday_month=month, birthday_day=day, birthday_year=year, birthday_calendar=calendar, **fields
    )


def names(found: Occasions) -> list[tuple[str, int]]:
    return [(one.client.name, one.days_away) for one in found.rows]


def test_it_finds_both_calendars_in_the_order_of_days() -> None:
    born("公历今天", 11, 22)
    born("农历今天", 10, 14, calendar="lunar")
    born("七天后", 11, 29)
    born("八天后", 11, 30)
    born("昨天", 11, 21)
    client = cast.client("纪念日")
    MemorableDay.objects.create(client=client, label="结婚纪念", month=11, day=24, year=2016)

    found = occasions(cast.staff(Role.MANAGER), TODAY)

    assert names(found) == [("农历今天", 0), ("公历今天", 0), ("纪念日", 2), ("七天后", 7)]
    assert found.counts == {"birthday": 3, "memorable": 1, "today": 2, "lapsing": 0}
    assert [(one.kind, one.turns) for one in found.rows][2] == (MEMORABLE, 10)


@pytest.mark.parametrize(("role", "lapsing"), [(Role.FRONT_DESK, 2), (Role.MANAGER, 2), (Role.BEAUTICIAN, 0)])
def test_vouchers_that_lapse_are_counted_for_who_may_see_them(role: Role, lapsing: int) -> None:
    client = cast.client()
    cast.member(client)
    voucher = kind()
    for days in (-1, 0, 7, 8):
        given(client, voucher, TODAY - timedelta(days=30), expires_on=TODAY + timedelta(days=days))
    gone = given(client, voucher, TODAY - timedelta(days=30), expires_on=TODAY)
    withdraw(gone, "发错了", by=cast.staff(Role.MANAGER, "gives"), at=timezone.now())

    assert counts(cast.staff(role), TODAY)["lapsing"] == lapsing


@pytest.mark.parametrize(("role", "age"), [(Role.MANAGER, 42), (Role.ADMIN, 42), (Role.FRONT_DESK, None)])
def test_the_age_is_for_who_may_see_the_year(role: Role, age: int | None) -> None:
    born("王丽华", 10, 14, 1984, "lunar")

    (one,) = occasions(cast.staff(role), TODAY).rows

    assert one.turns == age
    assert one.is_lunar


def test_a_lunar_birthday_counts_in_lunar_years() -> None:
    born("腊月", 12, 1, 1990, "lunar")  # 2026-01-19 lies in the lunar year 2025

    (one,) = occasions(cast.staff(Role.MANAGER), date(2026, 1, 19)).rows

    assert one.turns == 35


def test_the_29th_of_february_is_kept_in_common_years() -> None:
    born("闰日", 2, 29)

    assert names(occasions(cast.staff(Role.MANAGER), date(2027, 2, 26))) == [("闰日", 2)]


def test_day_30_is_kept_on_day_29_of_a_short_month() -> None:
    born("除夕", 12, 30, calendar="lunar")  # the twelfth month of 2026 ends with its 29th, 2027-02-05

    assert names(occasions(cast.staff(Role.MANAGER), date(2027, 2, 5))) == [("除夕", 0)]


def test_it_is_narrowed_and_paged() -> None:
    for number in range(5):
        born(f"客{number}", 11, 22 + number % 2)
    manager = cast.staff(Role.MANAGER)

    assert len(occasions(manager, TODAY, only="today").rows) == 3
    assert occasions(manager, TODAY, only="memorable").rows == []
    first, second = occasions(manager, TODAY, size=3), occasions(manager, TODAY, start=3, size=3)
    assert (first.has_next, second.has_next) == (True, False)
    assert len({*names(first), *names(second)}) == 5


def test_merged_and_erased_files_are_not_greeted() -> None:
    kept = born("留", 11, 22)
    born("并", 11, 22, status="merged", merged_into=kept)
    erased = born("删", 11, 22, status="erased")
    MemorableDay.objects.create(client=erased, label="x", month=11, day=22)

    assert names(occasions(cast.staff(Role.MANAGER), TODAY)) == [("留", 0)]


def test_it_asks_three_questions_however_many_there_are() -> None:
    for number in range(30):
        cast.allergic(born(f"客{number}", 11, 22))
    manager = cast.staff(Role.MANAGER)
    assert manager.rights

    with CaptureQueriesContext(connection) as queries:
        found = occasions(manager, TODAY)
        assert [one.client.allergens for one in found.rows] == [["果酸"]] * 20  # type: ignore[attr-defined]

    assert len(queries) == 3
