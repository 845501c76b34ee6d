"""Typed money, numbers and days: every way of writing them, and every wrong one (SECURITY §3)."""

from datetime import date
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from visits.amounts import read_day, read_money, read_percent, read_pieces


@pytest.mark.parametrize(
    ("typed", "yuan"),
    [
        ("100", "100"),
        ("１００", "100"),
        ("1,000", "1000"),
        ("１，０００．５", "1000.5"),
        ("¥ 88.80", "88.80"),
        ("￥88.8", "88.8"),
        ("88元", "88"),
        (" 0.01 ", "0.01"),
        ("99,999.99", "99999.99"),
        ("100.00", "100"),
        ("100.000", "100"),
    ],
)
def test_money_in_any_writing(typed: str, yuan: str) -> None:
    assert read_money(typed) == Decimal(yuan)


@pytest.mark.parametrize(
    "typed",
    ["-1", "0", "1e9", "NaN", "Infinity", "100.001", "100000", "", "abc", "1,00", "1 2", "0x10", "--1", "1.2.3", "\0",
     "9" * 400, "١٢٣", "½", "💰", "'; DROP TABLE"],
)  # fmt: skip
def test_wrong_money_is_refused_in_words(typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_money(typed)

    assert "0.01" in refused.value.messages[0]
    assert "99,999.99" in refused.value.messages[0]


@given(st.text(max_size=30))
def test_reading_never_fails_otherwise(typed: str) -> None:
    for read in (read_money, read_pieces, read_percent, read_day):
        try:
            read(typed)
        except ValidationError:
            pass


@pytest.mark.parametrize("typed", ["0", "-1", "1.5", "1000", "", "a", "1e2"])
def test_wrong_quantities(typed: str) -> None:
    with pytest.raises(ValidationError):
        read_pieces(typed)


def test_quantities_and_percents() -> None:
    assert (read_pieces("１２"), read_percent("５％"), read_percent("7.5")) == (12, Decimal(5), Decimal("7.5"))


@pytest.mark.parametrize("typed", ["0", "101", "-5", "5.555", ""])
def test_wrong_percents(typed: str) -> None:
    with pytest.raises(ValidationError):
        read_percent(typed)


@pytest.mark.parametrize(
    "typed", ["2026-11-22", "2026/11/22", "2026.11.22", "2026年11月22日", "20261122", "２０２６-11-22"]
)
def test_days_in_any_writing(typed: str) -> None:
    assert read_day(typed) == date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("11-21", date(2026, 11, 21)),
        ("11月22日", date(2026, 11, 22)),
        ("１１／２１", date(2026, 11, 21)),
        ("12.24", date(2025, 12, 24)),
    ],
)
def test_a_day_without_its_year_is_the_last_there_was(typed: str, day: date) -> None:
    assert read_day(typed, date(2026, 11, 22)) == day
    with pytest.raises(ValidationError):
        read_day(typed)
    for wrong in ("02-29", "13-1", "11-31"):
        with pytest.raises(ValidationError):
            read_day(wrong, date(2026, 11, 22))


@pytest.mark.parametrize("typed", ["1990-02-29", "yesterday", "22.11.2026", "2026-13-01", "", "0000-01-01"])
def test_wrong_days(typed: str) -> None:
    with pytest.raises(ValidationError):
        read_day(typed)
