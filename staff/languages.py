"""The language of the screen, where a text of the salon's own has an English one beside it."""

from django.utils.translation import get_language


def is_english() -> bool:
    """Whether the screen is English now."""
    return (get_language() or "").startswith("en")


def in_language(text: str, text_en: str) -> str:
    """`text`, or on an English screen `text_en` where there is one."""
    return (text_en if is_english() else "") or text
