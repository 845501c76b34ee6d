"""Phones in any way of writing."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from clients import phones


@pytest.mark.parametrize(
    "written",
    [
        "13800138000",
        "138 0013 8000",
        "１３８００１３８０００",
        "+86-138-0013-8000",
        "(+86) 138 0013 8000",
        "86 13800138000",
        "0086 138 0013 8000",
        "013800138000",
        "13800138000.0",
        "1.3800138E+10",
        "1.3800138000E+10",
        " 13800138000\n",
        "138‑0013‑8000",
        "138.0013.8000",
    ],
)
def test_it_works(written: str) -> None:
    assert phones.normalise(written) == "+8613800138000"


@pytest.mark.parametrize(
    ("written", "kept", "shown"),
    [
        ("+852 9123 4567", "+85291234567", "+852 9123 4567"),
        ("85291234567", "+85291234567", "+852 9123 4567"),
        ("+853 6612 3456", "+85366123456", "+853 6612 3456"),
        ("0912-345-678", "+886912345678", "+886 912 345 678"),
        ("+886 912 345 678", "+886912345678", "+886 912 345 678"),
        ("13800138000", "+8613800138000", "138 0013 8000"),
    ],
)
def test_each_region_is_kept_and_shown_in_its_own_way(written: str, kept: str, shown: str) -> None:
    assert phones.normalise(written) == kept
    assert phones.display(kept) == shown


@pytest.mark.parametrize(
    "written", ["1380013800", "23800138000", "abc", "138001380001", "12800138000", "9" * 5_000_000]
)
def test_what_is_no_mobile_number_is_refused_with_the_rule(written: str) -> None:
    with pytest.raises(ValidationError) as refused:
        phones.normalise(written)
    assert refused.value.messages == ["A mobile number has 11 digits and starts with 13–19."]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("010-12345678", "landline"),
        ("0571 8888 6666", "landline"),
        ("+86 21 6234 5678", "landline"),
        ("400-820-8820", "landline"),
        ("+999 1234 5678", "No country has this code"),
        ("+852 1234 5678", "no such number in the country"),
        ("13800138001（先生）", "text beside it: 先生"),
        ("+852 9123 4567 微信", "text beside it: 微信"),
        ("13800138001 转 2", "text beside it: 转"),
        ("王12345", "11 digits"),
    ],
)
def test_the_reason_of_a_refusal_is_said(written: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        phones.normalise(written)


@pytest.mark.parametrize("written", ["1.38E+10", "1.38001E+10", "1.38e10"])
def test_digits_that_a_spreadsheet_cut_off_are_not_made_up(written: str) -> None:
    with pytest.raises(ValidationError) as refused:
        phones.normalise(written)
    assert refused.value.code == "phone_cut"


def test_eight_digits_need_their_country() -> None:
    with pytest.raises(ValidationError, match="852"):
        phones.normalise("91234567")


def test_nothing_is_nothing() -> None:
    assert phones.normalise("  ") == ""
    assert phones.display("") == ""


@given(st.text(max_size=60))
def test_any_text_is_a_number_or_refused(written: str) -> None:
    try:
        number = phones.normalise(written)
    except ValidationError:
        return
    assert number == "" or phones.normalise(number) == number
