"""Which points lapse when, and the night on which they do. The oldest are spent first.

What is taken back comes off the points it once gave; what is given back (a positive `reverse`) was never spent, so the
points have the day again that they had. Rule source: DESIGN §4, points expiry.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, Sum
from django.utils import timezone

from loyalty.models import LoyaltyAccount, PointsEntry
from staff.compiled import CLIENT, Compiled

Kind = PointsEntry.Kind
# These name the day of the points they take; any other line takes the oldest.
FROM_THEIR_OWN = (Kind.REVERSE, Kind.EXPIRE)
OWN = (Q(points__gt=0) & ~Q(kind=Kind.REVERSE)) | Q(points__lt=0, kind__in=FROM_THEIR_OWN)


@dataclass(frozen=True, slots=True)
class Lot:
    """Points that lapse after the same day; None: never."""

    expires_on: date | None
    points: int


def lots(account: LoyaltyAccount) -> list[Lot]:
    """What is left of the points by the day they lapse, the first to lapse first. One query; their sum is the balance.

    A negative balance has no lots.
    """
    return fold([(day, own, spent) for day, own, spent in _sums().ask({CLIENT: account.pk})])


@lru_cache(maxsize=1)
def _sums() -> Compiled:
    of_client = PointsEntry.objects.filter(account=CLIENT).order_by().values_list("expires_on")
    own, spent = (Sum("points", filter=which, default=0) for which in (OWN, ~OWN))
    return Compiled(of_client.annotate(own=own, spent=spent))


def fold(sums: list[tuple[date | None, int, int]]) -> list[Lot]:
    """Spend the oldest first. `sums`: a day, the points that came and went under it, and what was spent (negative)."""
    to_take = -sum(spent for _day, _own, spent in sums)
    to_take -= sum(own for _day, own, _spent in sums if own < 0)
    left = []
    for day, own, _spent in sorted(sums, key=lambda row: row[0] or date.max):
        taken = min(max(own, 0), max(to_take, 0))
        to_take -= taken
        if own - taken > 0:
            left.append(Lot(day, own - taken))
    return left


# `fold` once more, over many accounts at once. A lot begins where those that lapse before it end, and what was taken
# eats from the beginning. `to_take` stands in every row of an account.
LOTS = """
    sums AS (
        SELECT account_id, expires_on, coalesce(sum(points) FILTER (WHERE is_own), 0) AS own,
               coalesce(sum(points) FILTER (WHERE NOT is_own), 0) AS spent,
               coalesce(sum(points) FILTER (WHERE kind = 'expire'), 0) AS lapsed
          FROM (SELECT account_id, expires_on, points, kind,
                       CASE WHEN points > 0 THEN kind <> 'reverse' ELSE kind IN ('reverse', 'expire') END AS is_own
                  FROM loyalty_pointsentry WHERE account_id {of_whom}) AS book
         GROUP BY account_id, expires_on),
    places AS (
        SELECT account_id, expires_on, greatest(own, 0) AS own,
               sum(greatest(own, 0)) OVER (PARTITION BY account_id ORDER BY expires_on NULLS LAST) AS reaches_to,
               sum(greatest(-own, 0) - spent) OVER (PARTITION BY account_id) AS to_take
          FROM sums),
    lots AS (
        SELECT account_id, expires_on, least(own, reaches_to - to_take) AS points
          FROM places WHERE least(own, reaches_to - to_take) > 0)
"""  # the only thing put in is a condition of our own
# Points that lapsed and were then taken back too, because their visit was refunded: they are not taken twice.
BACK = """
    back AS (
        SELECT account_id, expires_on, greatest(own, lapsed) AS points FROM sums WHERE own < 0 AND lapsed < 0)
"""
# Whose old days still hold something, before what was spent is taken off, or owe something that had lapsed: most
# clients' are settled for good.
UNSETTLED = """
    IN (SELECT account_id FROM loyalty_pointsentry
         WHERE expires_on < {day} AND (points > 0 AND kind <> 'reverse' OR points < 0 AND kind IN ('reverse', 'expire'))
         GROUP BY account_id, expires_on HAVING sum(points) > 0 OR sum(points) < 0 AND bool_or(kind = 'expire'))
"""
DUE = f"""
WITH {LOTS.format(of_whom=UNSETTLED.format(day="%(today)s"))}, {BACK}
SELECT account_id FROM lots WHERE expires_on < %(today)s
 UNION
SELECT account_id FROM back WHERE expires_on < %(today)s
 ORDER BY account_id
"""  # noqa: S608
# Whoever acts on an account holds its row, so an account that is held here keeps still.
HOLD = "SELECT client_id FROM loyalty_loyaltyaccount WHERE client_id = ANY(%(clients)s) ORDER BY client_id FOR UPDATE"
# Balance and entries move in one statement. An occasion that is there already was written today, and something came
# since: it goes with the next day.
WRITE_OFF = """
WITH {found},
    due AS (
        SELECT account_id, expires_on, points, occasion,
               sum(points) OVER (PARTITION BY account_id ORDER BY expires_on) AS so_far
          FROM (SELECT account_id, expires_on, points,
                       format('expire:%%s:%%s:%%s', account_id, to_char(expires_on, 'YYYY-MM-DD'), %(on)s) AS occasion
                  FROM {which} WHERE expires_on < %(today)s) AS past
         WHERE NOT EXISTS (SELECT FROM loyalty_pointsentry AS known WHERE known.occasion = past.occasion)),
    moved AS (
        UPDATE loyalty_loyaltyaccount AS account SET balance = account.balance - gone.points
          FROM (SELECT account_id, sum(points) AS points FROM due GROUP BY account_id) AS gone
         WHERE account.client_id = gone.account_id
        RETURNING account.client_id, account.balance + gone.points AS was)
INSERT INTO loyalty_pointsentry (account_id, kind, points, balance_after, occasion, expires_on, why, at)
SELECT due.account_id, 'expire', -due.points, moved.was - due.so_far, due.occasion, due.expires_on, '', %(at)s
  FROM due JOIN moved ON moved.client_id = due.account_id
 ORDER BY due.account_id, due.expires_on
"""
OF_THESE = LOTS.format(of_whom="= ANY(%(clients)s)")
GIVE_BACK = WRITE_OFF.format(found=f"{OF_THESE}, {BACK}", which="back")
LAPSE = WRITE_OFF.format(found=OF_THESE, which="lots")
# Two runs at once would each find what the other just took; the second waits for the batch of the first.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('loyalty.lapsing'))"
BATCH = 500


def lapse(today: date, *, at: datetime | None = None) -> int:
    """Write off every lot whose day is before `today`, and move the balances with it. Returns how many lines it wrote.

    First it gives back what had lapsed of an earning that was taken back since, which else would be taken twice.
    Goes client by client in short batches, each whole or not at all, and steps round whom the counter is serving;
    those are waited for at the end, one at a time, so that nobody ever waits for more than one batch. Stopped
    anywhere or run twice, it leaves what the next run finishes.
    """
    at = at or timezone.now()
    lapsed, busy = 0, list[int]()
    found = due(today)
    for start in range(0, len(found), BATCH):
        clients = found[start : start + BATCH]
        held, wrote = _lapse_batch(clients, today, at, wait=False)
        lapsed += wrote
        busy += sorted(set(clients) - held)
    for client in busy:
        lapsed += _lapse_batch([client], today, at, wait=True)[1]
    return lapsed


def due(today: date) -> list[int]:
    """The clients for whom `lapse` has something to write."""
    return [client for (client,) in _rows(DUE, {"today": today})]


def _lapse_batch(clients: Sequence[int], today: date, at: datetime, *, wait: bool) -> tuple[set[int], int]:
    """The clients that could be held, and how many lots of theirs lapsed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(HOLD if wait else f"{HOLD} SKIP LOCKED", {"clients": list(clients)})
        held = {row[0] for row in cursor.fetchall()}
        wrote = 0
        # Statements of their own: each sees what was posted before the rows were held, and the second the first.
        for sql in (GIVE_BACK, LAPSE):
            cursor.execute(sql, {"clients": list(held), "today": today, "on": today.isoformat(), "at": at})
            wrote += int(cursor.rowcount)
        return held, wrote


def _rows(sql: str, values: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        yield from cursor.fetchall()
