"""Reading a birthday from one line of text, in either calendar and in the ways people write it."""

import re
import unicodedata
from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from clients import lunar
from clients.calendars import YearlyDay, lunar_text
from clients.models import Calendar

FIRST_YEAR = 1900
GUARDIAN_AGE = 14
LONGEST_WRITING = 40

UNREADABLE = _("This cannot be read as a day.")
HOW_TO = _("Write the birthday as 1990-02-28, 2-28, or 农历十月十四.")
WITH_YEAR = re.compile(r"([0-9]{4})[-/.年 ]+([0-9]{1,2})[-/.月 ]+([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")
WITHOUT_YEAR = re.compile(r"([0-9]{1,2})[-/.月 ]+([0-9]{1,2})[日号]?|([0-9]{2})([0-9]{2})")
MOON_MARKS = re.compile(r"(农历|阴历|旧历|lunar)\s*", re.IGNORECASE)
SUN_MARKS = re.compile(r"(公历|阳历|新历|solar)\s*", re.IGNORECASE)
MOON_WORDS = re.compile(
    r"(?:([0-9]{4})年?)?(闰?)([正一二三四五六七八九十冬腊]{1,2})月(初?[一二三四五六七八九十廿卅]{1,3}|[0-9]{1,2})日?"
)
MONTH_WORDS = {word.removesuffix("月"): number for number, word in enumerate(lunar.MONTHS, 1)} | {
    "一": 1,
    "十一": 11,
    "十二": 12,
}
DAY_WORDS = {word: number for number, word in enumerate(lunar.DAYS, 1)} | {
    "二十一": 21, "二十二": 22, "二十三": 23, "二十四": 24, "二十五": 25, "二十六": 26, "二十七": 27,
    "二十八": 28, "二十九": 29, "一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    "十": 10, "卅": 30,
}  # fmt: skip


def read(written: str, calendar: str, today: date) -> YearlyDay | None:
    """The birthday meant by `written`; None for an empty text. Words such as 农历 win over `calendar`.

    Raises ValidationError saying what is wrong with it, in the words of the salon's rules.
    """
    text = unicodedata.normalize("NFKC", written[: LONGEST_WRITING + 1]).strip()
    if not text:
        return None
    if len(text) > LONGEST_WRITING:
        raise ValidationError(UNREADABLE, code="birthday")
    birthday = _recognised(text, calendar)
    if birthday is None:
        raise ValidationError(UNREADABLE, code="birthday")
    _check(birthday, today)
    return birthday


def read_or_none(written: str, calendar: str, today: date) -> YearlyDay | None:
    """As `read`, but None for what is no birthday yet: somebody is still typing."""
    try:
        return read(written, calendar if calendar in Calendar.values else Calendar.SOLAR, today)
    except ValidationError:
        return None


def _recognised(text: str, calendar: str) -> YearlyDay | None:
    moon = bool(MOON_MARKS.search(text))
    if moon:
        text, calendar = MOON_MARKS.sub("", text), Calendar.LUNAR
    elif SUN_MARKS.search(text):
        text, calendar = SUN_MARKS.sub("", text), Calendar.SOLAR
    leap = text.startswith("闰") or "闰" in text
    if words := MOON_WORDS.fullmatch(text.replace(" ", "")):
        return _in_moon_words(words)
    numbers = text.replace("闰", "")
    if leap:
        calendar = Calendar.LUNAR
    if found := WITH_YEAR.fullmatch(numbers):
        year, month, day = (int(part) for part in found.groups() if part)
        return YearlyDay(calendar, month, day, year, leap)
    if found := WITHOUT_YEAR.fullmatch(numbers):
        month, day = (int(part) for part in found.groups() if part)
        return YearlyDay(calendar, month, day, None, leap)
    return None


def _in_moon_words(words: re.Match[str]) -> YearlyDay | None:
    year, leap, month_word, day_word = words.groups()
    month = MONTH_WORDS.get(month_word)
    day = int(day_word) if day_word.isdigit() else DAY_WORDS.get(day_word)
    if month is None or day is None:
        return None
    return YearlyDay(Calendar.LUNAR, month, day, int(year) if year else None, bool(leap))


def _check(birthday: YearlyDay, today: date) -> None:
    year, month, day = birthday.year, birthday.month, birthday.day
    if year is not None and year < FIRST_YEAR:
        raise ValidationError(_("The year must be %(year)s or later."), code="early", params={"year": FIRST_YEAR})
    if year is not None and year > today.year:
        raise ValidationError(_("A birthday cannot lie in the future."), code="future")
    if not 1 <= month <= 12 or day < 1:
        raise _no_such_day(month, day)
    if birthday.calendar == Calendar.LUNAR:
        _check_lunar(birthday)
    elif not _is_solar_day(year or 2000, month, day):  # 2000 had every day there is
        if year is None:
            raise _no_such_day(month, day)
        raise ValidationError(
            _("There was no %(month)s/%(day)s in %(year)s."),
            code="no_day",
            params={"year": year, "month": month, "day": day},
        )
    began = birthday.began_on()
    if began is not None and began > today:
        raise ValidationError(_("A birthday cannot lie in the future."), code="future")


def _no_such_day(month: int, day: int) -> ValidationError:
    words = {"month": month, "day": day}
    return ValidationError(_("%(month)s/%(day)s is no day of the calendar."), code="no_day", params=words)


def _check_lunar(birthday: YearlyDay) -> None:
    year, month, day = birthday.year, birthday.month, birthday.day
    if day > 30:
        raise ValidationError(_("A lunar month has at most 30 days."), code="no_day")
    if year is not None and not lunar.exists(year, month, day, leap=birthday.leap_month):
        raise ValidationError(
            _("The lunar year %(year)s had no %(day)s."),
            code="no_day",
            params={"year": year, "day": lunar_text(month, day, leap=birthday.leap_month)},
        )


def _is_solar_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def needs_guardian(birthday: YearlyDay, today: date) -> bool:
    """Whether this person is surely under 14, so that the law asks for a guardian's consent."""
    age = birthday.age(today)
    return age is not None and age < GUARDIAN_AGE


def notes(birthday: YearlyDay, today: date) -> list[str]:
    """What the salon should know about how a rare birthday will be kept; mostly nothing."""
    told = []
    if birthday.calendar == Calendar.LUNAR and birthday.day == 30:
        year = lunar.lunar_date(today).year
        month = lunar.month_of(year, birthday.month)
        if month is not None and month.length == 29:
            told.append(
                gettext("This year's %(month)s has no day 30: the reminder comes on day 29.")
                % {"month": lunar_month_text(birthday.month)}
            )
    if birthday.leap_month:
        told.append(
            gettext("In years without this leap month the reminder goes by the ordinary %(month)s.")
            % {"month": lunar_month_text(birthday.month)}
        )
    return told


def lunar_month_text(month: int) -> str:
    """腊月; in English: lunar month 12."""
    if (get_language() or "").startswith("zh"):
        return lunar.MONTHS[month - 1]
    return gettext("lunar month %(number)s") % {"number": month}


def days_away_text(days: int) -> str:
    """Today, tomorrow, or in so many days."""
    if days == 0:
        return gettext("today")
    if days == 1:
        return gettext("tomorrow")
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def as_written(birthday: YearlyDay) -> str:
    """What to put into the text box so that `read` gives the same birthday again."""
    leap = "闰" if birthday.leap_month else ""
    year = f"{birthday.year:04}-" if birthday.year else ""
    return f"{leap}{year}{birthday.month:02}-{birthday.day:02}"
