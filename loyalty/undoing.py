"""What else a void takes back: points that were spent, vouchers, entitlements, the reward for a friend.

Told beforehand by reading (`foreseen`), done afterwards (`undo`) in the lock order of a checkout. Rule source: DESIGN
§4, refund and void, referral.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty import entitlements, referrals, spending, vouchers
from loyalty.models import EntitlementUse, LoyaltyAccount, Referral, Voucher
from loyalty.spending import OfVisit
from staff.listed import listed
from staff.models import User
from visits.models import Visit

Status = Voucher.Status


@dataclass(frozen=True, slots=True)
class Undone:
    """What comes back and what does not. `opened` vouchers are as they will be; `kept` ones were used meanwhile.

    `stays_used`: vouchers or entitlements were used, and a refund leaves them used.
    """

    returned: int = 0
    opened: tuple[Voucher, ...] = ()
    withdrawn: tuple[Voucher, ...] = ()
    kept: tuple[Voucher, ...] = ()
    entitlements: tuple[str, ...] = ()
    referral: Referral | None = None
    stays_used: bool = False

    def told(self) -> list[tuple[str, str]]:
        """What comes back, in words: what it is, and which, one a line. Without what does not concern this visit."""
        found = [
            (_("Points given back"), [f"+{self.returned:,}"] if self.returned else []),
            (_("Vouchers open again"), [_until(one) for one in self.opened]),
            (_("Entitlements given back"), list(self.entitlements)),
            (_("Referral reward taken back"), [_rewarded(self.referral)] if self.referral else []),
            (_("Vouchers withdrawn"), [_of_whom(one) for one in self.withdrawn]),
            (_("Vouchers that stay used"), [_of_whom(one) for one in self.kept]),
        ]
        return [(words, "\n".join(lines)) for words, lines in found if lines]

    def bonus_of(self, account: LoyaltyAccount) -> int:
        """The points for a friend that go from this account with it."""
        return self.referral.points if self.referral else 0


def foreseen(visit: Visit, book: OfVisit, today: date) -> Undone:
    """What voiding `visit` would undo; `book` is what the points book says of it. Two to four queries."""
    rewarded = Referral.objects.select_related("referrer__client", "referred__client")
    referral = rewarded.filter(visit=visit, taken_back_at=None).first()
    given = [vouchers.THANK_YOU.format(visit.pk)]
    if referral:
        given += [referrals.voucher_occasion(visit, one) for one in (referral.referrer, referral.referred)]
    asked = Voucher.objects.select_related("service", "account__client", "used_visit")
    found = list(asked.filter(Q(occasion__in=given) | Q(used_visit=visit)).order_by("pk"))
    used = [one for one in found if one.used_visit_id == visit.pk]
    gone = [*_without_reward(used), *vouchers.thanks_for_void(used)]
    return Undone(
        returned=book.still_spent,
        opened=tuple(vouchers.reopened(one, today) for one in used if one not in gone),
        withdrawn=tuple([one for one in found if one.status == Status.OPEN] + gone),
        kept=tuple(one for one in found if one.status == Status.USED and one not in used),
        entitlements=tuple(_entitled(visit)),
        referral=referral,
    )


def _without_reward(used: list[Voucher]) -> list[Voucher]:
    """Those that were given for a friend whose visit was voided since: opened, they are withdrawn at once."""
    came_by = {
        one: int(one.occasion.split(":")[1]) for one in used if one.occasion and one.occasion.startswith("referral:")
    }
    if not came_by:
        return []
    standing = Referral.objects.filter(referred=OuterRef("referred"), taken_back_at=None)
    gone = Referral.objects.filter(~Exists(standing), visit__in=list(came_by.values()))
    visits = set(gone.values_list("visit", flat=True))
    return [one for one, visit in came_by.items() if visit in visits]


def undo(account: LoyaltyAccount, visit: Visit, *, by: User, at: datetime) -> Undone:
    """Do it, for a visit that is now void. The account is held by the caller."""
    told = foreseen(visit, OfVisit.read(visit), timezone.localdate(at))
    spending.return_for_void(account, visit, by=by, at=at)
    vouchers.undo_visit(visit, by=by, at=at)
    entitlements.restore(visit, at=at)
    referrals.take_back(visit, by=by, at=at, account=account)
    return told


def undo_reward(account: LoyaltyAccount, visit: Visit, told: Undone, *, by: User, at: datetime) -> Undone:
    """After a whole refund nobody has paid for this visit: the reward for a friend goes, as with a void.

    Else two friends and a refunded visit would make points and vouchers out of nothing. Returns `told` with it.
    """
    referral = referrals.take_back(visit, by=by, at=at, account=account)
    if referral is None:
        return told
    both = (referral.referrer, referral.referred)
    given = Voucher.objects.filter(occasion__in=[referrals.voucher_occasion(visit, one) for one in both])
    found = list(given.select_related("account__client").order_by("pk"))
    return replace(
        told,
        referral=referral,
        withdrawn=tuple(one for one in found if one.status == Status.WITHDRAWN),
        kept=tuple(one for one in found if one.status == Status.USED),
    )


def _until(voucher: Voucher) -> str:
    words = {"voucher": voucher.label, "code": voucher.spoken_code, "day": voucher.expires_on}
    return _("%(voucher)s (%(code)s), until %(day)s") % words


def _of_whom(voucher: Voucher) -> str:
    return _("%(voucher)s of %(client)s") % {"voucher": voucher.label, "client": voucher.account.client.name}


def _rewarded(referral: Referral) -> str:
    names = [one.client.name for one in (referral.referrer, referral.referred)]
    return _("%(clients)s: %(points)s points each") % {"clients": listed(names), "points": f"{referral.points:,}"}


def _entitled(visit: Visit) -> Iterable[str]:
    if not visit.voucher_discount:
        return
    for use in EntitlementUse.objects.select_related("redemption__reward").filter(visit=visit, undone_at=None):
        yield use.redemption.label
