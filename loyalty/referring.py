"""The manager's list of the best referrers."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple, Self

from django.db import connection
from django.utils import timezone

from clients.models import Client

ROWS_A_PAGE = 30
PLACE = re.compile(r"([0-9]{1,18})_([0-9]{1,15}(?:\.[0-9]{1,2})?)_([0-9]{1,18})_([0-9]{1,18})")


class Place(NamedTuple):
    """Where a page of the list ended: the next one goes on behind it."""

    came: int
    spent: Decimal
    brought: int
    referrer: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place in an address, such as `3_1280.50_5_17`; None when it is not one."""
        found = PLACE.fullmatch(text)
        return cls(int(found[1]), Decimal(found[2]), int(found[3]), int(found[4])) if found else None

    def __str__(self) -> str:
        return f"{self.came}_{self.spent}_{self.brought}_{self.referrer}"


@dataclass(frozen=True, slots=True)
class Referrer:
    """One line of the list. Yuan are what those brought spent in 12 months; points are what the referrer got."""

    client: Client
    brought: int
    came: int
    spent: Decimal
    points: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All lines of the list together."""

    referrers: int
    brought: int
    came: int
    spent: Decimal
    points: int


@dataclass(frozen=True, slots=True)
class BestReferrers:
    """One page of the list, the best first, and where the next page starts."""

    rows: list[Referrer]
    totals: Totals | None
    more: Place | None


# `spend_12m` of whom they brought is kept by the standing. Files merged away are counted where they went.
BEST = """
WITH by_referrer AS (
    SELECT client.referred_by_id AS referrer, count(*) AS brought,
           count(account.first_visit_on) AS came,
           coalesce(sum(account.spend_12m), 0) AS spent,
           coalesce(sum(referral.points), 0) AS points
      FROM clients_client AS client
      LEFT JOIN loyalty_loyaltyaccount AS account ON account.client_id = client.id
      LEFT JOIN loyalty_referral AS referral
             ON referral.referred_id = client.id AND referral.referrer_id = client.referred_by_id
            AND referral.taken_back_at IS NULL
     WHERE client.referred_by_id IS NOT NULL AND client.status <> 'merged'
       AND (%(since)s::timestamptz IS NULL OR client.created_at >= %(since)s)
     GROUP BY client.referred_by_id),
totals AS (
    SELECT count(*) AS referrers, sum(brought) AS brought, sum(came) AS came, sum(spent) AS spent,
           sum(points) AS points
      FROM by_referrer)
SELECT best.referrer, best.brought, best.came, best.spent, best.points,
       totals.referrers, totals.brought, totals.came, totals.spent, totals.points
  FROM by_referrer AS best CROSS JOIN totals
 WHERE %(referrer)s::bigint IS NULL
    OR (best.came, best.spent, best.brought, best.referrer)
       < (%(came)s::bigint, %(spent)s::numeric, %(brought)s::bigint, %(referrer)s::bigint)
 ORDER BY best.came DESC, best.spent DESC, best.brought DESC, best.referrer DESC
 LIMIT %(limit)s
"""


def best_referrers(since: date | None, before: Place | None = None) -> BestReferrers:
    """Who brought most clients whose files were opened from `since` on: those that came count first. Two queries."""
    start = timezone.make_aware(datetime.combine(since, time.min)) if since else None
    place = before or Place(0, Decimal(0), 0, 0)
    values = place._asdict() | {"since": start, "limit": ROWS_A_PAGE + 1}
    if before is None:
        values["referrer"] = None
    with connection.cursor() as cursor:
        cursor.execute(BEST, values)
        found = cursor.fetchall()
    shown = found[:ROWS_A_PAGE]
    clients = Client.objects.only("id", "name", "honorific", "status").in_bulk([row[0] for row in shown])
    rows = [Referrer(clients[row[0]], *row[1:5]) for row in shown]
    last = rows[-1] if len(found) > ROWS_A_PAGE else None
    more = Place(last.came, last.spent, last.brought, last.client.pk) if last else None
    return BestReferrers(rows, Totals(*found[0][5:]) if found else None, more)
