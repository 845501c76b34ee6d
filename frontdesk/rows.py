"""Clients as lists and search results show them: each row's facts in one query, and none that are not shown."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from clients.models import Allergy, Client, ClientQuerySet
from loyalty.models import Tier
from staff.models import User
from staff.roles import Can

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
    """A client as a long list shows it; what the user may not see is empty. `phone` is whole: mask it."""

    pk: int
    name: str
    honorific: str
    last_visit_on: date | None
    phone: str = ""
    segment: str = ""
    tier: Tier | None = None
    has_allergy: bool = False

    @property
    def key(self) -> str:
        """The id as addresses carry it, without a thousand's comma to keep away."""
        return str(self.pk)

    @property
    def number(self) -> str:
        """The client number, as `Client.number` writes it."""
        return f"C-{self.pk:05d}"


ROW = {"pk": "pk", "name": "name", "honorific": "honorific", "last_visit_on": "account__last_visit_on"}
TIER = ("account__tier__code", "account__tier__name", "account__tier__name_en")


def read_rows(clients: ClientQuerySet, user: User, limit: int) -> list[Row]:
    """The first `limit` of `clients` with what a row shows to `user`, without a model instance for each. One query."""
    columns = dict(ROW)
    if user.can(Can.SEE_MASKED_PHONE):
        columns["phone"] = "phone"
    if user.can(Can.SEE_ALLERGIES):
        clients = clients.annotate(has_allergy=Exists(standing()))
        columns["has_allergy"] = "has_allergy"
    if not user.can(Can.SEE_POINTS):
        return [Row(**dict(zip(columns, one, strict=True))) for one in clients.values_list(*columns.values())[:limit]]
    columns["segment"] = "account__segment"
    found = clients.values_list(*TIER, *columns.values())[:limit]
    return [
        Row(tier=_tier(code, name, name_en), **dict(zip(columns, facts, strict=True)))
        for code, name, name_en, *facts in found
    ]


@lru_cache(maxsize=64)
def _tier(code: str | None, name: str, name_en: str) -> Tier | None:
    """The tier as far as its badge shows it; None for a client without a membership."""
    return Tier(code=code, name=name, name_en=name_en) if code else None


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
