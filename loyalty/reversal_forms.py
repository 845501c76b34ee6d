"""What is asked before a visit is taken back or a tier is set by hand."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from loyalty.models import Tier
from loyalty.refunds import Refundable
from staff.reasons import REASON_AT_MOST, ReasonField
from visits.amounts import read_day, read_money
from visits.models import Payment

TYPED_AT_MOST = 40
AUTOFOCUS = {"autofocus": True}


class VoidForm(forms.Form):
    """Why a visit is void."""

    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_("Such as: entered for the wrong client, entered twice."),
        widget=forms.TextInput(attrs=AUTOFOCUS),
    )


class RefundForm(forms.Form):
    """How much of each line goes back, how, and why. Its `key` makes sending it twice harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    method = forms.ChoiceField(
        label=_("Money goes back by"), choices=lambda: [(one.value, capfirst(one.label)) for one in Payment.Method]
    )
    reason = ReasonField(
        label=_("Why"), max_length=REASON_AT_MOST, help_text=_("Such as: product returned, not satisfied.")
    )
    # Without lines, as in what was taken over from another system, only the whole can go back.
    whole = forms.BooleanField(label=_("Everything that is left"), required=False)

    def __init__(self, *args: Any, lines: list[Refundable], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for found in lines:
            self.fields[self.name_of(found)] = forms.CharField(
                label=found.line.name,
                required=False,
                max_length=TYPED_AT_MOST,
                disabled=not found.rest,
                widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            )

    @staticmethod
    def name_of(found: Refundable) -> str:
        """The name of the field for a line, such as `line-7`: the one that a refusal names."""
        return f"line-{found.line.pk}"

    def rows(self) -> list[tuple[Refundable, forms.BoundField]]:
        """Each line with its field, for the table."""
        return [(found, self[self.name_of(found)]) for found in self.lines]

    def chosen(self) -> list[tuple[str, Decimal]]:
        """What goes back of which line, as it was read; empty for the whole."""
        amounts = self.cleaned_data.get("amounts") or {}
        return [(found.line.name, amounts[found.line.pk]) for found in self.lines if found.line.pk in amounts]

    def clean(self) -> dict[str, Any]:
        """Adds `amounts`: yuan by the id of the line, or None for everything."""
        cleaned = super().clean() or {}
        amounts = self._amounts(cleaned)
        if cleaned.get("whole"):
            for found in self.lines:
                if found.line.pk in amounts:
                    self.add_error(self.name_of(found), _("Either an amount here, or everything that is left."))
        cleaned["amounts"] = None if cleaned.get("whole") else amounts
        if cleaned["amounts"] == {} and not self.errors:
            raise ValidationError(_("There is nothing to give back. Enter an amount beside a line."))
        return cleaned

    def _amounts(self, cleaned: dict[str, Any]) -> dict[int, Decimal]:
        amounts = {}
        for found in self.lines:
            name = self.name_of(found)
            if not cleaned.get(name):
                continue
            try:
                amounts[found.line.pk] = read_money(cleaned[name])
            except ValidationError as refused:
                self.add_error(name, refused)
        return amounts

    @staticmethod
    def new_key() -> uuid.UUID:
        """A key for a refund that has not been thought of before."""
        return uuid.uuid4()


class TierForm(forms.Form):
    """A tier, the day until which it holds, and why."""

    tier = forms.ModelChoiceField(label=_("Tier"), queryset=Tier.objects.order_by("position"), empty_label=None)
    until = forms.CharField(
        label=_("Until"),
        max_length=TYPED_AT_MOST,
        help_text=_("This day included. Then the spend and visits of that day decide."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = ReasonField(
        label=_("Why"), max_length=REASON_AT_MOST, help_text=_("Such as: made good after a complaint.")
    )

    def clean_until(self) -> date:
        return read_day(self.cleaned_data["until"])
