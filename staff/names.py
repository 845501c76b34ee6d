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


def visible(text: str) -> str:
    """`text` without invisible characters (control, zero-width, right-to-left marks), and one space between words."""
    kept = (" " if character.isspace() else character for character in unicodedata.normalize("NFC", text))
    return " ".join("".join(one for one in kept if unicodedata.category(one) not in {"Cc", "Cf", "Cs"}).split())


def clean_name(written: str) -> str:
    """The name to keep. Raises ValidationError when nothing readable, or more than 40 characters, is left."""
    name = visible(written[: 20 * LONGEST])
    if not any(unicodedata.category(one)[0] in "LN" for one in name) or len(name) > LONGEST:
        raise ValidationError(NAME_RULE, code="name")
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
