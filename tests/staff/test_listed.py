"""Several words as one text."""

import pytest
from django.utils import translation

from staff.listed import listed


@pytest.mark.parametrize(
    ("language", "words", "text"),
    [
        ("zh-hans", ("果酸", "酒精"), "果酸、酒精"),
        ("en", ("果酸", "酒精"), "果酸, 酒精"),
        ("en", (), ""),
        ("zh-hans", (7,), "7"),
    ],
)
def test_the_comma_is_of_the_language_of_the_screen(language: str, words: tuple[object, ...], text: str) -> None:
    with translation.override(language):
        assert listed(words) == text


def test_without_a_language_it_is_the_house_s() -> None:
    with translation.override(None):
        assert listed(("果酸", "酒精")) == "果酸、酒精"
