"""Clients as lists and search results show them: each row's facts in one query, and none that are not shown."""

from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef

from clients.models import Allergy, Client, ClientQuerySet
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
