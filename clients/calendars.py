"""Days that come again every year, in either calendar: when next, and in what words."""

import calendar as solar
from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, pgettext

from clients import lunar
from clients.lunar import Day
from clients.models import Calendar, FileRules


class YearlyDay(NamedTuple):
    """A month and day of a calendar, and the year it began in when that is known."""

    calendar: str
    month: int
    day: int
    year: int | None = None
    leap_month: bool = False

    def next(self, today: date, leap_day: str = FileRules.LeapDay.FEBRUARY_28) -> date:
        """The next day it is kept, `today` included. `leap_day` is `FileRules.leap_day`."""
        if self.calendar == Calendar.LUNAR:
            return lunar.next_kept(self.month, self.day, today)
        this_year = solar_day_kept(today.year, self.month, self.day, leap_day)
        return this_year if this_year >= today else solar_day_kept(today.year + 1, self.month, self.day, leap_day)

    def began_on(self) -> date | None:
        """The solar day it began on; None when the year is not known or had no such day."""
        if self.year is None:
            return None
        try:
            if self.calendar == Calendar.LUNAR:
                return lunar.solar_day_of(self.year, self.month, self.day, leap=self.leap_month)
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    def age(self, today: date) -> int | None:
        """Whole years since it began, by the solar calendar as the law counts them; None when the year is not known."""
        began = self.began_on()
        return None if began is None else years_between(began, today)

    def text(self, *, with_year: bool = False) -> str:
        """In its own calendar's words: 11 月 22 日, 农历十月十四."""
        if self.calendar == Calendar.LUNAR:
            words = lunar_text(self.month, self.day, leap=self.leap_month)
        else:
            words = solar_text(date(2000, self.month, self.day))
        if not (with_year and self.year):
            return words
        return gettext("%(day)s, %(year)s") % {"day": words, "year": self.year}


class Occurrence(NamedTuple):
    """The next time a yearly day is kept, said in both calendars."""

    on: date
    days_away: int
    solar_text: str
    lunar_text: str


def years_between(began: date, today: date) -> int:
    return today.year - began.year - ((today.month, today.day) < (began.month, began.day))


def solar_day_kept(year: int, month: int, day: int, leap_day: str) -> date:
    """The day of `year` on which a solar month and day is kept; 29 February moves in common years."""
    if (month, day) == (2, 29) and not solar.isleap(year):
        return date(year, 2, 28) if leap_day == FileRules.LeapDay.FEBRUARY_28 else date(year, 3, 1)
    return date(year, month, day)


def days_between(calendar: str, first: date, last: date, leap_day: str = FileRules.LeapDay.FEBRUARY_28) -> list[Day]:
    """Every (year, month, day) of `calendar` kept from `first` to `last`, for lookups over all clients at once.

    `year` is the year of that calendar: the lunar year for lunar days, which may not be the solar one.
    """
    if calendar == Calendar.LUNAR:
        return lunar.lunar_days_between(first, last)
    return list(_solar_days(first, last, leap_day))


def _solar_days(first: date, last: date, leap_day: str) -> Iterator[Day]:
    on = first
    while on <= last:
        yield Day(on, on.year, on.month, on.day)
        if not solar.isleap(on.year) and on == solar_day_kept(on.year, 2, 29, leap_day):
            yield Day(on, on.year, 2, 29)
        on += timedelta(days=1)


def occurrence(day: YearlyDay, today: date, leap_day: str = FileRules.LeapDay.FEBRUARY_28) -> Occurrence:
    """When `day` is kept next, with the texts of both calendars."""
    on = day.next(today, leap_day)
    moon = lunar.lunar_date(on)
    return Occurrence(on, (on - today).days, solar_text(on), lunar_text(moon.month, moon.day, leap=moon.leap))


def solar_text(on: date) -> str:
    return date_format(on, pgettext("day and month", "j F"))


def lunar_text(month: int, day: int, *, leap: bool = False) -> str:
    """农历十月十四; in English: lunar 10/14."""
    if (get_language() or "").startswith("zh"):
        return "农历" + lunar.day_in_words(month, day, leap=leap)
    numbers = f"{month}/{day}"
    return (
        gettext("lunar %(day)s (leap month)") % {"day": numbers}
        if leap
        else gettext("lunar %(day)s") % {"day": numbers}
    )
