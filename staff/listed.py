"""Several words as one text, for the eyes of the reader."""

from collections.abc import Iterable

from django.utils.translation import get_language


def listed(words: Iterable[object]) -> str:
    """The words one after the other, with the comma of the language of the screen between them."""
    return (", " if (get_language() or "").startswith("en") else "、").join(map(str, words))
