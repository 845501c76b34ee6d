"""Addresses of pages. They are the same for as long as the program runs, so each is worked out once."""

from functools import lru_cache

from django.urls import reverse

# Stands for the id while an address is worked out. No row has it.
NUMBER = 9_000_000_000_000_000_009


def address(name: str, *numbers: int) -> str:
    """The address of the page `name`, as `reverse` gives it; where it is about rows, of those with these ids.

    Raises NoReverseMatch when there is no such page.
    """
    first, *pieces = _pieces(name, len(numbers))
    return first + "".join(f"{number}{piece}" for number, piece in zip(numbers, pieces, strict=True))


@lru_cache(maxsize=512)
def _pieces(name: str, numbers: int) -> list[str]:
    """What stands before, between and behind the ids."""
    return reverse(name, args=[NUMBER] * numbers).split(str(NUMBER))
