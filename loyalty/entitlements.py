"""Services had for points for some months: which may be used, using one at a visit, giving it back after a void."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from loyalty.models import EntitlementUse, LoyaltyAccount, Redemption
from staff.models import User
from visits.models import Visit


class EntitlementGone(Exception):
    """It is used up, over, cancelled, or somebody else's. `redemption_id` says which; `str()` is what to tell."""

    def __init__(self, redemption_id: int, name: str) -> None:
        super().__init__(_("%(name)s can no longer be used. Check what is left and complete again.") % {"name": name})
        self.redemption_id = redemption_id


def usable(account: LoyaltyAccount, on: date) -> list[Redemption]:
    """What the client may use on that day, the first to end first, with its service. One query."""
    return list(open_on(account, on).select_related("service", "reward").order_by("until", "id"))


@transaction.atomic
def use(
    account: LoyaltyAccount, redemption_ids: Sequence[int], visit: Visit, *, by: User, at: datetime
) -> list[EntitlementUse]:
    """Count one use for each id at `visit`, all of them or none. The caller holds the account.

    Raises EntitlementGone for the first that cannot be used on the day of the visit.
    """
    made = []
    for wanted in sorted(redemption_ids):
        if not open_on(account, visit.day).filter(pk=wanted).update(used=F("used") + 1):
            known = Redemption.objects.filter(pk=wanted, account=account).select_related("reward").first()
            raise EntitlementGone(wanted, known.label if known else _("This entitlement"))
        made.append(EntitlementUse.objects.create(redemption_id=wanted, visit=visit, by=by, at=at))
    return made


@transaction.atomic
def restore(visit: Visit, *, at: datetime) -> int:
    """Give back every use that `visit` made. Returns how many; a second time there is nothing left to give back.

    The caller holds the account. The last day stays what it was.
    """
    uses = list(EntitlementUse.objects.select_for_update().filter(visit=visit, undone_at=None).order_by("redemption"))
    for one in uses:
        Redemption.objects.filter(pk=one.redemption_id, used__gt=0).update(used=F("used") - 1)
    EntitlementUse.objects.filter(pk__in=[one.pk for one in uses]).update(undone_at=at)
    return len(uses)


def open_on(account: LoyaltyAccount, on: date) -> "models.QuerySet[Redemption]":
    """The entitlements had by that day, and neither cancelled nor over nor used up."""
    left = Q(uses=None) | Q(used__lt=F("uses"))
    had = Redemption.objects.filter(account=account, service__isnull=False, cancelled_at=None)
    return had.filter(left, at__date__lte=on, until__gte=on)
