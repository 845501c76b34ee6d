"""Names of people, clients and staff, as they write them: any script, no invisible characters."""

import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from staff.models import User
from staff.roles import ROLE_LABELS

LONGEST = 40
NAME_RULE = _("Enter the name (1–40 characters).")
TOO_LONG = _("This name is too long: at most 40 characters.")
LIKE_A_NUMBER = _("This looks like a number. Enter the name.")
ONLY_SIGNS = _("A name needs letters or characters, not only signs.")


def visible(text: str) -> str:
    """`text` without invisible characters (control, zero-width, right-to-left marks), and one space between words."""
    kept = (" " if character.isspace() else character for character in unicodedata.normalize("NFC", text))
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in {"Cc", "Cf", "Cs"}).split())


def clean_name(written: str) -> str:
    """The name to keep. Raises ValidationError for an empty one, one without letters, or more than 40 characters."""
    name = visible(written[: 20 * LONGEST])
    kinds = {unicodedata.category(one)[0] for one in name}
    if len(name) > LONGEST:
        raise ValidationError(TOO_LONG, code="name")
    if not name:
        raise ValidationError(NAME_RULE, code="name")
    if "L" not in kinds:
        raise ValidationError(LIKE_A_NUMBER if "N" in kinds else ONLY_SIGNS, code="name")
    return name


class NameField(forms.CharField):
    """A person's name, any script, without invisible characters."""

    default_error_messages = {"required": NAME_RULE}

    def clean(self, value: Any) -> str:
        return clean_name(super().clean(value))


def passes_for_another(name: str, user: User) -> bool:
    """Whether the trail would seem to speak of somebody else: a colleague's name, or one with a role not held."""
    asked = _bare(name)
    others = User.objects.exclude(pk=user.pk).values_list("display_name", flat=True)
    if asked in map(_bare, others):
        return True
    for language, _label in settings.LANGUAGES:
        with translation.override(language):
            if any(_bare(str(label)) in asked for role, label in ROLE_LABELS.items() if role not in user.roles):
                return True
    return False


def _bare(name: str) -> str:
    """As names are compared: without capitals and spaces, and full-width letters like the others."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
