"""Whether the points book adds up: balances, earnings, what was taken back, spent and given back, lots and lapsing."""

from django.utils.translation import gettext_noop

from loyalty.checking.asking import Check
from loyalty.lapsing import LOTS, UNSETTLED

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
# those figures are asked for their entry. What came from another system earns nothing here, nor does a visit entered
# when its points would have lapsed already (by the year as it is at the date line: a few hours are not asked).
MISSING_EARNING = """
WITH rules AS (
    SELECT coalesce((SELECT points_per_yuan FROM loyalty_loyaltyrules), 1)
           * (SELECT min(multiplier) FROM loyalty_tier) AS least,
           coalesce((SELECT lapse_after_years FROM loyalty_loyaltyrules), 1) AS years,
           (SELECT max(at) FROM staff_auditentry
             WHERE model IN ('loyalty_loyaltyrules', 'loyalty_tier')
               AND changes ?| ARRAY['points_per_yuan', 'lapse_after_years', 'multiplier', 'birthday_multiplier'])
           AS since)
SELECT visit.client_id, visit.id, visit.total
  FROM visits_visit AS visit CROSS JOIN rules
 WHERE visit.client_id IS NOT NULL AND visit.imported_from = '' AND visit.status = 'completed'
   AND floor(visit.total * rules.least) >= 1
   AND (rules.since IS NULL OR visit.recorded_at > rules.since)
   AND extract(year FROM visit.day) + rules.years
       >= extract(year FROM (visit.recorded_at AT TIME ZONE 'UTC') + interval '14 hours')
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
WITH asked AS (
    SELECT id FROM visits_visit WHERE status = 'void' OR refunded > 0
     UNION
    SELECT visit_id FROM loyalty_pointsentry WHERE kind = 'reverse' AND points < 0 AND visit_id IS NOT NULL)
SELECT book.account_id, visit.id, book.earned + book.reversed
  FROM (SELECT account_id, visit_id, sum(points) FILTER (WHERE kind = 'earn') AS earned,
               coalesce(sum(points) FILTER (WHERE kind = 'reverse'), 0) AS reversed
          FROM loyalty_pointsentry
         WHERE visit_id IN (SELECT id FROM asked) AND (kind = 'earn' OR kind = 'reverse' AND points < 0)
         GROUP BY account_id, visit_id) AS book
  JOIN visits_visit AS visit ON visit.id = book.visit_id
 WHERE book.earned IS NULL
    OR book.earned + book.reversed <> CASE
       WHEN visit.status = 'void' THEN 0
       WHEN visit.total = 0 THEN book.earned
       ELSE floor(book.earned * (visit.total - visit.refunded) / visit.total) END
"""
# Points as money: the receipt tells yuan, the book points. How many, is known while the figure was not changed since.
WRONG_SPENDING = """
WITH rules AS (
    SELECT (SELECT points_per_yuan_off FROM loyalty_loyaltyrules) AS rate,
           (SELECT max(at) FROM staff_auditentry
             WHERE model = 'loyalty_loyaltyrules' AND changes ? 'points_per_yuan_off') AS since)
SELECT coalesce(entry.account_id, visit.client_id, 0), coalesce(visit.id, entry.visit_id), coalesce(-entry.points, 0)
  FROM (SELECT * FROM loyalty_pointsentry WHERE kind = 'redeem' AND occasion LIKE 'redeem:visit:%%') AS entry
  FULL JOIN (SELECT id, client_id, points_discount, recorded_at FROM visits_visit WHERE points_discount > 0) AS visit
    ON visit.id = entry.visit_id
 CROSS JOIN rules
 WHERE visit.id IS NULL OR entry.id IS NULL OR visit.client_id IS DISTINCT FROM entry.account_id
    OR entry.occasion <> 'redeem:visit:' || visit.id
    OR ((rules.since IS NULL OR visit.recorded_at > rules.since)
        AND -entry.points <> ceil(visit.points_discount * rules.rate))
"""
# They come back with the money, rounded down so that the last refund brings all; of a void visit all come back.
WRONG_RETURN = """
SELECT book.account_id, visit.id, book.returned
  FROM (SELECT account_id, visit_id, coalesce(-sum(points) FILTER (WHERE kind = 'redeem'), 0) AS spent,
               coalesce(sum(points) FILTER (WHERE kind = 'reverse'), 0) AS returned
          FROM loyalty_pointsentry
         WHERE visit_id IS NOT NULL AND (kind = 'redeem' OR kind = 'reverse' AND points > 0)
         GROUP BY account_id, visit_id) AS book
  JOIN visits_visit AS visit ON visit.id = book.visit_id
 WHERE book.returned <> CASE
       WHEN visit.status = 'void' THEN book.spent
       WHEN visit.total = 0 THEN 0
       ELSE floor(book.spent * visit.refunded / visit.total) END
"""
# The lots add up to the balance if the entries do, unless more was given back than had been spent: so only who was
# given something back is folded.
GIVEN_BACK = "IN (SELECT account_id FROM loyalty_pointsentry WHERE kind = 'reverse' AND points > 0)"
WRONG_LOTS = f"""
WITH {LOTS.format(of_whom=GIVEN_BACK)}
SELECT account.client_id, account.balance, coalesce(sum(lots.points), 0)
  FROM loyalty_loyaltyaccount AS account LEFT JOIN lots ON lots.account_id = account.client_id
 WHERE account.client_id {GIVEN_BACK}
 GROUP BY account.client_id, account.balance
HAVING greatest(account.balance, 0) <> coalesce(sum(lots.points), 0)
"""  # noqa: S608  # conditions of our own
# A night may be missed and is made up for; what is left after the last night that was held is a fault. What came back
# under a day that had lapsed goes the night after it came.
LEFT_OVER = f"""
WITH night AS (
    SELECT done_to AS held, least(started_at, finished_at) AS since FROM staff_jobrun WHERE job = %(job)s),
{LOTS.format(of_whom=UNSETTLED.format(day="(SELECT held FROM night)"))}
SELECT lots.account_id, lots.points, lots.expires_on
  FROM lots JOIN night ON lots.expires_on < night.held
 WHERE NOT EXISTS (SELECT FROM loyalty_pointsentry AS since
                    WHERE since.account_id = lots.account_id AND since.at >= night.since)
"""  # noqa: S608
# What lapsed is what was left of its day when it was written: the fold of everything before that line. What came back
# had lapsed and was taken back too.
WRONG_LAPSING = """
WITH book AS (
    SELECT gone.id, gone.account_id, gone.expires_on, gone.points AS gone, earlier.expires_on AS day,
           coalesce(sum(earlier.points) FILTER (WHERE
               CASE WHEN earlier.points > 0 THEN earlier.kind <> 'reverse'
                    ELSE earlier.kind IN ('reverse', 'expire') END), 0) AS own,
           coalesce(sum(earlier.points) FILTER (WHERE earlier.kind = 'expire'), 0) AS lapsed,
           sum(earlier.points) AS came
      FROM loyalty_pointsentry AS gone
      JOIN loyalty_pointsentry AS earlier ON earlier.account_id = gone.account_id AND earlier.id < gone.id
     WHERE gone.kind = 'expire'
     GROUP BY gone.id, gone.account_id, gone.expires_on, gone.points, earlier.expires_on),
sums AS (
    SELECT id, account_id, gone, expires_on,
           sum(own) FILTER (WHERE day = expires_on) AS own, sum(lapsed) FILTER (WHERE day = expires_on) AS lapsed,
           coalesce(sum(greatest(own, 0)) FILTER (WHERE day < expires_on), 0) AS before,
           sum(greatest(-own, 0) - (came - own)) AS to_take
      FROM book GROUP BY id, account_id, gone, expires_on)
SELECT account_id, id, -gone FROM sums
 WHERE own IS NULL
    OR CASE WHEN gone < 0 THEN -gone <> own - greatest(to_take - before, 0) ELSE -gone <> greatest(own, lapsed) END
UNION ALL
SELECT account_id, id, -points FROM loyalty_pointsentry
 WHERE kind = 'expire'
   AND (expires_on IS NULL
        OR occasion NOT LIKE format('expire:%%s:%%s:%%%%', account_id, to_char(expires_on, 'YYYY-MM-DD')))
"""

CHECKS = (
    Check("balance", BALANCE, gettext_noop("the balance is %(one)s, the entries add up to %(other)s")),
    Check("chain", CHAIN, gettext_noop("entry %(one)s tells a balance of %(other)s, which is not what came before")),
    Check("unearned", MISSING_EARNING, gettext_noop("visit %(one)s of ¥%(other)s has earned nothing")),
    Check("earning", WRONG_EARNING, gettext_noop("entry %(one)s does not match the visit that it was earned by")),
    Check(
        "reversal",
        WRONG_REVERSAL,
        gettext_noop("of visit %(one)s, %(other)s points are left, which does not match the money"),
    ),
    Check(
        "spending",
        WRONG_SPENDING,
        gettext_noop("visit %(one)s and the %(other)s points taken as money for it do not match"),
    ),
    Check(
        "return",
        WRONG_RETURN,
        gettext_noop(
            "of the points taken as money at visit %(one)s, %(other)s came back, which does not match the money"
        ),
    ),
    Check("lots", WRONG_LOTS, gettext_noop("the balance is %(one)s, what lapses when adds up to %(other)s")),
    Check(
        "left_over",
        LEFT_OVER,
        gettext_noop("%(one)s points valid until %(other)s have not lapsed"),
        {"job": "loyalty.lapse_points"},
    ),
    Check(
        "lapsing", WRONG_LAPSING, gettext_noop("entry %(one)s let %(other)s points lapse, which were not what was left")
    ),
)
