"""Whether the books are right, asked of the database: each question gives the clients for whom they are not.

The standing is compared as of the day it was counted, so only what does not depend on the day is judged here.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

FAULTS_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong for one client; `client` is the client's id, 0 for a walk-in."""

    client: int
    what: str

    def __str__(self) -> str:
        return f"C-{self.client:05d}: {self.what}" if self.client else f"{_('Walk-in')}: {self.what}"


BALANCE = """
SELECT account.client_id, account.balance, coalesce(book.points, 0)
  FROM loyalty_loyaltyaccount AS account
  LEFT JOIN (SELECT account_id, sum(points) AS points FROM loyalty_pointsentry GROUP BY account_id) AS book
    ON book.account_id = account.client_id
 WHERE account.balance <> coalesce(book.points, 0)
"""
CHAIN = """
SELECT account_id, id, balance_after
  FROM (SELECT account_id, id, balance_after,
               sum(points) OVER (PARTITION BY account_id ORDER BY id) AS so_far FROM loyalty_pointsentry) AS book
 WHERE balance_after <> so_far
"""
# A visit may have earned nothing because of the figures of its day, so only visits entered since the last change of
# those figures are asked for their entry. What came from another system earns nothing here.
MISSING_EARNING = """
WITH rules AS (
    SELECT coalesce((SELECT points_per_yuan FROM loyalty_loyaltyrules), 1)
           * (SELECT min(multiplier) FROM loyalty_tier) AS least,
           (SELECT max(at) FROM staff_auditentry
             WHERE model IN ('loyalty_loyaltyrules', 'loyalty_tier')
               AND changes ?| ARRAY['points_per_yuan', 'multiplier', 'birthday_multiplier']) AS since)
SELECT visit.client_id, visit.id, visit.total
  FROM visits_visit AS visit CROSS JOIN rules
 WHERE visit.client_id IS NOT NULL AND visit.imported_from = '' AND visit.status = 'completed'
   AND floor(visit.total * rules.least) >= 1
   AND (rules.since IS NULL OR visit.recorded_at > rules.since)
   AND NOT EXISTS (SELECT FROM loyalty_pointsentry AS entry WHERE entry.visit_id = visit.id AND entry.kind = 'earn')
"""
WRONG_EARNING = """
SELECT entry.account_id, entry.id, ''
  FROM loyalty_pointsentry AS entry LEFT JOIN visits_visit AS visit ON visit.id = entry.visit_id
 WHERE entry.kind = 'earn'
   AND (visit.id IS NULL OR entry.points <= 0 OR entry.expires_on IS NULL
        OR entry.occasion <> 'earn:visit:' || visit.id OR visit.client_id IS DISTINCT FROM entry.account_id)
"""
# What is left of an earning is its share of the money that is left, rounded down; of a void visit nothing.
WRONG_REVERSAL = """
SELECT book.account_id, visit.id, book.earned + book.reversed
  FROM (SELECT account_id, visit_id, sum(points) FILTER (WHERE kind = 'earn') AS earned,
               coalesce(sum(points) FILTER (WHERE kind = 'reverse'), 0) AS reversed
          FROM loyalty_pointsentry WHERE visit_id IS NOT NULL AND kind IN ('earn', 'reverse')
         GROUP BY account_id, visit_id) AS book
  JOIN visits_visit AS visit ON visit.id = book.visit_id
 WHERE book.earned IS NULL
    OR book.earned + book.reversed <> CASE
       WHEN visit.status = 'void' THEN 0
       WHEN visit.total = 0 THEN book.earned
       ELSE floor(book.earned * (visit.total - visit.refunded) / visit.total) END
"""
WRONG_REFUNDED = """
SELECT coalesce(visit.client_id, 0), visit.id, visit.refunded
  FROM visits_visit AS visit
  LEFT JOIN (SELECT visit_id, sum(amount) AS amount FROM visits_refund GROUP BY visit_id) AS given
    ON given.visit_id = visit.id
 WHERE visit.refunded <> coalesce(given.amount, 0)
"""
# The tier is the one the last change led to. Without any change it is the one that needs nothing.
WRONG_TIER = """
SELECT account.client_id, tier.name, ''
  FROM loyalty_loyaltyaccount AS account
  JOIN loyalty_tier AS tier ON tier.id = account.tier_id
  LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, to_tier_id FROM loyalty_tierchange
              ORDER BY account_id, id DESC) AS last ON last.account_id = account.client_id
 WHERE CASE WHEN last.account_id IS NULL THEN tier.min_spend > 0 OR tier.min_visits > 0
            ELSE last.to_tier_id <> account.tier_id END
"""
UNREACHED_TIER = """
SELECT account_id, id, figures ->> 'spend'
  FROM loyalty_tierchange
 WHERE why = 'earned'
   AND NOT coalesce((figures ->> 'min_spend')::numeric > 0
                    AND (figures ->> 'spend')::numeric >= (figures ->> 'min_spend')::numeric, false)
   AND NOT coalesce((figures ->> 'min_visits')::int > 0
                    AND (figures ->> 'visits')::int >= (figures ->> 'min_visits')::int, false)
"""
WRONG_STANDING = """
SELECT account.client_id, account.lifetime_visits, account.lifetime_spend
  FROM loyalty_loyaltyaccount AS account
  LEFT JOIN (SELECT client_id, min(day) AS first, max(day) AS last, count(DISTINCT day) AS visits,
                    sum(total - refunded) AS spend
               FROM visits_visit WHERE status = 'completed' GROUP BY client_id) AS counted USING (client_id)
 WHERE (account.first_visit_on, account.last_visit_on, account.lifetime_visits, account.lifetime_spend)
       IS DISTINCT FROM (counted.first, counted.last, coalesce(counted.visits, 0), coalesce(counted.spend, 0))
"""
NO_ACCOUNT = """
SELECT DISTINCT visit.client_id, 0, ''
  FROM visits_visit AS visit
 WHERE visit.client_id IS NOT NULL
   AND NOT EXISTS (SELECT FROM loyalty_loyaltyaccount AS account WHERE account.client_id = visit.client_id)
"""

# %(one)s and %(other)s are the second and third column.
CHECKS = (
    (BALANCE, gettext_noop("the balance is %(one)s, the entries add up to %(other)s")),
    (CHAIN, gettext_noop("entry %(one)s tells a balance of %(other)s, which is not what came before")),
    (MISSING_EARNING, gettext_noop("visit %(one)s of ¥%(other)s has earned nothing")),
    (WRONG_EARNING, gettext_noop("entry %(one)s does not match the visit that it was earned by")),
    (WRONG_REVERSAL, gettext_noop("of visit %(one)s, %(other)s points are left, which does not match the money")),
    (WRONG_REFUNDED, gettext_noop("visit %(one)s tells ¥%(other)s as refunded, its refunds something else")),
    (WRONG_TIER, gettext_noop("is in tier %(one)s, to which no change of tier led")),
    (UNREACHED_TIER, gettext_noop("tier change %(one)s was earned without its minimum")),
    (WRONG_STANDING, gettext_noop("the standing (%(one)s visits, ¥%(other)s in all) is not what the visits add up to")),
    (NO_ACCOUNT, gettext_noop("has visits and no membership")),
)


def faults() -> Iterator[Fault]:
    """Everything that is wrong, check by check. One statement each, read through without holding all of it."""
    for sql, words in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(sql, [])
            for client, one, other in iter(cursor.fetchone, None):
                yield Fault(client, _(words) % {"one": one, "other": other})


def accounts_checked() -> int:
    """How many memberships there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loyalty_loyaltyaccount")
        return int(cursor.fetchone()[0])
