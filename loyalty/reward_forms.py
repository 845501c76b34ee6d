"""What is asked before points are given for a reward, and before that is taken back."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from loyalty.models import Reward
from loyalty.proving import WORDS_AT_MOST
from staff.reasons import REASON_AT_MOST, ReasonField


class RedeemForm(forms.Form):
    """How the client was known. Its `key` makes sending it twice harmless; `shown` are the points on the screen."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    reward = forms.ModelChoiceField(Reward.objects.all(), widget=forms.HiddenInput)
    shown = forms.IntegerField(widget=forms.HiddenInput)
    proof = forms.CharField()

    def __init__(self, *args: Any, digits: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["proof"] = self._digits() if digits else self._words()

    @property
    def is_garbled(self) -> bool:
        """Whether something is wrong that nobody typed."""
        return bool({"key", "reward", "shown"} & self.errors.keys())

    def at_points(self, now: int) -> None:
        """Show other points than were on the screen, everything typed kept."""
        self.data = {**{name: self.data.get(name) for name in self.fields}, "shown": str(now)}

    @staticmethod
    def first(reward: Reward) -> dict[str, Any]:
        """What stands in the form of this reward when it is opened."""
        return {"key": uuid.uuid4(), "reward": reward.pk, "shown": reward.points}

    @staticmethod
    def _digits() -> forms.CharField:
        attrs = {"inputmode": "numeric", "autocomplete": "off", "autofocus": True, "maxlength": 20}
        return forms.CharField(
            label=_("Last four digits of the phone"),
            max_length=WORDS_AT_MOST,
            help_text=_("Ask the client for them."),
            widget=forms.TextInput(attrs=attrs),
        )

    @staticmethod
    def _words() -> forms.CharField:
        return ReasonField(
            label=_("How was the client known?"),
            max_length=WORDS_AT_MOST,
            help_text=_("There is no phone on file. Such as: regular client, served by Lin for years."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
            error_messages={"required": _("Please say how the client was known.")},
        )


class CancelForm(forms.Form):
    """Why a redemption is taken back."""

    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_("Such as: the wrong reward, the client changed her mind."),
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
