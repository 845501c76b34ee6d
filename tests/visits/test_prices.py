"""Discounts and figures as shopkeepers write them, in both languages."""

from decimal import Decimal

import pytest
from django.utils import translation

from visits.templatetags.prices import grouped, off, plain


@pytest.mark.parametrize(
    ("percent", "chinese", "english"),
    [
        (10, "9 折", "10% off"),
        (15, "8.5 折", "15% off"),
        (5, "9.5 折", "5% off"),
        (0, "—", "—"),
        (50, "5 折", "50% off"),
    ],
)
def test_a_discount_in_both_languages(percent: int, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert off(percent) == chinese
    with translation.override("en"):
        assert off(Decimal(percent)) == english


def test_figures() -> None:
    assert (plain(Decimal("1234.5")), grouped(2480)) == ("1,234.50", "2,480")
