"""Which tier a client is in: up at once, down only at the review, by hand for a time. Every move keeps its figures.

Rule source: DESIGN §4, tiers. What happens to a tier when a visit is taken back is in `reversals.py`.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.models import Client
from loyalty.many_accounts import clients_of, in_batches
from loyalty.models import LoyaltyAccount, LoyaltyRules, Tier, TierChange
from loyalty.months import months_after
from loyalty.standing import Figures
from staff.models import User
from staff.reasons import reason_in
from staff.roles import Can
from visits.models import Visit

Why = TierChange.Why


class TierRefused(Exception):
    """A tier that cannot be set by hand like this. `field` names what is wrong in the form."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def ladder() -> list[Tier]:
    """All tiers, lowest first."""
    return list(Tier.objects.order_by("position"))


def reaches(figures: Figures, min_spend: Decimal, min_visits: int | None) -> bool:
    """Whether the figures meet one of the minimums. A tier without any is given by hand only."""
    return bool((min_spend and figures.spend >= min_spend) or (min_visits and figures.visits >= min_visits))


def reached(tiers: list[Tier], figures: Figures) -> Tier:
    """The highest tier that the figures reach; the lowest one needs nothing."""
    within = (tier for tier in reversed(tiers) if reaches(figures, tier.min_spend, tier.min_visits))
    return next(within, tiers[0])


# Some clients or all of them: the same statement. In this order: a tier set by hand whose time is over, a higher tier
# reached, a review that is due. It reads the standing as it is kept, so that must be fresh.
JUDGED = """
WITH judged AS (
    SELECT account.client_id, account.tier_id, account.review_on, account.tier_by_hand_until,
           account.spend_12m, account.visits_12m, (account.review_on + %(term)s::interval)::date AS next_review,
           aim.id AS aim_id, aim.min_spend, aim.min_visits, aim.position = lowest.position AS is_lowest,
           CASE WHEN account.tier_by_hand_until IS NOT NULL THEN 'ended'
                WHEN aim.position > tier.position THEN 'earned'
                ELSE 'review' END AS why
      FROM loyalty_loyaltyaccount AS account
      JOIN loyalty_tier AS tier ON tier.id = account.tier_id
     CROSS JOIN (SELECT min(position) AS position FROM loyalty_tier) AS lowest
     CROSS JOIN LATERAL (
           SELECT step.id, step.position, step.min_spend, step.min_visits FROM loyalty_tier AS step
            WHERE step.position = lowest.position
               OR (step.min_spend > 0 AND account.spend_12m >= step.min_spend)
               OR (step.min_visits > 0 AND account.visits_12m >= step.min_visits)
            ORDER BY step.position DESC LIMIT 1) AS aim
     WHERE account.client_id {of_whom}
       AND (account.tier_by_hand_until < %(today)s
            OR (account.tier_by_hand_until IS NULL
                AND (aim.position > tier.position OR account.review_on <= %(today)s))))
"""
FIND = JUDGED.format(of_whom="IS NOT NULL") + "SELECT client_id FROM judged ORDER BY client_id"  # noqa: S608
# An account that somebody else moved meanwhile no longer matches what was judged and is left to the next run.
ASSESS = f"""{JUDGED.format(of_whom="= ANY(%(clients)s)").rstrip()},
moved AS (
    UPDATE loyalty_loyaltyaccount AS account
       SET tier_id = judged.aim_id,
           tier_since = CASE WHEN judged.aim_id = judged.tier_id THEN account.tier_since ELSE %(today)s END,
           tier_by_hand_until = NULL,
           review_on = CASE
               WHEN judged.is_lowest THEN NULL
               WHEN judged.why = 'review' AND judged.aim_id = judged.tier_id AND judged.next_review > %(today)s
                    THEN judged.next_review
               ELSE %(review_on)s END
      FROM judged
     WHERE account.client_id = judged.client_id AND account.tier_id = judged.tier_id
       AND account.review_on IS NOT DISTINCT FROM judged.review_on
       AND account.tier_by_hand_until IS NOT DISTINCT FROM judged.tier_by_hand_until
       AND account.spend_12m = judged.spend_12m AND account.visits_12m = judged.visits_12m
    RETURNING judged.*, account.tier_since AS new_since, account.review_on AS new_review_on)
INSERT INTO loyalty_tierchange (account_id, from_tier_id, to_tier_id, why, figures, reason, "on", at, by_id)
SELECT client_id, tier_id, aim_id, why,
       jsonb_strip_nulls(jsonb_build_object(
           'spend', spend_12m::text, 'visits', visits_12m,
           'min_spend', min_spend::text, 'min_visits', min_visits,
           'since', new_since, 'review_on', new_review_on, 'visit', %(visit)s::bigint)),
       '', %(today)s, %(at)s, %(by)s
  FROM moved
RETURNING id
"""  # noqa: S608  # what is put in is a condition of our own


def reassess(
    account: LoyaltyAccount,
    today: date,
    *,
    why: TierChange.Why = Why.EARNED,
    visit: Visit | None = None,
    by: User | None = None,
    rules: LoyaltyRules | None = None,
) -> TierChange | None:
    """Bring one account's tier in line with its standing of today. Returns the change when it moved up for `why`.

    `visit` is what led to it; the change keeps its id among the figures. `rules` are those in force, if at hand.
    """
    found = _assess([account.pk], today, visit=visit, by=by, rules=rules)
    if not found:
        return None
    change = TierChange.objects.select_related("from_tier", "to_tier").get(pk=found[0])
    account.refresh_from_db(fields=["tier_since", "review_on", "tier_by_hand_until"])
    account.tier = change.to_tier
    return change if change.why == why and change.from_tier_id != change.to_tier_id else None


def is_overdue(account: LoyaltyAccount, today: date) -> bool:
    """Whether this tier was to be reviewed by `today`, or was set by hand until a day that has passed."""
    if account.tier_by_hand_until is not None:
        return account.tier_by_hand_until < today
    return account.review_on is not None and account.review_on <= today


def review_due(today: date) -> int:
    """End tiers set by hand whose time is over, raise who reached a higher tier, and hold the reviews that are due.

    Returns how many accounts were judged. Stopped anywhere or run twice, it leaves what the next run finishes.
    """
    rules = LoyaltyRules.load()
    found = clients_of(FIND, _values(today, rules))
    return in_batches(found, lambda clients: len(_assess(clients, today, rules=rules)))


@transaction.atomic
def set_by_hand(client: Client, tier: Tier, until: date, reason: str, *, by: User, at: datetime) -> TierChange:
    """Put the client into `tier` until that day, included, whatever the spend. Returns the change.

    Raises TierRefused without the right, without a reason, or when the day has passed.
    """
    today = timezone.localdate(at)
    if not by.can(Can.SET_TIER):
        raise TierRefused("", _("Only the manager sets a tier by hand."))
    if until < today:
        raise TierRefused("until", _("The last day cannot lie in the past."))
    if not (reason := reason_in(reason)):
        raise TierRefused("reason", _("Please say why."))
    account = LoyaltyAccount.objects.locked(client)
    before = account.tier
    account.tier_since = account.tier_since if before == tier else today
    account.tier, account.tier_by_hand_until, account.review_on = tier, until, None
    account.save(update_fields=["tier", "tier_since", "tier_by_hand_until", "review_on"])
    return TierChange.objects.create(
        account=account,
        from_tier=before,
        to_tier=tier,
        why=Why.BY_HAND,
        figures=kept_figures(account, tier) | {"until": until.isoformat()},
        reason=reason[:200],
        on=today,
        at=at,
        by=by,
    )


def kept_figures(account: LoyaltyAccount, tier: Tier) -> dict[str, Any]:
    """What a change keeps: the standing of the day, the minimums of `tier`, and since when and how long it holds."""
    kept = {
        "spend": str(account.spend_12m),
        "visits": account.visits_12m,
        "min_spend": str(tier.min_spend),
        "min_visits": tier.min_visits,
        "since": account.tier_since.isoformat() if account.tier_since else None,
        "review_on": account.review_on.isoformat() if account.review_on else None,
    }
    return {name: value for name, value in kept.items() if value is not None}


def review_day(tier: Tier, tiers: list[Tier], since: date) -> date | None:
    """When a tier held since that day is reviewed; the lowest has nothing to review."""
    return None if tier == tiers[0] else months_after(since, LoyaltyRules.load().review_months)


def _assess(
    clients: Sequence[int],
    today: date,
    *,
    visit: Visit | None = None,
    by: User | None = None,
    rules: LoyaltyRules | None = None,
) -> list[int]:
    of_this = {"clients": list(clients), "by": by.pk if by else None, "visit": visit.pk if visit else None}
    with connection.cursor() as cursor:
        cursor.execute(ASSESS, _values(today, rules or LoyaltyRules.load()) | of_this)
        return [row[0] for row in cursor.fetchall()]


def _values(today: date, rules: LoyaltyRules) -> dict[str, Any]:
    months = rules.review_months
    return {
        "today": today,
        "at": timezone.now(),
        "review_on": months_after(today, months),
        "term": f"{months} months",
    }
