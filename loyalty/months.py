"""Calendar months, counted as people count them: 31 August less 6 months is the last day of February."""

from calendar import monthrange
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day `months` calendar months later (earlier when negative), or that month's last day.

    Agrees with Postgres' `day + interval 'n months'`. Ends at the first and last day that a date can hold.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year < date.min.year:
        return date.min
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def months_before(day: date, months: int) -> date:
    """The same day `months` calendar months earlier, or that month's last day."""
    return months_after(day, -months)
