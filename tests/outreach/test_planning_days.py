"""Every birthday there is, in every year until 2050: kept once in each year of its calendar. Promise P7."""

from collections import defaultdict
from datetime import date, timedelta
from functools import cache

import pytest
from django.db import connection
from lunar_python import Lunar

from clients import lunar
from clients.models import Client, FileRules
from outreach.models import ContactTask
from outreach.planning import birthdays
from staff.jobs import Window
from tests.loyalty.books import noon

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2024, 1, 1), date(2050, 12, 31)
SOLAR_DAYS = [date.fromordinal(date(2000, 1, 1).toordinal() + number) for number in range(366)]
Kept = dict[str, date]


def kept(people: list[Client]) -> dict[int, Kept]:
    """The days on which each of them is greeted, by occasion, when nothing ran for a year, year after year."""
    for year in range(FIRST.year, LAST.year + 1):
        with connection.cursor() as cursor:  # one transaction for all years: autovacuum never sees these rows
            cursor.execute("ANALYZE clients_client, outreach_contacttask")
        birthdays.plan(Window(date(year, 1, 1), date(year, 12, 31)), noon(date(year, 12, 31)))
    found: dict[int, Kept] = defaultdict(dict)
    for who, occasion, on in ContactTask.objects.values_list("client", "occasion", "planned_for"):
        assert occasion not in found[who]
        found[who][occasion] = on
    assert set(found) == {person.pk for person in people}
    return found


@pytest.mark.parametrize(("leap_day", "moved"), [("feb28", (2, 28)), ("mar1", (3, 1))])
def test_every_solar_birthday_once_a_year(leap_day: str, moved: tuple[int, int]) -> None:
    FileRules.load()
    FileRules.objects.update(leap_day=leap_day)
    people = Client.objects.bulk_create(
        Client(name="王丽华", birthday_month=day.month, birthday_day=day.day) for day in SOLAR_DAYS
    )
    found = kept(people)
    for person, day in zip(people, SOLAR_DAYS, strict=True):
        for year in range(2024, 2051):
            month_and_day = moved if (day.month, day.day) == (2, 29) and year % 4 else (day.month, day.day)
            assert found[person.pk].pop(f"S{year}") == date(year, *month_and_day)
        assert found[person.pk] == {}


@pytest.mark.parametrize("leap_month", [False, True])
def test_every_lunar_birthday_once_a_lunar_year(leap_month: bool) -> None:
    days = [(month, day) for month in range(1, 13) for day in range(1, 31)]
    people = Client.objects.bulk_create(
        Client(
            name="王丽华",
            birthday_calendar="lunar",
            birthday_month=month,
            birthday_day=day,
            birthday_leap_month=leap_month,
        )
        for month, day in days
    )
    found = kept(people)
    for person, (month, day) in zip(people, days, strict=True):
        wanted = {f"L{year}": by_the_calendar(year, month, day) for year in range(2023, 2052)}
        assert found[person.pk] == {year: on for year, on in wanted.items() if FIRST <= on <= LAST}
        assert len(found[person.pk]) in (26, 27, 28)


def by_the_calendar(year: int, month: int, day: int) -> date:
    """The 30th of a short month is kept on its 29th."""
    ordinary = lunar.month_of(year, month)
    assert ordinary is not None
    return first_of(year, month) + timedelta(days=min(day, ordinary.length) - 1)


@cache
def first_of(year: int, month: int) -> date:
    """Asked of the library itself."""
    solar = Lunar.fromYmd(year, month, 1).getSolar()
    return date(solar.getYear(), solar.getMonth(), solar.getDay())
