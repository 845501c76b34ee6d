"""Whether rewards, vouchers, entitlements, referrals, perks and adjustments are each whole."""

from django.utils.translation import gettext_noop

from loyalty.checking.asking import Check

WRONG_REDEMPTION = """
SELECT redemption.account_id, redemption.id, redemption.points
  FROM loyalty_redemption AS redemption
  JOIN loyalty_pointsentry AS entry ON entry.id = redemption.entry_id
  LEFT JOIN loyalty_pointsentry AS back ON back.id = redemption.cancel_entry_id
 WHERE entry.account_id <> redemption.account_id OR entry.kind <> 'redeem' OR entry.points <> -redemption.points
    OR (redemption.cancelled_at IS NULL) <> (back.id IS NULL)
    OR (back.id IS NOT NULL AND (back.account_id <> redemption.account_id OR back.kind <> 'reverse'
                                 OR back.points <> redemption.points))
"""
# The trail keeps every change of the stock: the last one tells what there is, and one by one each redemption since the
# reward has had a stock took a piece.
WRONG_STOCK = """
WITH moves AS (
    SELECT object_id::bigint AS reward_id, id, at, (changes -> 'stock' ->> 0)::int AS before,
           (changes -> 'stock' ->> 1)::int AS after
      FROM staff_auditentry WHERE model = 'loyalty_reward' AND changes ? 'stock'),
counted AS (
    SELECT reward_id, (array_agg(after ORDER BY id DESC))[1] AS after,
           max(at) FILTER (WHERE before IS NULL) AS since,
           count(*) FILTER (WHERE after = before - 1) AS taken
      FROM moves GROUP BY reward_id)
SELECT 0, reward.name, coalesce(reward.stock::text, '')
  FROM loyalty_reward AS reward LEFT JOIN counted ON counted.reward_id = reward.id
 WHERE reward.stock < 0
    OR (counted.reward_id IS NOT NULL AND reward.stock IS DISTINCT FROM counted.after)
    OR (reward.stock IS NOT NULL AND coalesce(counted.taken, 0) <
        (SELECT count(*) FROM loyalty_redemption AS redemption
          WHERE redemption.reward_id = reward.id AND (counted.since IS NULL OR redemption.at > counted.since)))
"""
# A used voucher has its completed visit of the same client; one had for points has its redemption, and no other has.
WRONG_VOUCHER = """
SELECT voucher.account_id, voucher.code, voucher.status
  FROM loyalty_voucher AS voucher
  LEFT JOIN visits_visit AS visit ON visit.id = voucher.used_visit_id
  LEFT JOIN loyalty_redemption AS redemption ON redemption.voucher_id = voucher.id
 WHERE (voucher.status = 'used') <> (visit.id IS NOT NULL)
    OR (visit.id IS NOT NULL AND (visit.status <> 'completed' OR visit.client_id IS DISTINCT FROM voucher.account_id
                                  OR voucher.used_on <> visit.day OR voucher.saved < 0))
    OR (voucher.source = 'reward') <> (redemption.id IS NOT NULL)
    OR (redemption.id IS NOT NULL AND (redemption.account_id <> voucher.account_id
                                       OR (redemption.cancelled_at IS NOT NULL AND voucher.status <> 'withdrawn')))
"""
# What a completed visit tells as taken off by vouchers is what its vouchers tell, and what entitlements paid for.
WRONG_TAKEN_OFF = """
SELECT coalesce(visit.client_id, 0), visit.id, visit.voucher_discount
  FROM visits_visit AS visit
  LEFT JOIN (SELECT used_visit_id, sum(saved) AS saved FROM loyalty_voucher
              WHERE status = 'used' GROUP BY used_visit_id) AS used ON used.used_visit_id = visit.id
  LEFT JOIN (SELECT visit_id, count(*) AS uses FROM loyalty_entitlementuse
              WHERE undone_at IS NULL GROUP BY visit_id) AS entitled ON entitled.visit_id = visit.id
 WHERE visit.status = 'completed'
   AND (visit.voucher_discount > 0 OR used.saved IS NOT NULL OR entitled.uses IS NOT NULL)
   AND CASE WHEN entitled.uses IS NULL THEN visit.voucher_discount <> coalesce(used.saved, 0)
            ELSE visit.voucher_discount < coalesce(used.saved, 0) END
"""
WRONG_LINES = """
SELECT coalesce(visit.client_id, 0), visit.id, visit.voucher_discount + visit.points_discount
  FROM visits_visit AS visit
  LEFT JOIN (SELECT visit_id, sum(voucher_discount) AS vouchers, sum(points_discount) AS points
               FROM visits_visitline WHERE voucher_discount > 0 OR points_discount > 0 GROUP BY visit_id) AS lines
    ON lines.visit_id = visit.id
 WHERE (visit.voucher_discount > 0 OR visit.points_discount > 0 OR lines.visit_id IS NOT NULL)
   AND (visit.voucher_discount, visit.points_discount)
       IS DISTINCT FROM (coalesce(lines.vouchers, 0), coalesce(lines.points, 0))
"""
WRONG_ENTITLEMENT = """
SELECT redemption.account_id, redemption.id, redemption.used
  FROM loyalty_redemption AS redemption
  LEFT JOIN (SELECT one.redemption_id, count(*) AS used,
                    bool_or(visit.status <> 'completed' OR visit.client_id IS DISTINCT FROM had.account_id) AS strange
               FROM loyalty_entitlementuse AS one
               JOIN visits_visit AS visit ON visit.id = one.visit_id
               JOIN loyalty_redemption AS had ON had.id = one.redemption_id
              WHERE one.undone_at IS NULL GROUP BY one.redemption_id) AS uses ON uses.redemption_id = redemption.id
 WHERE redemption.used <> coalesce(uses.used, 0) OR uses.strange OR redemption.used > redemption.uses
"""
# Both have their points, or both gave them back, and the visit behind it tells which.
WRONG_REFERRAL = """
SELECT referral.referrer_id, referral.visit_id, referral.referred_id
  FROM loyalty_referral AS referral
  JOIN visits_visit AS visit ON visit.id = referral.visit_id
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE entry.kind = 'bonus' AND entry.points = referral.points) AS given,
              count(*) FILTER (WHERE entry.kind = 'reverse' AND entry.points = -referral.points) AS taken
         FROM loyalty_pointsentry AS entry
        WHERE entry.account_id IN (referral.referrer_id, referral.referred_id)
          AND entry.occasion IN (
              'bonus:referral:' || referral.visit_id || ':' || entry.account_id,
              'reverse:referral:' || referral.visit_id || ':' || entry.account_id)) AS book
 WHERE visit.client_id IS DISTINCT FROM referral.referred_id
    OR (visit.status = 'void' OR visit.refunded = visit.total) <> (referral.taken_back_at IS NOT NULL)
    OR (referral.points > 0 AND (book.given <> 2
        OR book.taken <> CASE WHEN referral.taken_back_at IS NULL THEN 0 ELSE 2 END))
"""
LONE_REFERRAL = """
SELECT entry.account_id, entry.id, entry.points
  FROM loyalty_pointsentry AS entry
 WHERE (entry.occasion LIKE 'bonus:referral:%%' OR entry.occasion LIKE 'reverse:referral:%%')
   AND NOT EXISTS (SELECT FROM loyalty_referral AS referral
                    WHERE referral.visit_id::text = split_part(entry.occasion, ':', 3)
                      AND entry.account_id IN (referral.referrer_id, referral.referred_id))
"""
# Within the quota as it is or, by the trail, as it once was.
WRONG_PERK = """
SELECT used.account_id, perk.name, used.year || ': ' || used.place
  FROM loyalty_perkuse AS used
  JOIN loyalty_perk AS perk ON perk.id = used.perk_id
 WHERE used.undone_at IS NULL
   AND (used.place < 1 OR used.place > greatest(perk.quota, (
        SELECT max((changes -> 'quota' ->> 0)::int) FROM staff_auditentry
         WHERE model = 'loyalty_perk' AND object_id = perk.id::text AND changes ? 'quota')))
"""
WRONG_ADJUSTMENT = """
SELECT coalesce(adjustment.account_id, entry.account_id), coalesce(entry.id, adjustment.id), entry.points
  FROM (SELECT * FROM loyalty_pointsentry WHERE kind = 'adjust') AS entry
  FULL JOIN (SELECT * FROM loyalty_adjustment WHERE status = 'posted') AS adjustment ON adjustment.entry_id = entry.id
 WHERE adjustment.id IS NULL OR entry.id IS NULL OR entry.points <> adjustment.points
    OR entry.account_id <> adjustment.account_id OR entry.by_id <> adjustment.by_id OR entry.why = ''
"""

CHECKS = (
    Check(
        "redemption",
        WRONG_REDEMPTION,
        gettext_noop("redemption %(one)s of %(other)s points does not match its entries"),
    ),
    Check(
        "stock", WRONG_STOCK, gettext_noop("the stock of %(one)s is %(other)s, which is not what its changes lead to")
    ),
    Check("voucher", WRONG_VOUCHER, gettext_noop("voucher %(one)s (%(other)s) does not match its visit or redemption")),
    Check(
        "taken_off",
        WRONG_TAKEN_OFF,
        gettext_noop("visit %(one)s tells ¥%(other)s taken off by vouchers, its vouchers something else"),
    ),
    Check(
        "lines",
        WRONG_LINES,
        gettext_noop("visit %(one)s tells ¥%(other)s taken off by vouchers and points, its lines something else"),
    ),
    Check(
        "entitlement",
        WRONG_ENTITLEMENT,
        gettext_noop("redemption %(one)s tells %(other)s uses, its visits something else"),
    ),
    Check(
        "referral",
        WRONG_REFERRAL,
        gettext_noop("the points for bringing C-%(other)s (visit %(one)s) are not both given, or not both taken back"),
    ),
    Check(
        "lone_referral", LONE_REFERRAL, gettext_noop("entry %(one)s gives %(other)s points for a referral there is not")
    ),
    Check("perk", WRONG_PERK, gettext_noop("%(one)s was used more often than its quota (%(other)s)")),
    Check(
        "adjustment", WRONG_ADJUSTMENT, gettext_noop("entry %(one)s does not match an adjustment that somebody made")
    ),
)
