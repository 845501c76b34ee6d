"""What the open vouchers would cost the salon if all of them were used. What they are worth is partly an estimate."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count

from clients.models import Client
from loyalty.models import MeanTicket, Voucher, VoucherKind, Worth
from loyalty.segments import mean_ticket
from visits.models import ZERO
from visits.pricing import cents


@dataclass(frozen=True, slots=True)
class KindCost:
    """The open vouchers of one kind. `yuan`: what they would cost, None where there is nothing to measure by."""

    kind: int
    name: str
    name_en: str
    count: int
    yuan: Decimal | None
    is_estimate: bool

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return VoucherKind(name=self.name, name_en=self.name_en).label


@dataclass(frozen=True, slots=True)
class Costs:
    """All kinds of which some are open, and their sums. `ticket` is the mean ticket that per cent were taken of."""

    kinds: list[KindCost]
    ticket: Decimal | None

    @property
    def is_estimate(self) -> bool:
        return any(kind.is_estimate for kind in self.kinds)

    @property
    def count(self) -> int:
        return sum(kind.count for kind in self.kinds)

    @property
    def yuan(self) -> Decimal:
        return sum((kind.yuan for kind in self.kinds if kind.yuan is not None), ZERO)


# Vouchers of a kind whose terms were changed since are counted by their own terms.
TERMS = ("kind", "kind__name", "kind__name_en", "worth", "value", "min_spend", "service", "service__price")


def costs(today: date) -> Costs:
    """The vouchers that are open on `today`, by kind: how many, and what they cost in yuan. At most three queries.

    An amount counts in full. Per cent are taken of the mean ticket, or of the minimum spend where that is more; of a
    voucher for one service, of what the service costs today, as with a price or a trial.
    """
    ticket = MeanTicket.objects.filter(on__lte=today).order_by("-on").values_list("mean", flat=True).first()
    ticket = ticket or mean_ticket()
    alive = Voucher.objects.usable(today).filter(account__client__in=Client.objects.on_file())
    kinds: dict[int, KindCost] = {}
    for row in alive.values(*TERMS).annotate(count=Count("pk")).order_by("kind__name", "kind"):
        one, known = cost_of_one(row, ticket), kinds.get(row["kind"])
        kinds[row["kind"]] = KindCost(
            row["kind"],
            row["kind__name"],
            row["kind__name_en"],
            row["count"] + (known.count if known else 0),
            _sum(known.yuan if known else None, None if one is None else one * row["count"]),
            row["worth"] != Worth.AMOUNT or bool(known and known.is_estimate),
        )
    return Costs(list(kinds.values()), ticket)


def cost_of_one(terms: dict[str, Any], ticket: Decimal | None) -> Decimal | None:
    """What one voucher of these terms costs, in yuan; None for per cent of a bill while the salon has no ticket."""
    price: Decimal | None = terms["service__price"]
    value: Decimal = terms["value"]
    if terms["worth"] == Worth.AMOUNT:
        return value if price is None else min(value, price)
    if terms["worth"] == Worth.PERCENT:
        whole = price if price is not None else ticket and max(ticket, terms["min_spend"])
        return None if whole is None else cents(whole * value / 100)
    return max((price or ZERO) - value, ZERO)


def _sum(*parts: Decimal | None) -> Decimal | None:
    told = [part for part in parts if part is not None]
    return sum(told, ZERO) if told else None
