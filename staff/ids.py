"""Ids as they come in addresses and forms: whatever stands there, the database can be asked with what is returned."""

LARGEST_ID = 2**63 - 1


def read_id(text: str) -> int | None:
    """The id written in `text`; None when it is none that a row can have."""
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
    return number if 0 < number <= LARGEST_ID else None
