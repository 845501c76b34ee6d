"""What a checkout gave: the visit, its points and the move of tier, and the words that go to the client."""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Referral, TierChange, Voucher
from loyalty.points import lapsed_on, lapsed_words
from loyalty.spending import OfVisit
from staff.models import Salon
from visits.models import ZERO, Visit, VisitLine


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit with what it used and what it earned. `balance` is the client's points afterwards; None for a walk-in.

    `vouchers` and `entitlements` are those that still count as used here: a void opens them again. `lapsed` says why
    money earned nothing, when it was entered that late.
    """

    visit: Visit
    earned: PointsEntry | None = None
    tier_change: TierChange | None = None
    balance: int | None = None
    book: OfVisit = field(default_factory=OfVisit)
    vouchers: tuple[Voucher, ...] = ()
    entitlements: tuple[str, ...] = ()
    referral: Referral | None = None
    lapsed: str = ""

    @classmethod
    def of(cls, visit: Visit) -> "Receipt":
        """The receipt of a visit that was recorded earlier."""
        if visit.client is None:
            return cls(visit)
        book = OfVisit.read(visit)
        account = LoyaltyAccount.objects.filter(client=visit.client_id).only("balance").first()
        used: tuple[Voucher, ...] = ()
        entitled: tuple[str, ...] = ()
        if visit.voucher_discount:
            used = tuple(visit.vouchers_used.order_by("pk"))
            uses = visit.entitlement_uses.filter(undone_at=None).select_related("redemption__reward")
            entitled = tuple(use.redemption.label for use in uses.order_by("pk"))
        referral = _rewarded_by(visit) if visit.client.referred_by_id else None
        balance = account.balance if account else 0
        lapsed = "" if book.earning else _lapsed_before_entered(visit)
        return cls(visit, book.earning, change_by(visit), balance, book, used, entitled, referral, lapsed)

    @property
    def points(self) -> int:
        """Points that the visit earned."""
        return self.earned.points if self.earned else 0

    def reductions(self) -> list[tuple[str, Decimal]]:
        """What came off after the discounts: words and yuan of each voucher, the entitlements and the points."""
        found = [(_("Voucher %(name)s") % {"name": voucher.label}, voucher.saved) for voucher in self.vouchers]
        rest = self.visit.voucher_discount - sum((yuan for _words, yuan in found), ZERO)
        if rest and self.entitlements:
            found.append((_("Entitlement %(name)s") % {"name": "、".join(self.entitlements)}, rest))
        elif rest:
            found.append((_("Vouchers and entitlements"), rest))
        if self.visit.points_discount:
            spent = _("Points %(points)s") % {"points": f"{self.book.spent:,}"}
            found.append((spent, self.visit.points_discount))
        return found


def _lapsed_before_entered(visit: Visit) -> str:
    """The words for points that had lapsed on the day on which the visit was entered; empty when that is not so."""
    entered = timezone.localdate(visit.recorded_at)
    if not visit.total or visit.imported_from or visit.day.year == entered.year:
        return ""
    lapsed = lapsed_on(visit.day, entered, LoyaltyRules.load())
    return lapsed_words(visit.day, lapsed) if lapsed else ""


def _rewarded_by(visit: Visit) -> Referral | None:
    """The reward for a friend that this visit led to, as long as it stands."""
    return Referral.objects.filter(visit=visit, taken_back_at=None).select_related("referrer__client").first()


def change_by(visit: Visit) -> TierChange | None:
    """The move of tier that this visit led to."""
    return (
        TierChange.objects.filter(account=visit.client_id, why=TierChange.Why.EARNED, figures__visit=visit.pk)
        .select_related("from_tier", "to_tier")
        .first()
    )


def after_care(lines: list[VisitLine]) -> list[tuple[str, str]]:
    """Name and after-care text of each service among `lines` that has one, each service once."""
    texts = {line.service_id: (line.name, line.service.after_care) for line in lines if line.service}
    return [(name, text) for name, text in texts.values() if text]


def amount_text(amount: Decimal) -> str:
    """Yuan as written in a message, such as ¥1,234.50."""
    return f"¥{amount:,.2f}"


def summary(receipt: Receipt, lines: list[VisitLine], salon: Salon, *, with_advice: bool) -> str:
    """The receipt as a short message to be copied into WeChat. It never holds the care note, which is for the staff.

    The advice for the next time only `with_advice`, for who may see what was noted of the treatment.
    """
    visit = receipt.visit
    addressed = f"{visit.client.name}{visit.client.honorific}" if visit.client else ""
    head = _("[%(salon)s] Thank you for coming, %(client)s!") if addressed else _("[%(salon)s] Thank you for coming!")
    parts = [head % {"salon": salon.name, "client": addressed}, f"{visit.day:%Y-%m-%d}"]
    parts += [f"{line.name} ×{line.quantity} {amount_text(line.before_vouchers)}" for line in lines]
    parts += [f"{words} −{amount_text(yuan)}" for words, yuan in receipt.reductions()]
    parts.append(_("Paid %(total)s") % {"total": amount_text(visit.total)})
    saved = visit.tier_discount + visit.manual_discount + visit.voucher_discount
    if saved:
        parts.append(_("Saved %(saved)s") % {"saved": amount_text(saved)})
    if receipt.points:
        parts.append(
            _("%(points)s points earned, %(balance)s in all")
            % {"points": f"{receipt.points:,}", "balance": f"{receipt.balance or 0:,}"}
        )
    if receipt.referral and receipt.referral.points:
        parts.append(_("%(points)s points as a welcome from your friend") % {"points": f"{receipt.referral.points:,}"})
    if receipt.tier_change:
        parts.append(_("You are now a %(tier)s member") % {"tier": receipt.tier_change.to_tier.label})
    parts += [_("After %(service)s: %(text)s") % {"service": name, "text": text} for name, text in after_care(lines)]
    if with_advice and visit.next_care:
        parts.append(_("Next time: %(text)s") % {"text": visit.next_care})
    return "\n".join(parts)
