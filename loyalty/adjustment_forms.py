"""What is asked before points are added or taken by hand."""

import re
import uuid
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty.adjusting import MOST_BY_HAND
from staff.reasons import REASON_AT_MOST, ReasonField
from visits.amounts import plain

ADD, TAKE = "add", "take"
TYPED_AT_MOST = 40
_POINTS = re.compile(r"([+-]?)([0-9]{1,12})")


def read_points(text: str) -> int:
    """A whole number as typed, full-width too, with its sign; 1 to 1,000,000 either way. Raises ValidationError."""
    found = _POINTS.fullmatch(plain(text.replace("−", "-")))
    points = int(found[2]) if found else 0
    if found is None or not 0 < points <= MOST_BY_HAND:
        raise ValidationError(
            gettext("Enter a whole number, not 0, of at most %(most)s.") % {"most": f"{MOST_BY_HAND:,}"}
        )
    return -points if found[1] == "-" else points


class AdjustForm(forms.Form):
    """How many points, which way, and why. Its `key` makes sending it twice harmless."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    way = forms.ChoiceField(
        label=_("What happens"),
        choices=((ADD, pgettext_lazy("points", "add")), (TAKE, pgettext_lazy("points", "take away"))),
        initial=ADD,
        widget=forms.RadioSelect,
    )
    points = forms.CharField(
        label=_("How many points"),
        max_length=TYPED_AT_MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = ReasonField(
        label=_("Why"),
        max_length=REASON_AT_MOST,
        help_text=_(
            "Such as: visit not entered, made good after a complaint. The client may read it on the statement."
        ),
    )

    def clean_points(self) -> int:
        """Points as typed; a minus goes only with taking away."""
        points = read_points(self.cleaned_data["points"])
        if points < 0 and self.cleaned_data.get("way") == ADD:
            raise ValidationError(gettext("Choose “take away” instead of writing a minus."))
        return points

    def clean(self) -> dict[str, Any]:
        """Adds `signed`: what the balance moves by."""
        cleaned = super().clean() or {}
        if "points" in cleaned and "way" in cleaned:
            cleaned["signed"] = abs(cleaned["points"]) * (1 if cleaned["way"] == ADD else -1)
        return cleaned

    @staticmethod
    def new_key() -> uuid.UUID:
        """A key for an adjustment that has not been thought of before."""
        return uuid.uuid4()
