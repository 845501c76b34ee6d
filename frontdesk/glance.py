"""What every tab of the file shows of the upper floors: the membership, an unfinished checkout, the contacts."""

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache

from django.db.models import Case, OuterRef, Value, When

from clients.gathering import made, part
from clients.models import Client
from loyalty.explaining import explained
from loyalty.lapsing import lots
from loyalty.membership import Membership, books_of
from loyalty.models import LoyaltyAccount, Tier
from outreach.models import ContactTask
from staff.compiled import CLIENT, Compiled
from staff.models import User
from staff.roles import Can
from visits.models import Draft

# What is shown, and what the explanation of the tier is made of.
ACCOUNT = (
    "client_id", "balance", "tier_id", "tier_since", "review_on", "tier_by_hand_until", "segment",
    "last_visit_on", "visits_12m", "spend_12m", "lifetime_visits", "usual_interval",
)  # fmt: skip
TIER = ("id", "code", "name", "name_en", "position", "min_spend", "min_visits")
CONTACT = ("id", "client_id", "kind", "status", "planned_for", "due_on")
LATEST_CONTACTS = 12  # the open ones first, then what was closed lately


@dataclass(frozen=True)
class Glance:
    """The membership, the checkout to go on with if the user may see it, and the client's contacts, open ones first."""

    membership: Membership
    draft: Draft | None = None
    contacts: list[ContactTask] = field(default_factory=list)


@dataclass(frozen=True)
class _Known:
    """What the one question gives."""

    account: LoyaltyAccount | None
    tiers: list[Tier]
    draft: Draft | None
    contacts: list[ContactTask]


def glance_at(client: Client, user: User, today: date) -> Glance:
    """The account, what is missing for the next tier, what lapses, an unfinished checkout, contacts. Two queries."""
    known = _known(client, user)
    return Glance(_membership(known, user, today), known.draft, known.contacts)


def glance_with_books(client: Client, user: User, today: date, before: int | None) -> Glance:
    """The same for who may see points, with the statement and all moves of tier. Five queries."""
    known = _known(client, user)
    account = known.account
    membership = books_of(account, known.tiers, today, before) if account else Membership(None)
    return Glance(membership, known.draft, known.contacts)


def _membership(known: _Known, user: User, today: date) -> Membership:
    account = known.account
    if account is None or not user.can(Can.SEE_POINTS):
        return Membership(account)
    return Membership(account, explained(account, [], known.tiers, today), lots(account))


def _known(client: Client, user: User) -> _Known:
    ((accounts, tiers, drafts, contacts),) = _question().ask({CLIENT: client.pk})
    draft = made(Draft, drafts)[0] if drafts and user.can(Can.CHECK_OUT) else None
    account = made(LoyaltyAccount, accounts)[0] if accounts else None
    ladder = made(Tier, tiers)
    if account:
        account.tier = next(tier for tier in ladder if tier.pk == account.tier_id)
    return _Known(account, ladder, draft, made(ContactTask, contacts))


@lru_cache(maxsize=1)
def _question() -> Compiled:
    of_client = {"client": OuterRef("pk")}
    open_first = Case(When(status=ContactTask.Status.OPEN, then=Value(0)), default=Value(1))
    contacts = ContactTask.objects.filter(**of_client).order_by(open_first, "-id")[:LATEST_CONTACTS]
    return Compiled(
        Client.objects.filter(pk=CLIENT).values_list(
            part(LoyaltyAccount.objects.filter(**of_client), *ACCOUNT),
            part(Tier.objects.order_by("position"), *TIER),
            part(Draft.objects.filter(**of_client).order_by("-updated_at")[:1], "checkout_key"),
            part(contacts, *CONTACT),
        )
    )
