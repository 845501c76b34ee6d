"""Names as people write them: any script, no invisible characters."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

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
