"""Several words as one text, for the eyes of the reader."""

from collections.abc import Iterable

from staff.languages import is_english


def listed(words: Iterable[object]) -> str:
    """The words one after the other, with the comma of the language of the screen between them."""
    return (", " if is_english() else "、").join(map(str, words))
