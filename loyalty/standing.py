"""A client's standing: how often, how much and how lately. Counted in days, never in receipts.

A completed visit makes its day a visit day, whatever it cost. Spend is what was paid less what was given back. Void
visits count for nothing, and walk-ins have no account. Rule source: DESIGN §3 and §4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from loyalty.many_accounts import ONE_AT_A_TIME, clients_of, in_batches
from loyalty.models import LoyaltyAccount
from loyalty.months import months_before
from visits.models import ZERO, Visit

WINDOW_MONTHS = 12
# The usual interval is told from this many visit days on.
DAYS_FOR_A_HABIT = 3
WORTH_MEASURING = 50  # accounts opened at once, from which on the tables' sizes are told to the planner
COLUMNS = (
    "first_visit_on",
    "last_visit_on",
    "visits_12m",
    "spend_12m",
    "lifetime_visits",
    "lifetime_spend",
    "usual_interval",
)


@dataclass(frozen=True, slots=True)
class Figures:
    """Spend in yuan and visit days of the 12 months up to a day."""

    spend: Decimal
    visits: int


def window_start(today: date) -> date:
    """The day after which a visit counts for the last 12 months."""
    return months_before(today, WINDOW_MONTHS)


@dataclass(frozen=True, slots=True)
class Days:
    """Yuan by visit day of one client: the 12-month figures of any day, from one look at the visits."""

    spend: dict[date, Decimal]

    @classmethod
    def of(cls, client: int, *, without: int | None = None) -> "Days":
        """The visit days of the client with this id, leaving out the visit `without`. One query."""
        visits = Visit.objects.completed().filter(client=client).order_by()
        if without is not None:
            visits = visits.exclude(pk=without)
        return cls(dict(visits.values_list("day").annotate(spend=Sum("total") - Sum("refunded"))))

    def figures(self, today: date) -> Figures:
        """Spend and visits of the 12 months up to `today`."""
        since = window_start(today)
        counting = [spend for day, spend in self.spend.items() if since < day <= today]
        return Figures(sum(counting, ZERO), len(counting))


def figures_on(account: LoyaltyAccount, day: date) -> Figures:
    """The 12-month figures of `day`, counted from the visits as they stand now."""
    return Days.of(account.pk).figures(day)


# The whole rule. Some clients or all of them: the same statement, so that both give the same figures. `counted` has
# only those whose figures differ. The planner expects one of them, and would count the visits again for each if it
# were not materialized. Percentile_cont is a float: numeric rounds its halves upwards.
COUNTED = """
WITH days AS (
    SELECT client_id, day, sum(total - refunded) AS spend
      FROM visits_visit
     WHERE status = 'completed' AND client_id {of_whom}
     GROUP BY client_id, day),
gaps AS (
    SELECT client_id, day, spend, day - lag(day) OVER (PARTITION BY client_id ORDER BY day) AS gap FROM days),
figures AS (
    SELECT client_id,
           min(day) AS first_visit_on,
           max(day) AS last_visit_on,
           count(*) FILTER (WHERE day > %(since)s) AS visits_12m,
           coalesce(sum(spend) FILTER (WHERE day > %(since)s), 0) AS spend_12m,
           count(*) AS lifetime_visits,
           sum(spend) AS lifetime_spend,
           CASE WHEN count(*) >= %(habit)s
                THEN round((percentile_cont(0.5) WITHIN GROUP (ORDER BY gap))::numeric) END AS usual_interval
      FROM gaps GROUP BY client_id),
counted AS MATERIALIZED (
    SELECT account.client_id, figures.first_visit_on, figures.last_visit_on,
           coalesce(figures.visits_12m, 0) AS visits_12m, coalesce(figures.spend_12m, 0) AS spend_12m,
           coalesce(figures.lifetime_visits, 0) AS lifetime_visits,
           coalesce(figures.lifetime_spend, 0) AS lifetime_spend, figures.usual_interval,
           ROW(account.first_visit_on, account.last_visit_on, account.visits_12m, account.spend_12m,
               account.lifetime_visits, account.lifetime_spend, account.usual_interval) AS was
      FROM loyalty_loyaltyaccount AS account LEFT JOIN figures USING (client_id)
     WHERE account.client_id {of_whom}
       AND (account.first_visit_on, account.last_visit_on, account.visits_12m, account.spend_12m,
            account.lifetime_visits, account.lifetime_spend, account.usual_interval)
           IS DISTINCT FROM
           (figures.first_visit_on, figures.last_visit_on, coalesce(figures.visits_12m, 0),
            coalesce(figures.spend_12m, 0), coalesce(figures.lifetime_visits, 0),
            coalesce(figures.lifetime_spend, 0), figures.usual_interval))
"""
EVERYBODY, THESE = "IS NOT NULL", "= ANY(%(clients)s)"
FIND = COUNTED.format(of_whom=EVERYBODY) + "SELECT client_id FROM counted ORDER BY client_id"  # noqa: S608
# Nobody is written whom a checkout counted meanwhile: `was` is then no longer what the account says.
REBUILD = f"""{COUNTED.format(of_whom=THESE)}
UPDATE loyalty_loyaltyaccount AS account
   SET first_visit_on = counted.first_visit_on, last_visit_on = counted.last_visit_on,
       visits_12m = counted.visits_12m, spend_12m = counted.spend_12m,
       lifetime_visits = counted.lifetime_visits, lifetime_spend = counted.lifetime_spend,
       usual_interval = counted.usual_interval
  FROM counted
 WHERE account.client_id = counted.client_id
   AND counted.was IS NOT DISTINCT FROM
       ROW(account.first_visit_on, account.last_visit_on, account.visits_12m, account.spend_12m,
           account.lifetime_visits, account.lifetime_spend, account.usual_interval)
"""  # noqa: S608  # what is put in is a condition of our own
RETURNING = "RETURNING " + ", ".join(f"account.{column}" for column in COLUMNS)
OPEN_MISSING = """
INSERT INTO loyalty_loyaltyaccount
    (client_id, balance, tier_id, segment, visits_12m, spend_12m, lifetime_visits, lifetime_spend)
SELECT client.id, 0, (SELECT id FROM loyalty_tier ORDER BY position LIMIT 1), '', 0, 0, 0, 0
  FROM clients_client AS client
 WHERE EXISTS (SELECT FROM visits_visit AS visit WHERE visit.client_id = client.id)
   AND NOT EXISTS (SELECT FROM loyalty_loyaltyaccount AS account WHERE account.client_id = client.id)
ON CONFLICT DO NOTHING
"""


def refresh(account: LoyaltyAccount, today: date) -> None:
    """Count one client's standing again, as of `today`, and bring `account` up to date with it."""
    with connection.cursor() as cursor:
        cursor.execute(REBUILD + RETURNING, _values(today, [account.pk]))
        row: Sequence[Any] | None = cursor.fetchone()
    if row is None:
        account.refresh_from_db(fields=COLUMNS)
        return
    for column, value in zip(COLUMNS, row, strict=True):
        setattr(account, column, value)


def count_visit(account: LoyaltyAccount, visit: Visit) -> None:
    """Let a visit that was just recorded count, as of the day on which it was entered."""
    refresh(account, timezone.localdate(visit.recorded_at))


def rebuild_all(today: date) -> int:
    """Count everybody's standing again, as of `today`. Returns how many accounts got other figures.

    Also opens the accounts of clients whose visits came by import. Stopped anywhere or run twice, it leaves what the
    next run finishes.
    """
    _open_missing()
    return in_batches(clients_of(FIND, _values(today)), lambda clients: _rebuild(clients, today))


@transaction.atomic
def _open_missing() -> None:
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(OPEN_MISSING)
        if cursor.rowcount >= WORTH_MEASURING:
            # After a large import the planner still takes the tables for empty, and what follows may take minutes.
            cursor.execute("ANALYZE clients_client, visits_visit, visits_visitline, loyalty_loyaltyaccount")


def _rebuild(clients: Sequence[int], today: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(REBUILD, _values(today, clients))
        return int(cursor.rowcount)


def _values(today: date, clients: Sequence[int] = ()) -> dict[str, Any]:
    return {"since": window_start(today), "habit": DAYS_FOR_A_HABIT, "clients": list(clients)}
