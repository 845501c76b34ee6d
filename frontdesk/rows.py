"""Clients as lists and search results show them: each row's facts in one query, and none that are not shown."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from clients.models import Allergy, Client, ClientQuerySet
from frontdesk.templatetags.frontdesk import short_day
from loyalty.models import Tier
from loyalty.segments import label
from staff.models import User
from staff.roles import Can
from staff.templatetags.salon import mask_phone

PLAIN = ("name", "honorific", "status")
MEMBERSHIP = ("last_visit_on", "segment", "tier__name", "tier__name_en", "tier__code", "tier__position")


def rows_of(clients: ClientQuerySet, user: User) -> ClientQuerySet:
    """`clients` with what a row shows to `user`: the phone and the membership only by right, and `has_allergy`."""
    columns = [*PLAIN, "account__last_visit_on"]
    joined = ["account"]
    if user.can(Can.SEE_MASKED_PHONE):
        columns.append("phone")
    if user.can(Can.SEE_POINTS):
        columns += [f"account__{name}" for name in MEMBERSHIP]
        joined.append("account__tier")
    rows = clients.select_related(*joined).only(*columns)
    return rows.annotate(has_allergy=Exists(standing())) if user.can(Can.SEE_ALLERGIES) else rows


@dataclass(frozen=True, slots=True)
class Row:
    """A client as a long list shows it, in the words of the page; what the user may not see is empty.

    `key` is the id as addresses carry it, without a thousand's comma to keep away.
    """

    pk: int
    key: str
    number: str
    name: str
    honorific: str
    last_visit: str
    phone: str = ""
    segment: str = ""
    tier: Tier | None = None
    has_allergy: bool = False


ROW = ("pk", "name", "honorific", "account__last_visit_on")
TIER = ("account__tier__code", "account__tier__name", "account__tier__name_en")
BY_RIGHT = {
    "phone": Can.SEE_MASKED_PHONE,
    "has_allergy": Can.SEE_ALLERGIES,
    "account__segment": Can.SEE_POINTS,
    **dict.fromkeys(TIER, Can.SEE_POINTS),
}


def read_rows(clients: ClientQuerySet, user: User, limit: int) -> list[Row]:
    """The first `limit` of `clients` with what a row shows to `user`, without a model instance for each. One query."""
    if user.can(Can.SEE_ALLERGIES):
        clients = clients.annotate(has_allergy=Exists(standing()))
    seen = [name for name, right in BY_RIGHT.items() if user.can(right)]
    # Many rows share a day and a segment, whose words are put together once a page.
    day, segment = cache(short_day), cache(label)
    rows = []
    for pk, name, honorific, last_visit_on, *others in clients.values_list(*ROW, *seen)[:limit]:
        facts = dict(zip(seen, others, strict=True))
        rows.append(
            Row(
                pk,
                str(pk),
                f"C-{pk:05d}",  # as `Client.number` writes it
                name,
                honorific,
                day(last_visit_on),
                mask_phone(facts.get("phone")),
                segment(facts.get("account__segment") or ""),
                _tier(*(facts.get(name) for name in TIER)),
                facts.get("has_allergy", False),
            )
        )
    return rows


@lru_cache(maxsize=64)
def _tier(code: str | None, name: str | None, name_en: str | None) -> Tier | None:
    """The tier as far as its badge shows it; None for a client without a membership."""
    return Tier(code=code, name=name or "", name_en=name_en or "") if code else None


def standing(client: str = "pk") -> Any:
    """The allergies that hold, of the client that `client` names in the outer query."""
    return Allergy.objects.standing().filter(client=OuterRef(client)).order_by("id")


def allergens(client: str = "pk") -> ArraySubquery:
    """What the client must not be treated with, as a list of names."""
    return ArraySubquery(standing(client).values("substance"))


def last_visit(client: Client) -> Any:
    """The day of the last visit; None for who has not come yet or has no membership."""
    account = getattr(client, "account", None)
    return account.last_visit_on if account else None
