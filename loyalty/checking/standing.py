"""Whether standing, tier and segment are those that the visits and the changes lead to.

The standing is compared as of the day it was counted, so only what does not depend on the day is judged here.
"""

from django.utils.translation import gettext_noop

from loyalty.checking.asking import Check

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
# The segment is the one that the last change led to; a recount of today differs until the night has come by.
WRONG_SEGMENT = """
SELECT account.client_id, account.segment, coalesce(last.to_segment, '')
  FROM loyalty_loyaltyaccount AS account
  LEFT JOIN (SELECT DISTINCT ON (account_id) account_id, to_segment FROM loyalty_segmentchange
              ORDER BY account_id, id DESC) AS last ON last.account_id = account.client_id
 WHERE account.segment <> coalesce(last.to_segment, '')
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

CHECKS = (
    Check(
        "refunded",
        WRONG_REFUNDED,
        gettext_noop("visit %(one)s tells ¥%(other)s as refunded, its refunds something else"),
    ),
    Check("tier", WRONG_TIER, gettext_noop("is in tier %(one)s, to which no change of tier led")),
    Check("unreached", UNREACHED_TIER, gettext_noop("tier change %(one)s was earned without its minimum")),
    Check("segment", WRONG_SEGMENT, gettext_noop("is in segment “%(one)s”, the last change led to “%(other)s”")),
    Check(
        "standing",
        WRONG_STANDING,
        gettext_noop("the standing (%(one)s visits, ¥%(other)s in all) is not what the visits add up to"),
    ),
    Check("no_account", NO_ACCOUNT, gettext_noop("has visits and no membership")),
)
