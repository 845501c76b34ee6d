"""What this person may enter today: how much off by hand, and visits of which days."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from visits import amounts


@dataclass(frozen=True, slots=True)
class Limits:
    """What this person may do today: per cent off by hand, and the first day that may be entered (None: any)."""

    percent_by_hand: int
    first_day: date | None
    today: date

    @property
    def asks_manager(self) -> bool:
        """Whether somebody above this person may do more; above the manager only the settings are."""
        return self.first_day is not None


def read_visit_day(typed: str, limits: Limits) -> date:
    """The day that was typed, today when none was. Raises ValidationError for one that may not be entered."""
    if not typed:
        return limits.today
    day = amounts.read_day(typed, limits.today)
    if day > limits.today:
        raise ValidationError(_("The day of the visit cannot be later than today."))
    if limits.first_day and day < limits.first_day:
        days = (limits.today - limits.first_day).days
        raise ValidationError(
            ngettext(
                "The front desk may enter visits of the last %(days)s day. Ask the manager for earlier ones.",
                "The front desk may enter visits of the last %(days)s days. Ask the manager for earlier ones.",
                days,
            )
            % {"days": days}
        )
    if day.year < amounts.EARLIEST_YEAR:
        raise ValidationError(_("The year must be %(year)s or later.") % {"year": amounts.EARLIEST_YEAR})
    return day


def day_typed(typed: str, today: date) -> date:
    """The day that was typed, whether it may be entered or not; today when it cannot be read."""
    try:
        return amounts.read_day(typed, today) if typed else today
    except ValidationError:
        return today


def first_day(user_may_any: bool, backdate_days: int, today: date) -> date | None:
    """The first day that may be entered; None when any day may."""
    return None if user_may_any else today - timedelta(days=backdate_days)
