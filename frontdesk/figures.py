"""The strip of figures over a client file: what the membership says about this client, in a few numbers."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.core.cache import cache
from django.db.models import Sum

from loyalty.models import LoyaltyAccount
from staff.models import User
from staff.roles import Can

AVERAGE_KEPT = 6 * 60 * 60  # seconds; the average of twelve months hardly moves within a day
AVERAGE = "frontdesk.average_ticket"


@dataclass(frozen=True)
class Figures:
    """Numbers about one client; None where there is nothing to say or the user may not see it.

    `ticket` is the spend in yuan of a visit day in 12 months, `ratio` that many times the salon's own average.
    """

    last_visit_on: date | None = None
    expected_on: date | None = None
    is_late: bool = False
    visits: int = 0
    usual_interval: int | None = None
    spend: Decimal | None = None
    ticket: Decimal | None = None
    ratio: Decimal | None = None


def figures_of(account: LoyaltyAccount | None, user: User, today: date) -> Figures:
    """The figures of an account for this user; of a client without one, that there are none."""
    if account is None:
        return Figures()
    expected = None
    if account.last_visit_on and account.usual_interval:
        expected = account.last_visit_on + timedelta(days=account.usual_interval)
    spend = ticket = ratio = None
    if user.can(Can.SEE_SPEND):
        spend = account.spend_12m
        ticket = account.spend_12m / account.visits_12m if account.visits_12m else None
        ratio = _times(ticket, average_ticket())
    return Figures(
        account.last_visit_on,
        expected,
        bool(expected and expected < today),
        account.lifetime_visits,
        account.usual_interval,
        spend,
        ticket,
        ratio,
    )


def average_ticket() -> Decimal | None:
    """The salon's mean spend of a visit day in 12 months, in yuan; None before the first. Kept for some hours."""
    kept: Decimal | None = cache.get(AVERAGE)
    if kept is None:
        sums = LoyaltyAccount.objects.filter(visits_12m__gt=0).aggregate(
            spend=Sum("spend_12m"), visits=Sum("visits_12m")
        )
        kept = sums["spend"] / sums["visits"] if sums["visits"] else Decimal(0)
        cache.set(AVERAGE, kept, AVERAGE_KEPT)
    return kept or None


def _times(ticket: Decimal | None, average: Decimal | None) -> Decimal | None:
    if ticket is None or average is None:
        return None
    return (ticket / average).quantize(Decimal("0.1"), ROUND_HALF_UP)
