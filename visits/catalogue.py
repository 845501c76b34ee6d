"""Finding what the salon sells: by name, code, pinyin or pinyin initials."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _
from pypinyin import Style, lazy_pinyin

from visits.models import CatalogueItem, Product, Service

SERVICE, PRODUCT = "service", "product"
FOUND_AT_MOST = 8
QUICK_BUTTONS = 6
# What sells most is read from the newest lines only, so that it costs the same in a salon of any size.
LINES_LOOKED_AT = 400
LONGEST = 300  # characters of a search text
LONGEST_QUERY = 60
MARK = "'"

Key = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Item:
    """A service or a product as the checkout needs it."""

    kind: str
    id: int
    name: str
    price: Decimal
    minutes: int
    ingredients: str
    is_active: bool

    @property
    def key(self) -> Key:
        return self.kind, self.id

    @property
    def is_service(self) -> bool:
        return self.kind == SERVICE

    @property
    def what(self) -> str:
        """What stands small below the name: the minutes of a service, or that it is a product."""
        return _("%(minutes)s minutes") % {"minutes": self.minutes} if self.is_service else _("product")


def narrow(text: str) -> str:
    """Lower case and half width, without spaces: what is typed and what is stored meet in this form."""
    return "".join(unicodedata.normalize("NFKC", text).lower().split())


def fill_search_text(item: CatalogueItem) -> CatalogueItem:
    """Set `search_text` from the name and code; whoever saves an item calls this first. Returns the item."""
    item.search_text = search_text(item.name, item.code)
    return item


def search_text(name: str, code: str) -> str:
    """What an item is found by, in four words: name, code, initials and pinyin, such as

        果酸焕肤 f04 g's'h'f guo'suan'huan'fu

    The marks tell where a character begins, so that nothing is found from the middle of a syllable. A long name loses
    the end of its pinyin.
    """
    name = _unmarked(name)
    initials, spelled = (
        MARK.join(unit for read in lazy_pinyin(name, style=style) for unit in re.findall(r"\w+", read))
        for style in (Style.FIRST_LETTER, Style.NORMAL)
    )
    return " ".join((name, _unmarked(code), initials, spelled))[:LONGEST]


def _unmarked(text: str) -> str:
    """`text` as it is compared; the mark is ours, and an input method puts it between syllables by itself."""
    return narrow(text).replace(MARK, "")


NAMES = ("kind", "id", "name", "price", "length", "ingredients", "is_active")
SERVICES = Service.objects.annotate(kind=Value(SERVICE), length=F("minutes")).order_by()
PRODUCTS = Product.objects.annotate(kind=Value(PRODUCT), length=Value(0)).order_by()


def items(keys: Iterable[Key]) -> dict[Key, Item]:
    """The items behind `keys`, also those no longer on sale; one query. Unknown keys are left out."""
    wanted = set(keys)
    kinds = ((SERVICE, SERVICES), (PRODUCT, PRODUCTS))
    asked = [
        rows.filter(pk__in=pks).values_list(*NAMES)
        for kind, rows in kinds
        if (pks := [pk for one, pk in wanted if one == kind])
    ]
    if not asked:
        return {}
    found = asked[0].union(asked[1], all=True) if len(asked) > 1 else asked[0]
    return {(item := Item(*row)).key: item for row in found}


def search(text: str, limit: int = FOUND_AT_MOST) -> list[Item]:
    """Items on sale found by `text`, the likeliest first: Enter takes that one. See `_ways`."""
    ways = _ways(text)
    if not ways:
        return []
    rank = Case(*(When(search_text__regex=way, then=place) for place, way in enumerate(ways)))
    rows = [
        shelf.filter(found_by(text), is_active=True).annotate(rank=rank).values_list(*NAMES, "rank")
        for shelf in (SERVICES, PRODUCTS)
    ]
    found = rows[0].union(rows[1], all=True).order_by("rank", "name")
    return [Item(*row[: len(NAMES)]) for row in found[:limit]]


def found_by(text: str) -> Q:
    """The condition for items that `text` may mean; nothing that can be read finds nothing."""
    ways = _ways(text)
    return Q(search_text__regex="|".join(ways)) if ways else Q(pk__in=[])


def _ways(text: str) -> list[str]:
    """How `text` may stand in a search text, best first: as expressions of Postgres, everything in it plain text.

    As a whole name, code, initials or pinyin; as the beginning of one; from the beginning of a character on; last,
    anywhere within name or code.
    """
    looked_for = _unmarked(text)[:LONGEST_QUERY]
    if not looked_for or "\0" in looked_for:
        return []
    across = f"{MARK}?".join(re.escape(one) for one in looked_for)
    return [f"(^| ){across}( |$)", f"(^| ){across}", f"{MARK}{across}", f"^([^ ]* )?[^ ]*{re.escape(looked_for)}"]


MOST_USED = """
WITH newest AS (SELECT service_id, product_id FROM visits_visitline ORDER BY id DESC LIMIT %(looked_at)s),
counted AS (SELECT service_id, product_id, count(*) AS times FROM newest GROUP BY service_id, product_id)
SELECT service_id, product_id, coalesce(service.name, product.name) AS name, coalesce(service.price, product.price)
  FROM counted
  LEFT JOIN visits_service AS service ON service.id = service_id
  LEFT JOIN visits_product AS product ON product.id = product_id
 WHERE coalesce(service.is_active, product.is_active)
 ORDER BY times DESC, name LIMIT %(limit)s
"""


def most_used(limit: int = QUICK_BUTTONS) -> list[Item]:
    """What sold most among the newest lines, most first; in a new salon, what is on sale. One or two queries."""
    with connection.cursor() as cursor:
        cursor.execute(MOST_USED, {"looked_at": LINES_LOOKED_AT, "limit": limit})
        counted = cursor.fetchall()
    if counted:
        return [
            Item(SERVICE if service else PRODUCT, service or product, name, price, 0, "", True)
            for service, product, name, price in counted
        ]
    for on_sale in (SERVICES, PRODUCTS):
        rows = on_sale.filter(is_active=True).values_list(*NAMES).order_by("category__position", "name")
        if found := [Item(*row) for row in rows[:limit]]:
            return found
    return []
