"""What a checkout is read against, asked for in one question: rules, who works here, what the client does not bear."""

from dataclasses import dataclass
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Subquery

from clients.gathering import made, part
from clients.models import Allergy, SkinRecord
from loyalty.models import LoyaltyRules, Redemption, Voucher
from staff.compiled import CLIENT, Compiled
from staff.models import User
from staff.roles import Role
from visits.models import CheckoutRules, Substance
from visits.substances import Synonyms

CHECKOUT = ("front_desk_discount", "manager_discount", "backdate_days")
MEMBERSHIP = ("points_per_yuan", "lapse_after_years", "review_months", "points_per_yuan_off")
BEAUTICIAN = ("id", "display_name")
ALLERGY = ("id", "client_id", "substance")
SKIN = ("id", "client_id", "contraindications")
NOBODY = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one checkout; beauticians and allergies with ids and names only.

    `has_vouchers`: there are some that nobody used, perhaps lapsed. Most clients have none, and are asked no further.
    """

    rules: CheckoutRules
    points_rules: LoyaltyRules
    beauticians: list[User]
    allergies: list[Allergy]
    synonyms: Synonyms  # none for who has no allergies
    contraindications: str  # of the latest skin record
    has_vouchers: bool
    has_entitlements: bool


def terms_for(client: int | None) -> Terms:
    """The terms for the client with this id; a walk-in has no allergies. One query, once the rules have their rows."""
    ids = {CLIENT: client or NOBODY}
    found = _question().ask(ids)
    if not found or found[0][len(CHECKOUT)] is None:
        CheckoutRules.load()
        LoyaltyRules.load()
        found = _question().ask(ids)
    *figures, has_vouchers, has_entitlements, beauticians, allergies, named, skin = found[0]
    return Terms(
        CheckoutRules(**dict(zip(CHECKOUT, figures[: len(CHECKOUT)], strict=True))),
        LoyaltyRules(**dict(zip(MEMBERSHIP, figures[len(CHECKOUT) :], strict=True))),
        made(User, beauticians),
        made(Allergy, allergies),
        Synonyms(named),
        "".join(record.contraindications for record in made(SkinRecord, skin)).strip(),
        has_vouchers,
        has_entitlements,
    )


@lru_cache(maxsize=1)
def _question() -> Compiled:
    of_membership = LoyaltyRules.objects.filter(pk=1)
    beauticians = User.objects.filter(is_active=True, groups__name=Role.BEAUTICIAN).order_by("display_name", "pk")
    standing = Allergy.objects.standing().filter(client=CLIENT)
    return Compiled(
        CheckoutRules.objects.filter(pk=1).values_list(
            *CHECKOUT,
            *(Subquery(of_membership.values(name)) for name in MEMBERSHIP),
            Exists(Voucher.objects.unused().filter(account=CLIENT)),
            Exists(Redemption.objects.filter(account=CLIENT, service__isnull=False, cancelled_at=None)),
            part(beauticians, *BEAUTICIAN),
            part(standing, *ALLERGY),
            ArraySubquery(Substance.objects.filter(Exists(standing)).order_by().values("names")),
            part(SkinRecord.objects.filter(client=CLIENT)[:1], *SKIN),
        )
    )
