"""Whether something in an item is on a client's list of allergies. Rule source: DESIGN §4, allergy gate."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from clients.models import Allergy
from visits.catalogue import Item

_BETWEEN = re.compile(r"[,、;/\n]|\s{2,}")


@dataclass(frozen=True, slots=True)
class Conflict:
    """An item that contains what the client is allergic to."""

    item: Item
    allergy_id: int
    substance: str
    ingredient: str

    @property
    def mark(self) -> str:
        """What the form sends when this conflict is acknowledged. It names no substance: drafts are stored plain."""
        return f"{self.item.kind}:{self.item.id}:{self.allergy_id}"


def words(text: str) -> list[str]:
    """The substances in a list separated by commas or 、, folded so that they can be compared."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return [word for part in _BETWEEN.split(folded) if (word := part.strip())]


def conflicts(item: Item, allergies: Iterable[Allergy]) -> list[Conflict]:
    """One conflict for each allergy that an ingredient contains, or that contains an ingredient."""
    ingredients = words(item.ingredients)
    found = []
    for allergy in allergies:
        hit = next((i for i in ingredients for s in words(allergy.substance) if i in s or s in i), None)
        if hit:
            found.append(Conflict(item, allergy.pk, allergy.substance, hit))
    return found
