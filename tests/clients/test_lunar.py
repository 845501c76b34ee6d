"""The lunar calendar and its policies."""

from collections import Counter
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients import lunar
from clients.calendars import YearlyDay, days_between
from clients.models import Calendar, FileRules
from tests.clients.cast import TODAY

LUNAR, SOLAR = Calendar.LUNAR, Calendar.SOLAR


def test_it_works() -> None:
    assert lunar.lunar_date(TODAY) == (2026, 10, 14, False)
    assert lunar.solar_day_of(2026, 10, 14) == TODAY
    assert lunar.day_in_words(10, 14) == "十月十四"
    assert lunar.day_in_words(6, 1, leap=True) == "闰六月初一"


@pytest.mark.parametrize(
    ("on", "said"),
    [
        # First days of lunar years from the official calendar, and years that other libraries get wrong (1954, 1978).
        (date(1954, 2, 3), (1954, 1, 1, False)),
        (date(1954, 11, 25), (1954, 11, 1, False)),
        (date(1978, 2, 7), (1978, 1, 1, False)),
        (date(1978, 9, 3), (1978, 8, 1, False)),
        (date(2024, 2, 10), (2024, 1, 1, False)),
        (date(2025, 1, 29), (2025, 1, 1, False)),
        (date(2025, 7, 25), (2025, 6, 1, True)),
        (date(2026, 2, 17), (2026, 1, 1, False)),
        (date(1900, 1, 1), (1899, 12, 1, False)),
    ],
)
def test_days_of_the_official_calendar(on: date, said: tuple[int, int, int, bool]) -> None:
    assert lunar.lunar_date(on) == said


@pytest.mark.parametrize("year", range(2024, 2036))
def test_every_lunar_day_is_kept_exactly_once_in_every_lunar_year(year: int) -> None:
    first = lunar.months_of(year)[0].first
    last = lunar.months_of(year + 1)[0].first - timedelta(days=1)

    kept = lunar.lunar_days_between(first, last)

    counted = Counter((day.year, day.month, day.day) for day in kept)
    assert counted == {(year, month, day): 1 for month in range(1, 13) for day in range(1, 31)}
    assert all(lunar.kept_in(year, day.month, day.day) == day.on for day in kept)


def test_a_lunar_day_may_come_twice_or_never_in_a_solar_year() -> None:
    def times(year: int, month: int, day: int) -> int:
        whole = lunar.lunar_days_between(date(year, 1, 1), date(year, 12, 31))
        return sum((one.month, one.day) == (month, day) for one in whole)

    assert times(2025, 11, 13) == 0
    assert times(2026, 11, 13) == 2


@pytest.mark.parametrize(
    ("today", "next_day"),
    [
        (date(2026, 2, 16), date(2026, 2, 16)),  # the year before has 29 days in its last month: New Year's Eve it is
        (date(2026, 2, 17), date(2027, 2, 5)),
    ],
)
def test_day_30_of_a_month_of_29_days_is_kept_on_day_29(today: date, next_day: date) -> None:
    assert YearlyDay(LUNAR, 12, 30).next(today) == next_day


def test_a_leap_month_birthday_is_kept_in_the_ordinary_month() -> None:
    born_in_leap_month = YearlyDay(LUNAR, 6, 1, 2025, leap_month=True)

    assert born_in_leap_month.began_on() == date(2025, 7, 25)
    assert born_in_leap_month.next(date(2025, 6, 25)) == date(2025, 6, 25)
    assert born_in_leap_month.next(date(2025, 7, 25)) == lunar.solar_day_of(2026, 6, 1)


@pytest.mark.parametrize(
    ("rule", "today", "next_day"),
    [
        (FileRules.LeapDay.FEBRUARY_28, date(2026, 2, 28), date(2026, 2, 28)),
        (FileRules.LeapDay.FEBRUARY_28, date(2026, 3, 1), date(2027, 2, 28)),
        (FileRules.LeapDay.MARCH_1, date(2026, 2, 28), date(2026, 3, 1)),
        (FileRules.LeapDay.FEBRUARY_28, date(2028, 2, 28), date(2028, 2, 29)),
        (FileRules.LeapDay.MARCH_1, date(2028, 2, 29), date(2028, 2, 29)),
    ],
)
def test_29_february_in_common_years(rule: str, today: date, next_day: date) -> None:
    assert YearlyDay(SOLAR, 2, 29).next(today, rule) == next_day


@given(
    st.dates(date(2024, 1, 1), date(2040, 12, 31)),
    st.sampled_from(Calendar.values),
    st.sampled_from(FileRules.LeapDay.values),
)
def test_the_next_day_and_the_set_of_days_agree(today: date, calendar: str, leap_day: str) -> None:
    pairs = {(one.month, one.day) for one in days_between(calendar, today, today, leap_day)}
    longest = 30 if calendar == LUNAR else 29
    for month in range(1, 13):
        for day in range(1, longest + 1):
            is_today = YearlyDay(calendar, month, day).next(today, leap_day) == today
            assert is_today == ((month, day) in pairs)


@pytest.mark.parametrize(("today", "age"), [(date(2026, 11, 21), 35), (date(2026, 11, 22), 36)])
def test_age_counts_whole_years(today: date, age: int) -> None:
    assert YearlyDay(SOLAR, 11, 22, 1990).age(today) == age


def test_the_age_of_a_lunar_birthday_goes_by_the_solar_day_of_birth() -> None:
    assert YearlyDay(LUNAR, 10, 14, 1984).began_on() == date(1984, 11, 6)
    assert YearlyDay(LUNAR, 10, 14, 1984, leap_month=True).began_on() == date(1984, 12, 6)
    assert YearlyDay(LUNAR, 10, 14, 1984).age(TODAY) == 42
    assert YearlyDay(LUNAR, 10, 14).age(TODAY) is None
