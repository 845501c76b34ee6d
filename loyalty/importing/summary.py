"""What an import leaves behind: how much there is now, and who has stayed away."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Q, Sum

from loyalty.models import LoyaltyAccount
from loyalty.months import months_before
from visits.models import ZERO, Visit

DORMANT_MONTHS = 6  # DESIGN §4, segments: last visit 6 or more calendar months ago


@dataclass(frozen=True, slots=True)
class Summary:
    """All that is on file from one source: lines sold, their yuan, clients, visits, and the dormant among them."""

    rows: int
    total: Decimal
    clients: int
    visits: int
    boundary: date
    dormant: int


def dormancy_boundary(today: date) -> date:
    """Whoever was last here on this day or before it is dormant today."""
    return months_before(today, DORMANT_MONTHS)


def summary(source: str, today: date) -> Summary:
    """Counted from what is stored, whatever run brought it."""
    boundary = dormancy_boundary(today)
    visits = Visit.objects.filter(imported_from=source)
    stored = visits.aggregate(total=Sum("total"), clients=Count("client", distinct=True), visits=Count("pk"))
    dormant = LoyaltyAccount.objects.filter(Q(client__imported_from=source), last_visit_on__lte=boundary).count()
    return Summary(
        rows=visits.aggregate(rows=Count("lines"))["rows"],
        total=stored["total"] or ZERO,
        clients=stored["clients"],
        visits=stored["visits"],
        boundary=boundary,
        dormant=dormant,
    )
