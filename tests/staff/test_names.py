"""Names in any script."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from staff.names import clean_name


@pytest.mark.parametrize(
    "name",
    ["王丽华", "阿卜杜拉·买买提", "𠮷田花", "Lucy Chen", "O'Brien", "<script>alert(1)</script>", "小鱼🐟", "王" * 40],
)
def test_it_works(name: str) -> None:
    assert clean_name(f" {name}  ") == name


@pytest.mark.parametrize("name", ["", "   ", "\u200b\u200d\ufeff", "\u202e", "🐟", "!?", "王" * 41, "王" * 5_000_000])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(ValidationError):
        clean_name(name)


def test_invisible_characters_are_left_out() -> None:
    assert clean_name("王\u200b丽\u202e华\x00") == "王丽华"
    assert clean_name("Lucy \t  Chen") == "Lucy Chen"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("13900139000", "looks like a number"),
        ("１２３４５", "looks like a number"),
        ("138-0013-8000", "looks like a number"),
        ("😀", "not only signs"),
        ("王" * 60, "too long"),
        ("\u200b", "Enter the name"),
    ],
)
def test_what_is_wrong_with_a_name_is_said(name: str, words: str) -> None:
    with translation.override("en"), pytest.raises(ValidationError, match=words):
        clean_name(name)
