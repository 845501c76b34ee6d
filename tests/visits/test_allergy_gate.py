"""The allergy gate: what is in an item against what the client does not bear, both ways."""

from decimal import Decimal

import pytest

from clients.models import Allergy
from visits.allergy_gate import conflicts
from visits.catalogue import Item


@pytest.mark.parametrize(
    ("ingredients", "substance", "conflict"),
    [
        ("果酸、酒精", "果酸", True),
        ("果酸", "果酸、酒精", True),
        ("低浓度果酸,水", "果酸", True),
        ("果酸", "果酸类产品", True),
        ("ALCOHOL denat.", "alcohol", True),
        ("ＡＨＡ", "aha", True),
        ("玻尿酸", "果酸", False),
        ("", "果酸", False),
        ("、,", "果酸", False),
    ],
)
def test_it_works(ingredients: str, substance: str, conflict: bool) -> None:
    item = Item("service", 5, "焕肤", Decimal(100), 60, ingredients, True)

    found = conflicts(item, [Allergy(pk=9, substance=substance)])

    assert bool(found) is conflict
    if found:
        assert (found[0].mark, found[0].substance) == ("service:5:9", substance)
