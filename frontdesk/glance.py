"""The membership and the unfinished checkout of a client, as every tab of the file but the points shows them."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import OuterRef

from clients.gathering import made, part
from clients.models import Client
from loyalty.explaining import explained
from loyalty.lapsing import lots
from loyalty.membership import Membership
from loyalty.models import LoyaltyAccount, Tier
from staff.compiled import CLIENT, Compiled
from staff.models import User
from staff.roles import Can
from visits.models import Draft

# What is shown, and what the explanation of the tier is made of.
ACCOUNT = (
    "client_id", "balance", "tier_id", "review_on", "tier_by_hand_until", "segment",
    "last_visit_on", "visits_12m", "spend_12m", "lifetime_visits", "usual_interval",
)  # fmt: skip
TIER = ("id", "code", "name", "name_en", "position", "min_spend", "min_visits")


@dataclass(frozen=True)
class Glance:
    """The membership without its books, and the checkout to go on with, if the user may see them."""

    membership: Membership
    draft: Draft | None = None


def glance_at(client: Client, user: User, today: date) -> Glance:
    """The account, what is missing for the next tier, what lapses, and an unfinished checkout. Two queries."""
    ((accounts, tiers, drafts),) = _question().ask({CLIENT: client.pk})
    draft = made(Draft, drafts)[0] if drafts and user.can(Can.CHECK_OUT) else None
    if not accounts:
        return Glance(Membership(None), draft)
    account, ladder = made(LoyaltyAccount, accounts)[0], made(Tier, tiers)
    account.tier = next(tier for tier in ladder if tier.pk == account.tier_id)
    if not user.can(Can.SEE_POINTS):
        return Glance(Membership(account), draft)
    return Glance(Membership(account, explained(account, [], ladder, today), lots(account)), draft)


@lru_cache(maxsize=1)
def _question() -> Compiled:
    of_client = {"client": OuterRef("pk")}
    return Compiled(
        Client.objects.filter(pk=CLIENT).values_list(
            part(LoyaltyAccount.objects.filter(**of_client), *ACCOUNT),
            part(Tier.objects.order_by("position"), *TIER),
            part(Draft.objects.filter(**of_client).order_by("-updated_at")[:1], "checkout_key"),
        )
    )
