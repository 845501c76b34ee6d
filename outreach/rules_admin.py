"""The rules of contacts in the admin panel."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outreach.models import OutreachRules
from staff.admin_rights import OneRow
from staff.roles import Can

# The least and the most that makes sense: a slip such as 1000 days would plan contacts for years back.
BOUNDS = {
    "follow_up_days": (1, 60),
    "follow_up_shown_days": (0, 60),
    "follow_up_late_days": (0, 90),
    "birthday_late_days": (0, 30),
    "gift_days": (0, 60),
    "dormant_first": (1, 60),
    "dormant_second": (2, 60),
    "dormant_third": (3, 60),
    "lapsing_days": (1, 90),
    "tries": (1, 10),
    "pause_days": (0, 90),
}


class OutreachRulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """The figures, each within what makes sense and in order with the others."""

    class Meta:
        model = OutreachRules
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name, (least, most) in BOUNDS.items():
            value = cleaned.get(name)
            if value is not None and not least <= value <= most:
                params = {"least": least, "most": most}
                self.add_error(name, ValidationError(_("Between %(least)s and %(most)s."), params=params))
        self._in_order("follow_up_shown_days", "follow_up_days", _("Shown on the day it is due at the latest."))
        self._in_order("dormant_first", "dormant_second", _("Each reminder later than the one before."), strictly=True)
        self._in_order("dormant_second", "dormant_third", _("Each reminder later than the one before."), strictly=True)
        self._in_order("send_from", "send_until", _("The beginning is before the end."), strictly=True)
        return cleaned

    def _in_order(self, first: str, then: str, message: Any, *, strictly: bool = False) -> None:
        one: int | time | None = self.cleaned_data.get(first)
        other: Any = self.cleaned_data.get(then)
        if one is None or other is None:
            return
        if one > other or (strictly and one == other):
            self.add_error(first if first == "follow_up_shown_days" else then, message)


@admin.register(OutreachRules)
class OutreachRulesAdmin(OneRow):
    form = OutreachRulesForm
    right = Can.MANAGE_CATALOGUE
    fieldsets = (
        (_("Follow-up calls"), {"fields": ("follow_up_days", "follow_up_shown_days", "follow_up_late_days", "tries")}),
        (_("Birthdays and memorable days"), {"fields": ("birthday_late_days", "gift_days", "gift_from_tier")}),
        (_("Win back"), {"fields": ("dormant_first", "dormant_second", "dormant_third")}),
        (_("Points and vouchers"), {"fields": ("lapsing_days",)}),
        (_("Restraint"), {"fields": ("pause_days", "send_from", "send_until")}),
    )
