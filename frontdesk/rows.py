"""Clients as long lists show them: each row's facts in one query, and none that are not shown."""

from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import QuerySet, Subquery
from django.utils.safestring import SafeString

from clients.models import Client, ClientQuerySet
from frontdesk.templatetags.frontdesk import short_day
from loyalty.client_rows import standing_allergies
from loyalty.models import Tier
from loyalty.segments import label
from staff.roles import Can
from staff.templatetags.salon import mask_phone, tier_badge


class Row(NamedTuple):
    """A client as a long list shows it, in the words of the page; what the user may not see is empty."""

    pk: int
    number: str
    name: str
    honorific: str
    last_visit: str
    phone: str = ""
    segment: str = ""
    badge: SafeString | str = ""
    has_allergy: bool = False


ROW = ("pk", "name", "honorific", "account__last_visit_on")
TIER = ("account__tier__code", "account__tier__name", "account__tier__name_en")
BY_RIGHT = {
    "phone": Can.SEE_MASKED_PHONE,
    "allergic": Can.SEE_ALLERGIES,
    "account__segment": Can.SEE_POINTS,
    **dict.fromkeys(TIER, Can.SEE_POINTS),
}


def facts_of(clients: ClientQuerySet, rights: frozenset[Can], limit: int) -> "QuerySet[Any, tuple[Any, ...]]":
    """What rows show of the first `limit` of `clients` to somebody with `rights`, without a model instance for each."""
    if Can.SEE_ALLERGIES in rights:
        # Asked for one by one: for an EXISTS, Postgres would read the allergies of the whole salon first.
        clients = clients.annotate(allergic=Subquery(standing_allergies().order_by().values("client")[:1]))
    return clients.values_list(*ROW, *_seen(rights))[:limit]


def rows_from(found: Iterable[tuple[Any, ...]], rights: frozenset[Can]) -> list[Row]:
    """The rows made of what `facts_of` found, with the same rights."""
    seen = _seen(rights)
    # Many rows share a day, a segment and a tier, whose words are put together once a page.
    day, segment, badge = cache(short_day), cache(label), cache(_badge)
    rows = []
    for pk, name, honorific, last_visit_on, *others in found:
        facts = dict(zip(seen, others, strict=True))
        rows.append(
            Row(
                pk,
                f"C-{pk:05d}",  # as `Client.number` writes it
                name,
                honorific,
                day(last_visit_on),
                mask_phone(facts.get("phone")),
                segment(facts.get("account__segment") or ""),
                badge(*map(facts.get, TIER)),
                facts.get("allergic") is not None,
            )
        )
    return rows


def _seen(rights: frozenset[Can]) -> list[str]:
    return [name for name, right in BY_RIGHT.items() if right in rights]


def _badge(code: str | None, name: str | None, name_en: str | None) -> SafeString | str:
    """The badge of the tier; nothing for a client without a membership."""
    return tier_badge(Tier(code=code, name=name or "", name_en=name_en or "") if code else None)


def allergens(client: str = "pk") -> ArraySubquery:
    """What the client must not be treated with, as a list of names."""
    return ArraySubquery(standing_allergies(client).values("substance"))


def last_visit(client: Client) -> Any:
    """The day of the last visit; None for who has not come yet or has no membership."""
    account = getattr(client, "account", None)
    return account.last_visit_on if account else None
