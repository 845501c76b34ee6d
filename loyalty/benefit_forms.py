"""What is asked when the use of a perk is taken back, and for which time the referrers are listed."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from loyalty.standing import window_start
from staff.reasons import REASON_AT_MOST, ReasonField


class TapForm(forms.Form):
    """One tap: its `key` makes sending it twice harmless."""

    key = forms.UUIDField()


class TakeBackForm(forms.Form):
    """Why the use of a perk is taken back."""

    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_("Such as: noted for the wrong client, tapped by mistake."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )


class PeriodForm(forms.Form):
    """The time in which the files of those who were brought were opened."""

    class Period(models.TextChoices):
        MONTH = "30d", _("last 30 days")
        QUARTER = "90d", _("last 90 days")
        YEAR = "12m", _("last 12 months")
        ALWAYS = "all", _("all the time")

    period = forms.ChoiceField(
        label=_("Brought in the"), choices=Period, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )

    def __init__(self, asked: Mapping[str, Any]) -> None:
        """Whatever `asked` says, a period is listed, and shown as chosen."""
        period = asked.get("period", "")
        self.chosen = self.Period(period) if period in self.Period.values else self.Period.YEAR
        super().__init__({"period": self.chosen.value})

    def since(self, today: date) -> date | None:
        """The first day of the period; None for all the time."""
        if self.chosen == self.Period.ALWAYS:
            return None
        if self.chosen == self.Period.YEAR:
            return window_start(today) + timedelta(days=1)
        return today - timedelta(days=int(self.chosen.removesuffix("d")) - 1)
