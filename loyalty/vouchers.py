"""Vouchers: giving them, using one at checkout, taking them back. Whoever gives or uses holds the account first.

A voucher leaves the state "open" only by a conditional update: of several who want it at once, one gets it.
"""

import secrets
from calendar import monthrange
from collections.abc import Mapping, Sequence
from copy import copy
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.models import LoyaltyAccount, Voucher, VoucherKind
from staff.models import User
from visits.models import ZERO, Visit

Status = Voucher.Status
LEAST_CODE, CODES = 10_000_000, 90_000_000  # eight digits; no zero in front, which a spreadsheet would swallow
THANK_YOU = "thank_you:visit:{}"


class VoucherGone(Exception):
    """The voucher can no longer be used or withdrawn. `voucher` is how it is now; None when there is no such one."""

    def __init__(self, voucher: Voucher | None, message: str) -> None:
        super().__init__(message)
        self.voucher = voucher


class VoucherRefused(Exception):
    """A voucher that cannot be given like this. `field` names what is wrong in the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def last_day(kind: VoucherKind, given_on: date) -> date:
    """The last day of a voucher given on that day: so many days later, or the end of that month."""
    if kind.days_valid is None:
        return given_on.replace(day=monthrange(given_on.year, given_on.month)[1])
    return given_on + timedelta(days=kind.days_valid)


def may_have(account: LoyaltyAccount, kind: VoucherKind) -> bool:
    """Whether the account's tier is one of those that the kind is for."""
    return kind.min_tier is None or account.tier.position >= kind.min_tier.position


@transaction.atomic
def issue(
    account: LoyaltyAccount,
    kind: VoucherKind,
    *,
    on: date,
    source: Voucher.Source,
    occasion: str | None = None,
    reason: str = "",
    by: User | None = None,
) -> Voucher:
    """Give a voucher with the terms that its kind has now. The same occasion again gives the first one.

    Who may have the kind is asked by `may_have`, not here. By hand and to make good, `reason` and `by` are needed.
    """
    given = Voucher(
        account=account,
        kind=kind,
        name=kind.name,
        name_en=kind.name_en,
        worth=kind.worth,
        value=kind.value,
        service=kind.service,
        min_spend=kind.min_spend,
        stacks=kind.stacks,
        issued_on=on,
        expires_on=last_day(kind, on),
        source=source,
        occasion=occasion,
        reason=reason[:200],
        by=by,
    )
    while True:
        if occasion and (known := Voucher.objects.select_related("service").filter(occasion=occasion).first()):
            return known
        given.code = str(LEAST_CODE + secrets.randbelow(CODES))
        try:
            with transaction.atomic():
                given.save(force_insert=True)
        except IntegrityError:
            # Somebody else has the code or, at the same moment, gave it for the same occasion.
            if not Voucher.objects.filter(Q(code=given.code) | Q(occasion=occasion, occasion__isnull=False)).exists():
                raise
        else:
            return given


def give(
    account: LoyaltyAccount, kind: VoucherKind, reason: str, *, source: Voucher.Source, key: str, by: User, on: date
) -> Voucher:
    """Give a voucher by hand or to make good, with the reason. The same `key` again gives the first one.

    Raises VoucherRefused when the kind is out of use or not for this client's tier.
    """
    if not kind.is_active:
        raise VoucherRefused("kind", _("This kind of voucher is no longer in use."))
    if not may_have(account, kind):
        words = {"needed": str(kind.min_tier), "tier": str(account.tier)}
        raise VoucherRefused("kind", _("This kind is from %(needed)s on; the client is %(tier)s.") % words)
    return issue(account, kind, on=on, source=source, occasion=f"hand:{account.pk}:{key}", reason=reason, by=by)


def usable(account: LoyaltyAccount, on: date) -> list[Voucher]:
    """The account's vouchers that may be used on that day, those that lapse first in front. One query."""
    found = Voucher.objects.usable(on).filter(account=account)
    return list(found.select_related("service").order_by("expires_on", "pk"))


@transaction.atomic
def use(account: LoyaltyAccount, saved: Mapping[int, Decimal], visit: Visit) -> None:
    """Use vouchers for a visit: `saved` holds, by voucher id, the yuan that each took off.

    Raises VoucherGone, naming the voucher, when one of them is not the account's, not valid on the visit's day, or
    was taken by somebody else meanwhile; then none is used.
    """
    for pk, yuan in sorted(saved.items()):
        mine = Voucher.objects.usable(visit.day).filter(pk=pk, account=account)
        if not mine.update(status=Status.USED, used_on=visit.day, used_visit=visit, saved=yuan):
            raise gone(account, pk, visit.day)


def gone(account: LoyaltyAccount, pk: int, on: date) -> VoucherGone:
    """Why the account's voucher with this id cannot be used on that day, in words."""
    found = Voucher.objects.select_related("used_visit", "service").filter(pk=pk, account=account).first()
    if found is None:
        return VoucherGone(None, _("This client has no such voucher."))
    words = {"voucher": found.label, "code": found.spoken_code, "on": on, "day": found.expires_on}
    if found.status == Status.USED and found.used_visit:
        words |= {"visit": found.used_visit.number}
        return VoucherGone(found, _("%(voucher)s (%(code)s) was already used, at %(visit)s.") % words)
    if found.status == Status.WITHDRAWN:
        return VoucherGone(found, _("%(voucher)s (%(code)s) was withdrawn.") % words)
    if found.expires_on < on:
        return VoucherGone(found, _("%(voucher)s (%(code)s) lapsed: its last day was %(day)s.") % words)
    words |= {"day": found.issued_on}
    return VoucherGone(found, _("%(voucher)s (%(code)s) holds only from %(day)s on.") % words)


def reopened(voucher: Voucher, on: date) -> Voucher:
    """A used voucher as it will be once its visit is void, on that day: with the days that it had left. Only looks.

    They count from the day on which the visit was entered, if that was later than its own: a visit dated back keeps
    the voucher from nobody in the days before, and must not make it last longer.
    """
    again = copy(voucher)
    if voucher.used_on and voucher.used_visit:
        taken_on = max(voucher.used_on, timezone.localdate(voucher.used_visit.recorded_at))
        again.expires_on = max(voucher.expires_on, on + (voucher.expires_on - taken_on))
    again.status, again.saved, again.used_on, again.used_visit = Status.OPEN, ZERO, None, None
    return again


@transaction.atomic
def undo_visit(visit: Visit, *, by: User, at: datetime) -> list[Voucher]:
    """Take back what a visit that is now void did to vouchers. Returns those that changed, each as it now is.

    What was used there is open again with the days that it had left; the thank-you for this very visit is withdrawn
    if nobody used it, and so is one that is open again and thanked for a visit that is void too. A second time nothing
    is left to do.
    """
    today = timezone.localdate(at)
    changed = []
    used = Voucher.objects.select_related("service", "used_visit").filter(used_visit=visit, status=Status.USED)
    for voucher in used.select_for_update(of=("self",)).order_by("pk"):
        again = reopened(voucher, today)
        again.save(update_fields=["expires_on", "status", "saved", "used_on", "used_visit"])
        changed.append(again)
    thanks = Voucher.objects.unused().select_related("service").filter(occasion=THANK_YOU.format(visit.pk)).first()
    if thanks:
        withdraw(thanks, _("%(visit)s is void.") % {"visit": visit.number}, by=by, at=at)
        changed.append(thanks)
    for voucher, void in thanks_for_void(changed).items():
        withdraw(voucher, _("%(visit)s is void.") % {"visit": void.number}, by=by, at=at)
    return changed


def thanks_for_void(found: Sequence[Voucher]) -> dict[Voucher, Visit]:
    """Those of `found` that are not withdrawn and thank for a visit that is void, each with that visit."""
    thanked = {
        voucher: int(voucher.occasion.rpartition(":")[2])
        for voucher in found
        if voucher.status != Status.WITHDRAWN and voucher.occasion and voucher.occasion.startswith(THANK_YOU.format(""))
    }
    if not thanked:
        return {}
    void = Visit.objects.filter(status=Visit.Status.VOID).in_bulk(list(thanked.values()))
    return {voucher: void[pk] for voucher, pk in thanked.items() if pk in void}


def withdraw(voucher: Voucher, reason: str, *, by: User, at: datetime) -> None:
    """Withdraw a voucher that nobody used, with the reason. Raises VoucherGone when it is used or withdrawn."""
    values = {
        "status": Status.WITHDRAWN,
        "withdrawn_at": at,
        "withdrawn_by": by,
        "withdrawn_reason": reason[:200],
    }
    if not Voucher.objects.unused().filter(pk=voucher.pk).update(**values):
        raise gone(voucher.account, voucher.pk, timezone.localdate(at))
    for name, value in values.items():
        setattr(voucher, name, value)
