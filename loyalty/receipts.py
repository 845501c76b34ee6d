"""What a checkout gave: the visit, its points and the move of tier, and the words that go to the client."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Redemption, Referral, TierChange, Voucher
from loyalty.points import lapsed_on, lapsed_words
from loyalty.spending import OfVisit
from staff.listed import listed
from staff.models import Salon
from visits.models import ZERO, Visit, VisitLine


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit with what it used and what it earned. `balance` is the client's points afterwards; None for a walk-in.

    `vouchers` are those that still count as used here: a void opens them again. `tier_change` only as long as it
    stands. `lapsed` says why money earned nothing, when it was entered that late.
    """

    visit: Visit
    earned: PointsEntry | None = None
    tier_change: TierChange | None = None
    balance: int | None = None
    book: OfVisit = field(default_factory=OfVisit)
    vouchers: tuple[Voucher, ...] = ()
    entitlements: tuple[Redemption, ...] = ()
    referral: Referral | None = None
    lapsed: str = ""

    @classmethod
    def of(cls, visit: Visit) -> "Receipt":
        """The receipt of a visit that was recorded earlier."""
        if visit.client is None:
            return cls(visit)
        book = OfVisit.read(visit)
        account: LoyaltyAccount | None = getattr(visit.client, "account", None)
        used: tuple[Voucher, ...] = ()
        entitled: tuple[Redemption, ...] = ()
        if visit.voucher_discount:
            used = tuple(visit.vouchers_used.order_by("pk"))
            uses = visit.entitlement_uses.select_related("redemption__reward")
            entitled = tuple(use.redemption for use in uses.order_by("pk"))
        referral = _rewarded_by(visit) if visit.client.referred_by_id else None
        balance = account.balance if account else 0
        lapsed = "" if book.earning else _lapsed_before_entered(visit)
        return cls(visit, book.earning, _standing_change(visit), balance, book, used, entitled, referral, lapsed)

    @property
    def points(self) -> int:
        """Points that the visit earned."""
        return self.earned.points if self.earned else 0

    @property
    def kept(self) -> int:
        """What it still holds of those points after refunds."""
        return self.points - self.book.taken

    @property
    def given_back(self) -> Decimal:
        """Yuan that a void gave back, besides what was refunded before."""
        return self.visit.total - self.visit.refunded if self.visit.status == Visit.Status.VOID else ZERO

    def reductions(self) -> list[tuple[str, Decimal]]:
        """What came off after the discounts: words and yuan of each voucher, the entitlements and the points."""
        found = [(_("Voucher %(name)s") % {"name": voucher.label}, voucher.saved) for voucher in self.vouchers]
        rest = self.visit.voucher_discount - sum((yuan for _words, yuan in found), ZERO)
        if rest and not self.entitlements:
            found.append((_("Vouchers"), rest))
        elif rest and self.visit.status == Visit.Status.VOID:  # which vouchers it were is no longer known
            found.append((_("Vouchers and entitlements"), rest))
        elif rest:
            names = listed(one.label for one in self.entitlements)
            found.append((_("Entitlement %(name)s") % {"name": names}, rest))
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


def _standing_change(visit: Visit) -> TierChange | None:
    """The move of tier that this visit led to, unless a void or refund undid it."""
    if visit.status == Visit.Status.VOID:
        return None
    changes = TierChange.objects.filter(account=visit.client_id)
    led_to = changes.filter(why=TierChange.Why.EARNED, figures__visit=visit.pk)
    change = led_to.select_related("from_tier", "to_tier").first()
    if change and visit.refunded and changes.filter(figures__undone__contains=[change.pk]).exists():
        return None
    return change


def after_care(lines: list[VisitLine]) -> list[tuple[str, str]]:
    """Name and after-care text of each service among `lines` that has one, each service once."""
    texts = {line.service_id: (line.name, line.service.after_care) for line in lines if line.service}
    return [(name, text) for name, text in texts.values() if text]


def amount_text(amount: Decimal) -> str:
    """Yuan as written in a message, such as ¥1,234.50."""
    return f"¥{amount:,.2f}"


def language_of(visit: Visit) -> str:
    """The language in which the client reads; the house's for a walk-in."""
    return visit.client.language if visit.client else settings.LANGUAGE_CODE


def summary(receipt: Receipt, lines: list[VisitLine], salon: Salon, *, with_advice: bool) -> str:
    """The receipt as a short message to be copied into WeChat, in the client's language.

    It never holds the care note, which is for the staff. The advice for the next time only `with_advice`, for who may
    see what was noted of the treatment.
    """
    with override(language_of(receipt.visit)):
        return "\n".join(_said(receipt, lines, salon, with_advice=with_advice))


def _said(receipt: Receipt, lines: list[VisitLine], salon: Salon, *, with_advice: bool) -> Iterator[str]:
    visit = receipt.visit
    addressed = f"{visit.client.name}{visit.client.honorific}" if visit.client else ""
    head = _("[%(salon)s] Thank you for coming, %(client)s!") if addressed else _("[%(salon)s] Thank you for coming!")
    yield head % {"salon": salon.name, "client": addressed}
    yield f"{visit.day:%Y-%m-%d}"
    yield from (f"{line.name} ×{line.quantity} {amount_text(line.before_vouchers)}" for line in lines)
    yield from (f"{words} −{amount_text(yuan)}" for words, yuan in receipt.reductions())
    yield _("Paid %(total)s") % {"total": amount_text(visit.total)}
    if visit.refunded:
        sums = {"refunded": amount_text(visit.refunded), "rest": amount_text(visit.paid)}
        yield _("Given back %(refunded)s, paid in the end %(rest)s") % sums
    saved = visit.tier_discount + visit.manual_discount + visit.voucher_discount
    if saved and (visit.paid or not visit.refunded):
        yield _("Saved %(saved)s") % {"saved": amount_text(saved)}
    if receipt.kept:
        figures = {"points": f"{receipt.kept:,}", "balance": f"{receipt.balance or 0:,}"}
        yield _("%(points)s points earned, %(balance)s in all") % figures
    if receipt.referral and receipt.referral.points:
        yield _("%(points)s points as a welcome from your friend") % {"points": f"{receipt.referral.points:,}"}
    if receipt.tier_change:
        yield _("You are now a %(tier)s member") % {"tier": receipt.tier_change.to_tier.label}
    for name, text in after_care(lines):
        yield _("After %(service)s: %(text)s") % {"service": name, "text": text}
    if with_advice and visit.next_care:
        yield _("Next time: %(text)s") % {"text": visit.next_care}
