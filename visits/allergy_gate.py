"""Whether something in an item is on a client's list of allergies. Rule source: DESIGN §4, allergy gate."""

from collections.abc import Iterable
from dataclasses import dataclass

from clients.models import Allergy
from staff.encryption import Unreadable
from visits.catalogue import PRODUCTS, SERVICES, Item
from visits.substances import Synonyms, folded, written


@dataclass(frozen=True, slots=True)
class Conflict:
    """An item that contains what the client is allergic to: what met of the file and of the item, as written there."""

    item: Item
    allergy_id: int
    substance: str
    ingredient: str

    @property
    def mark(self) -> str:
        """What the form sends when this conflict is acknowledged. It names no substance: drafts are stored plain."""
        return f"{self.item.kind}:{self.item.id}:{self.allergy_id}"


def conflicts(item: Item, allergies: Iterable[Allergy], synonyms: Synonyms) -> list[Conflict]:
    """One conflict for each allergy that an ingredient meets.

    An allergy that cannot be read may be to anything, so it is asked about with every ingredient list.
    """
    ingredients = written(item.ingredients)
    found = []
    for allergy in allergies:
        if isinstance(allergy.substance, Unreadable):
            met = [(str(allergy.substance), one) for one in ingredients[:1]]
        else:
            met = _met(allergy.substance, ingredients, synonyms)
        if met:
            substances, contained = ("、".join(dict.fromkeys(names)) for names in zip(*met, strict=True))
            found.append(Conflict(item, allergy.pk, substances, contained))
    return found


def unnamed(allergies: Iterable[Allergy]) -> list[str]:
    """What is on these lists and in nothing on sale by any name: the checkout will not ask about it. Two queries."""
    listed = [word for one in allergies if not isinstance(one.substance, Unreadable) for word in written(one.substance)]
    if not listed:
        return []
    shelves = (shelf.filter(is_active=True).exclude(ingredients="") for shelf in (SERVICES, PRODUCTS))
    services, products = (shelf.values_list("ingredients", flat=True) for shelf in shelves)
    contained = list(dict.fromkeys(word for text in services.union(products) for word in written(text)))
    synonyms = Synonyms.kept()
    return [word for word in dict.fromkeys(listed) if not _met(word, contained, synonyms)]


def _met(substances: str, ingredients: list[str], synonyms: Synonyms) -> list[tuple[str, str]]:
    """Each part of an allergy with each ingredient that it meets, both as written."""
    pairs = ((one, other) for one in written(substances) for other in ingredients)
    return [(one, other) for one, other in pairs if synonyms.meet(folded(one), folded(other))]
