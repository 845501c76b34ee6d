"""Clients as a search shows them, in the top bar and when a checkout begins: by right, and all in one query."""

from typing import Any

from django.db.models import Exists, F, OuterRef

from clients.models import Allergy, ClientQuerySet
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
    return rows.annotate(has_allergy=Exists(standing_allergies())) if user.can(Can.SEE_ALLERGIES) else rows


def last_come_first(rows: ClientQuerySet) -> ClientQuerySet:
    """`rows_of` some clients: who came last is looked for most often."""
    return rows.order_by(F("account__last_visit_on").desc(nulls_last=True), "-pk")


def standing_allergies(client: str = "pk") -> Any:
    """The allergies that hold, of the client that `client` names in the outer query."""
    return Allergy.objects.standing().filter(client=OuterRef(client)).order_by("id")
