"""What the benefits tab of a client file tells of perks and referrals, in one question.

The vouchers and what was had for points are told by `voucher_listing.py` and `redeemed.py`.
"""

import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject

from clients.gathering import made, part
from clients.models import Client
from loyalty.models import Perk, PerkUse, Referral
from loyalty.referrals import fixed_words, paid_visits
from staff.compiled import CLIENT, Compiled
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can
from visits.models import Visit

USES_A_PAGE = 10
BROUGHT_SHOWN = 20
USE = (
    "id", "at", "year", "place", "by_id", "by__display_name", "by__username",
    "undone_at", "undone_reason", "undone_by_id", "undone_by__display_name", "undone_by__username",
    "perk_id", "perk__name", "perk__name_en", "perk__tier_id", "perk__tier__name", "perk__tier__name_en",
)  # fmt: skip
PERK = ("id", "name", "name_en", "quota", "tier_id")
REFERRAL = ("id", "points", "rewarded_at", "referrer_id", "referred_id", "visit_id")


@dataclass(frozen=True, slots=True)
class Allowance:
    """A perk of the client's tier and how often it was used this year. `key` makes the next tap count once."""

    perk: Perk
    used: int
    key: uuid.UUID

    @property
    def left(self) -> int:
        """How often it may still be used this year; a quota that was lowered meanwhile leaves nothing."""
        return max(self.perk.quota - self.used, 0)


@dataclass(frozen=True, slots=True)
class Perks:
    """What the tier gives, and a page of the uses, newest first. `older`: the id to go on behind."""

    year: int
    allowances: list[Allowance] = field(default_factory=list)
    uses: list[PerkUse] = field(default_factory=list)
    older: int | None = None
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class Brought:
    """Somebody whom this client brought. Who may not find any client reads the number instead of the name."""

    client: Client
    name: str
    came: bool
    points: int | None  # what the referrer got; None when it was not rewarded

    @property
    def is_rewarded(self) -> bool:
        return self.points is not None


@dataclass(frozen=True, slots=True)
class Referring:
    """Both sides of a client: who brought her, and whom she brought."""

    brought_by: Client | None
    name: str
    why_fixed: str  # why this can no longer be changed; "" while it can
    rewarded: Referral | None = None
    brought: list[Brought] = field(default_factory=list)
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Benefits:
    """The perks of a client and who brought whom."""

    perks: Perks
    referring: Referring


def benefits_of(client: Client, user: User, today: date, before: int | None = None) -> Benefits:
    """Perks and referrals of a client from `access.client_for`, as `user` may see them. One query.

    The uses are those behind the use `before`, or the newest.
    """
    if before is None:
        answer = _newest(today.year).ask({CLIENT: client.pk})
    else:
        answer = list(_rows(client.pk, today.year, before))
    ((perks, counted, uses, rewarded, has_paid, brought),) = answer
    shown = made(PerkUse, uses[:USES_A_PAGE])
    used = Counter(one["perk_id"] for one in counted)
    return Benefits(
        Perks(
            today.year,
            [Allowance(perk, used[perk.pk], uuid.uuid4()) for perk in made(Perk, perks)],
            shown,
            shown[-1].pk if len(uses) > USES_A_PAGE else None,
            before is None,
        ),
        _referring(client, user, rewarded, has_paid, brought),
    )


@lru_cache(maxsize=4)
def _newest(year: int) -> Compiled:
    return Compiled(_rows(CLIENT, year, None))


def _rows(client: int, year: int, before: int | None) -> "QuerySet[Any, Any]":
    uses = PerkUse.objects.filter(account=OuterRef("pk")).order_by("-pk")
    counted = uses.filter(year=year, undone_at=None)
    if before is not None:
        uses = uses.filter(pk__lt=min(before, LARGEST_ID))
    rewarded = Referral.objects.filter(referred=OuterRef("pk"), taken_back_at=None)
    brought = Client.objects.filter(referred_by=OuterRef("pk")).exclude(status=Client.Status.MERGED)
    facts = {name: F(name) for name in ("id", "name", "status")} | {
        "came": Exists(Visit.objects.completed().filter(client=OuterRef("pk"))),
        "points": Subquery(rewarded.filter(referrer=OuterRef("referred_by")).values("points")[:1]),
    }
    return Client.objects.filter(pk=client).values_list(
        part(Perk.objects.filter(tier__accounts=OuterRef("pk"), is_active=True).order_by("pk"), *PERK),
        part(counted, "perk_id"),
        part(uses[: USES_A_PAGE + 1], *USE),
        part(rewarded, *REFERRAL),
        Exists(paid_visits().filter(client=OuterRef("pk"))),
        ArraySubquery(brought.order_by("-pk").values(json=JSONObject(**facts))[: BROUGHT_SHOWN + 1]),
    )


def _referring(client: Client, user: User, rewarded: Any, has_paid: bool, found: list[dict[str, Any]]) -> Referring:
    by = client.referred_by
    brought = []
    for facts in found[:BROUGHT_SHOWN]:
        one = Client(id=facts["id"], name=facts["name"], status=facts["status"])
        brought.append(Brought(one, _name(one, user), facts["came"], facts["points"]))
    return Referring(
        by,
        _name(by, user) if by else "",
        fixed_words(bool(rewarded), has_paid),
        next(iter(made(Referral, rewarded)), None),
        brought,
        len(found) > BROUGHT_SHOWN,
    )


def _name(client: Client, user: User) -> str:
    return client.name if user.can(Can.FIND_ANY_CLIENT) and client.is_on_file else client.number
