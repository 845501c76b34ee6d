"""What is asked before a voucher is given by hand or withdrawn."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from loyalty.models import Voucher, VoucherKind
from staff.reasons import REASON_AT_MOST, ReasonField

BY_HAND = (
    (Voucher.Source.HAND, _("As a gift")),
    (Voucher.Source.COMPENSATION, _("To make something good")),
)


class KindField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The kinds in use, each with its terms."""

    def label_from_instance(self, obj: VoucherKind) -> str:
        """Name, terms and how long it holds."""
        lasts = (
            gettext("until the end of the month")
            if obj.days_valid is None
            else gettext("%(days)s days") % {"days": obj.days_valid}
        )
        parts = [obj.label, obj.terms, lasts]
        if obj.min_tier:
            parts.append(gettext("from %(tier)s on") % {"tier": obj.min_tier.label})
        return " · ".join(parts)


class GiveForm(forms.Form):
    """Which voucher, what for, and why. Its `key` makes sending it twice harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = KindField(
        queryset=VoucherKind.objects.none(),
        label=_("Voucher"),
        empty_label=_("Choose one"),
        error_messages={"invalid_choice": _("This kind of voucher is no longer in use.")},
    )
    source = forms.ChoiceField(
        label=_("What for"), choices=BY_HAND, initial=Voucher.Source.HAND, widget=forms.RadioSelect
    )
    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_("Such as: waited twenty minutes on Saturday. It is kept with your name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = VoucherKind.objects.filter(is_active=True).select_related("service", "min_tier")
        self.fields["kind"].queryset = kinds  # type: ignore[attr-defined]

    def renew_key(self) -> None:
        """Let what is sent next be another voucher, everything typed kept."""
        self.data = {**{name: self.data.get(name) for name in self.fields}, "key": str(self.new_key())}

    @staticmethod
    def new_key() -> uuid.UUID:
        """A key for a voucher that has not been thought of before."""
        return uuid.uuid4()


class WithdrawForm(forms.Form):
    """Why a voucher is withdrawn."""

    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_("Such as: given to the wrong client."),
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
    )
