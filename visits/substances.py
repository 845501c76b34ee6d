"""Whether two words name the same substance: 酒精 and 乙醇, AHA and 果酸. The salon keeps the other names itself.

In doubt they do: a question too many is answered with one tap, one too few is never asked.
"""

import re
import unicodedata
from collections.abc import Iterable

from visits.models import Substance

# Half width and full width: what was written is split before it is folded, so that it can be shown as it was written.
_BETWEEN = re.compile(r"[,，﹐、､﹑;；﹔/／\n]|\s{2,}")
# Latin names up to this length stand in longer words by chance: AHA is not in "Bahama".
SHORT = 4


class Synonyms:
    """The other names of substances, one text for each, such as 酒精、乙醇、alcohol."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        named = ((name, place) for place, text in enumerate(texts) for name in words(text))
        # The longest first: 乙醇酸 is no 乙醇.
        self._names = sorted(named, key=lambda one: -len(one[0]))

    @classmethod
    def kept(cls) -> "Synonyms":
        """Those that the salon keeps. One query."""
        return cls(Substance.objects.values_list("names", flat=True))

    def meet(self, one: str, other: str) -> bool:
        """Whether these two, as they come from `words`, name the same: one stands in the other, or by another name."""
        return stands_in(one, other) or stands_in(other, one) or not self._known(one).isdisjoint(self._known(other))

    def _known(self, word: str) -> set[int]:
        """The substances that are named in `word`."""
        found = set()
        for name, place in self._names:
            if stands_in(name, word):
                found.add(place)
                word = word.replace(name, "\0")
        return found


def written(text: str) -> list[str]:
    """The substances in a list separated by commas or 、, as they were written."""
    return [word for part in _BETWEEN.split(text) if (word := part.strip())]


def folded(word: str) -> str:
    """`word` in the form in which two are compared: full width and upper case make no difference."""
    return unicodedata.normalize("NFKC", word).casefold()


def words(text: str) -> list[str]:
    """The substances in a list, folded so that they can be compared."""
    return [folded(word) for word in written(text)]


def stands_in(part: str, whole: str) -> bool:
    """Whether a folded name stands in another; a short Latin one only as a word of its own."""
    if len(part) > SHORT or not part.isascii():
        return part in whole
    return re.search(rf"(?<![a-z0-9]){re.escape(part)}(?![a-z0-9])", whole) is not None
