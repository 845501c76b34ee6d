"""A birthday in one line of text."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from clients import birthdays
from clients.calendars import YearlyDay
from clients.models import Calendar
from tests.clients.cast import TODAY

SOLAR, LUNAR = Calendar.SOLAR, Calendar.LUNAR
UNREADABLE = "This cannot be read as a day."


@pytest.mark.parametrize(
    "written",
    ["1990-02-28", "1990/2/28", "1990年2月28日", "19900228", "1990.2.28", "１９９０－０２－２８", "公历1990-2-28"],
)
def test_it_works(written: str) -> None:
    assert birthdays.read(written, SOLAR, TODAY) == YearlyDay(SOLAR, 2, 28, 1990)


@pytest.mark.parametrize(
    ("written", "calendar", "read"),
    [
        ("2-28", SOLAR, YearlyDay(SOLAR, 2, 28)),
        ("2月28日", SOLAR, YearlyDay(SOLAR, 2, 28)),
        ("0228", SOLAR, YearlyDay(SOLAR, 2, 28)),
        ("2-29", SOLAR, YearlyDay(SOLAR, 2, 29)),
        ("10-14", LUNAR, YearlyDay(LUNAR, 10, 14)),
        ("腊月三十", SOLAR, YearlyDay(LUNAR, 12, 30)),
        ("农历十月十四", SOLAR, YearlyDay(LUNAR, 10, 14)),
        ("农历10-14", SOLAR, YearlyDay(LUNAR, 10, 14)),
        ("lunar 10-14", SOLAR, YearlyDay(LUNAR, 10, 14)),
        ("正月初一", SOLAR, YearlyDay(LUNAR, 1, 1)),
        ("1985年冬月廿一", SOLAR, YearlyDay(LUNAR, 11, 21, 1985)),
        ("1984年十月十四", SOLAR, YearlyDay(LUNAR, 10, 14, 1984)),
        ("闰六月初一", SOLAR, YearlyDay(LUNAR, 6, 1, None, True)),
        ("2025年闰六月初一", SOLAR, YearlyDay(LUNAR, 6, 1, 2025, True)),
        ("", SOLAR, None),
    ],
)
def test_either_calendar_with_or_without_year(written: str, calendar: str, read: YearlyDay | None) -> None:
    assert birthdays.read(written, calendar, TODAY) == read


@pytest.mark.parametrize(
    ("written", "calendar", "told"),
    [
        ("1990-02-29", SOLAR, "There was no 2/29 in 1990."),
        ("2-30", SOLAR, "2/30 is no day of the calendar."),
        ("2999-01-01", SOLAR, "A birthday cannot lie in the future."),
        ("2026-11-23", SOLAR, "A birthday cannot lie in the future."),
        ("0001-01-01", SOLAR, "The year must be 1900 or later."),
        ("2024-12-30", LUNAR, "The lunar year 2024 had no lunar 12/30."),
        ("2026年闰六月初一", LUNAR, "The lunar year 2026 had no lunar 6/1 (leap month)."),
        ("10-31", LUNAR, "A lunar month has at most 30 days."),
        ("abc", SOLAR, UNREADABLE),
        ("13-01", SOLAR, "13/1 is no day of the calendar."),
        ("9" * 5_000_000, SOLAR, UNREADABLE),
    ],
)
def test_what_is_wrong_is_said(written: str, calendar: str, told: str) -> None:
    with pytest.raises(ValidationError) as refused:
        birthdays.read(written, calendar, TODAY)
    assert refused.value.messages == [told]


@pytest.mark.parametrize(("born", "asked"), [(date(2012, 11, 22), False), (date(2012, 11, 23), True)])
def test_under_14_a_guardian_is_asked(born: date, asked: bool) -> None:
    assert birthdays.needs_guardian(YearlyDay(SOLAR, born.month, born.day, born.year), TODAY) is asked


def test_rare_days_come_with_a_note() -> None:
    assert birthdays.notes(YearlyDay(SOLAR, 2, 28), TODAY) == []
    assert len(birthdays.notes(YearlyDay(LUNAR, 12, 30), date(2025, 6, 1))) == 1
    assert len(birthdays.notes(YearlyDay(LUNAR, 6, 1, None, True), TODAY)) == 1


@given(st.text(alphabet="0123456789-/.年月日农历闰正一二三十初廿腊 abc", max_size=20), st.sampled_from(Calendar.values))
def test_any_text_is_read_or_refused_and_reads_the_same_again(written: str, calendar: str) -> None:
    try:
        read = birthdays.read(written, calendar, TODAY)
    except ValidationError:
        return
    if read is not None:
        assert birthdays.read(birthdays.as_written(read), read.calendar, TODAY) == read
