"""The two calendars. The only module that asks lunar-python; its answers are kept by year.

Policies (DESIGN §4): a day 30 falls on day 29 of a month that has 29; a leap-month day falls in the ordinary month of
that number; 29 February falls, in common years, on the day that the salon has set.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from lunar_python import LunarYear, Solar

FIRST_YEAR, LAST_YEAR = 1899, 2100
DAYS = [
    "初一", "初二", "初三", "初四", "初五", "初六", "初七", "初八", "初九", "初十",
    "十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八", "十九", "二十",
    "廿一", "廿二", "廿三", "廿四", "廿五", "廿六", "廿七", "廿八", "廿九", "三十",
]  # fmt: skip
MONTHS = ["正月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "冬月", "腊月"]


class LunarDate(NamedTuple):
    year: int
    month: int
    day: int
    leap: bool = False


class Month(NamedTuple):
    """One lunar month: its number, whether it is the leap one, its first solar day and its length."""

    year: int
    month: int
    leap: bool
    first: date
    length: int


class Day(NamedTuple):
    """A day of the solar year as `year`, `month` and `day` of a calendar."""

    on: date
    year: int
    month: int
    day: int


@lru_cache(maxsize=256)
def months_of(year: int) -> tuple[Month, ...]:
    """The 12 or 13 months of a lunar year. Raises ValueError outside 1899–2100."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"No lunar calendar for {year}.")
    found = []
    for month in LunarYear.fromYear(year).getMonthsInYear():
        first = Solar.fromJulianDay(month.getFirstJulianDay())
        on = date(first.getYear(), first.getMonth(), first.getDay())
        found.append(Month(year, abs(month.getMonth()), month.getMonth() < 0, on, month.getDayCount()))
    return tuple(found)


def month_of(year: int, month: int, *, leap: bool = False) -> Month | None:
    return next((one for one in months_of(year) if (one.month, one.leap) == (month, leap)), None)


def lunar_date(on: date) -> LunarDate:
    """The lunar date of a solar day."""
    year = on.year if on >= months_of(on.year)[0].first else on.year - 1
    months = months_of(year)
    month = months[bisect_right([one.first for one in months], on) - 1]
    return LunarDate(year, month.month, (on - month.first).days + 1, month.leap)


def exists(year: int, month: int, day: int, *, leap: bool = False) -> bool:
    """Whether that lunar day was in the calendar of `year`."""
    found = month_of(year, month, leap=leap)
    return found is not None and 1 <= day <= found.length


def solar_day_of(year: int, month: int, day: int, *, leap: bool = False) -> date:
    """The solar day of an exact lunar date. Raises ValueError when the year has no such day."""
    found = month_of(year, month, leap=leap)
    if found is None or not 1 <= day <= found.length:
        raise ValueError(f"The lunar year {year} has no such day.")
    return found.first + timedelta(days=day - 1)


def kept_in(year: int, month: int, day: int) -> date:
    """The solar day on which a lunar month and day is kept in the lunar `year`."""
    found = month_of(year, month)
    if found is None:  # cannot be: every lunar year has its twelve ordinary months
        raise ValueError(f"The lunar year {year} has no month {month}.")
    return found.first + timedelta(days=min(day, found.length) - 1)


def lunar_days_between(first: date, last: date) -> list[Day]:
    """Every (lunar year, month, day) that is kept from `first` to `last`, both included.

    The 29th of a short month stands for its 30th as well; days of a leap month are kept by nobody.
    """
    return list(_lunar_days(first, last))


def _lunar_days(first: date, last: date) -> Iterator[Day]:
    on = first
    while on <= last:
        day = lunar_date(on)
        month = month_of(day.year, day.month, leap=day.leap)
        if not day.leap:
            yield Day(on, day.year, day.month, day.day)
            if month is not None and day.day == month.length == 29:
                yield Day(on, day.year, day.month, 30)
        on += timedelta(days=1)


def next_kept(month: int, day: int, today: date) -> date:
    """The next day, today included, on which a lunar month and day is kept."""
    year = lunar_date(today).year
    this_year = kept_in(year, month, day)
    return this_year if this_year >= today else kept_in(year + 1, month, day)


def day_in_words(month: int, day: int, *, leap: bool = False) -> str:
    """Such as 十月十四 or 闰六月初一."""
    return f"{'闰' if leap else ''}{MONTHS[month - 1]}{DAYS[day - 1]}"
