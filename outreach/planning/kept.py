"""Which months and days of either calendar are kept on which days: handed to a statement, it finds them at once."""

from datetime import date
from typing import Any

from clients.calendars import days_between
from clients.models import Calendar, FileRules

# Two birthdays of one client lie at least 353 days apart. Whose birthday was corrected is not greeted again so soon.
APART = 180

KEPT = """
    unnest(%(calendars)s::text[], %(dates)s::date[], %(years)s::int[], %(months)s::int[], %(days)s::int[])
        AS kept (calendar, on_day, year, month, day)
"""


def kept_days(*spans: tuple[date, date]) -> dict[str, Any]:
    """Every month and day of either calendar that is kept in these spans, both ends included: the columns of KEPT."""
    leap_day = FileRules.load().leap_day if spans else ""
    found = [
        (calendar, day)
        for calendar in Calendar.values
        for first, last in spans
        for day in days_between(calendar, first, last, leap_day)
    ]
    return {
        "calendars": [calendar for calendar, _day in found],
        "dates": [day.on for _calendar, day in found],
        "years": [day.year for _calendar, day in found],
        "months": [day.month for _calendar, day in found],
        "days": [day.day for _calendar, day in found],
    }
