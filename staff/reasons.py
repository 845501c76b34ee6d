"""Reasons that are asked for: something must stand there that a reader can see."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

REASON_AT_MOST = 200  # characters: what the columns that keep reasons hold

# Letters and signs that show nothing although their category does not say so: Hangul fillers and the empty Braille.
_BLANK = frozenset("\u115f\u1160\u3164\uffa0\u2800")


def reason_in(text: str) -> str:
    """`text` on one line without invisible characters; "" when nothing readable is left."""
    kept = (" " if one.isspace() else one for one in text if one not in _BLANK)
    told = " ".join("".join(one for one in kept if unicodedata.category(one) not in {"Cc", "Cf", "Cs"}).split())
    return told if any(unicodedata.category(one)[0] in "LNS" for one in told) else ""


def wrong_with(reason: str) -> str:
    """Why a reason, as `reason_in` gives it, will not do, in words; "" when it will."""
    if not reason:
        return gettext("Please say why.")
    if len(reason) > REASON_AT_MOST:
        return gettext("Too long: at most %(most)s characters.") % {"most": REASON_AT_MOST}
    return ""


class ReasonField(forms.CharField):
    """A required reason; comes out as `reason_in` gives it."""

    def clean(self, value: Any) -> str:
        told = reason_in(super().clean(value))
        if not told:
            raise ValidationError(_("Please say why."), code="required")
        return told
