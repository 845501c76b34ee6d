"""What a checkout is read against, asked for in one question: rules, who works here, what the client does not bear."""

from dataclasses import dataclass
from functools import lru_cache

from django.db.models import Subquery

from clients.gathering import made, part
from clients.models import Allergy
from loyalty.models import LoyaltyRules
from staff.compiled import CLIENT, Compiled
from staff.models import User
from staff.roles import Role
from visits.models import CheckoutRules

CHECKOUT = ("front_desk_discount", "manager_discount", "backdate_days")
MEMBERSHIP = ("points_per_yuan", "lapse_after_years", "review_months")
BEAUTICIAN = ("id", "display_name")
ALLERGY = ("id", "client_id", "substance")
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one checkout; beauticians and allergies with ids and names only."""

    rules: CheckoutRules
    points_rules: LoyaltyRules
    beauticians: list[User]
    allergies: list[Allergy]


def terms_for(client: int | None) -> Terms:
    """The terms for the client with this id; a walk-in has no allergies. One query, once the rules have their rows."""
    ids = {CLIENT: client or NOBODY}
    found = _question().ask(ids)
    if not found or None in found[0]:
        CheckoutRules.load()
        LoyaltyRules.load()
        found = _question().ask(ids)
    *figures, beauticians, allergies = found[0]
    return Terms(
        CheckoutRules(**dict(zip(CHECKOUT, figures[: len(CHECKOUT)], strict=True))),
        LoyaltyRules(**dict(zip(MEMBERSHIP, figures[len(CHECKOUT) :], strict=True))),
        made(User, beauticians),
        made(Allergy, allergies),
    )


@lru_cache(maxsize=1)
def _question() -> Compiled:
    of_membership = LoyaltyRules.objects.filter(pk=1)
    beauticians = User.objects.filter(is_active=True, groups__name=Role.BEAUTICIAN).order_by("display_name", "pk")
    return Compiled(
        CheckoutRules.objects.filter(pk=1).values_list(
            *CHECKOUT,
            *(Subquery(of_membership.values(name)) for name in MEMBERSHIP),
            part(beauticians, *BEAUTICIAN),
            part(Allergy.objects.standing().filter(client=CLIENT), *ALLERGY),
        )
    )
