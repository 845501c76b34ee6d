"""What a checkout gave: the visit, its points and the move of tier, and the words that go to the client."""

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from loyalty.models import LoyaltyAccount, PointsEntry, TierChange
from staff.models import Salon
from visits.models import Visit, VisitLine


@dataclass(frozen=True, slots=True)
class Receipt:
    """A visit with what it earned. `balance` is the client's points afterwards; None for a walk-in."""

    visit: Visit
    earned: PointsEntry | None = None
    tier_change: TierChange | None = None
    balance: int | None = None

    @classmethod
    def of(cls, visit: Visit) -> "Receipt":
        """The receipt of a visit that was recorded earlier."""
        if visit.client_id is None:
            return cls(visit)
        earned = PointsEntry.objects.earned().filter(visit=visit).first()
        account = LoyaltyAccount.objects.filter(client=visit.client_id).only("balance").first()
        return cls(visit, earned, change_by(visit), account.balance if account else 0)

    @property
    def points(self) -> int:
        """Points that the visit earned."""
        return self.earned.points if self.earned else 0


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


def summary(receipt: Receipt, lines: list[VisitLine], salon: Salon) -> str:
    """The receipt as a short message to be copied into WeChat. It never holds the care note, which is for the staff."""
    visit = receipt.visit
    addressed = f"{visit.client.name}{visit.client.honorific}" if visit.client else ""
    head = _("[%(salon)s] Thank you for coming, %(client)s!") if addressed else _("[%(salon)s] Thank you for coming!")
    parts = [head % {"salon": salon.name, "client": addressed}, f"{visit.day:%Y-%m-%d}"]
    parts += [f"{line.name} ×{line.quantity} {amount_text(line.amount)}" for line in lines]
    parts.append(_("Paid %(total)s") % {"total": amount_text(visit.total)})
    saved = visit.tier_discount + visit.manual_discount
    if saved:
        parts.append(_("Saved %(saved)s") % {"saved": amount_text(saved)})
    if receipt.points:
        parts.append(
            _("%(points)s points earned, %(balance)s in all")
            % {"points": f"{receipt.points:,}", "balance": f"{receipt.balance or 0:,}"}
        )
    if receipt.tier_change:
        parts.append(_("You are now a %(tier)s member") % {"tier": receipt.tier_change.to_tier.label})
    parts += [_("After %(service)s: %(text)s") % {"service": name, "text": text} for name, text in after_care(lines)]
    if visit.next_care:
        parts.append(_("Next time: %(text)s") % {"text": visit.next_care})
    return "\n".join(parts)
