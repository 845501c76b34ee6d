"""Ids as they come in addresses and forms: none that the database could choke on."""

import pytest

from staff.ids import read_id


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("007", 7), (str(2**63 - 1), 2**63 - 1)])
def test_it_works(text: str, number: int) -> None:
    assert read_id(text) == number


@pytest.mark.parametrize("text", ["", "0", "-1", "+1", " 1", "1_0", "1.0", "٣", "²", str(2**63), "9" * 5000, "abc"])
def test_what_no_row_can_have_is_none(text: str) -> None:
    assert read_id(text) is None
