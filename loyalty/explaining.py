"""Why a client is in this tier and what is missing for the next, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.models import LoyaltyAccount, Tier, TierChange
from loyalty.reversals import pile
from loyalty.standing import Figures
from loyalty.tiers import ladder, reached
from visits.models import ZERO

Why = TierChange.Why


@dataclass(frozen=True, slots=True)
class Explanation:
    """A tier explained. `missing_spend` in yuan and `missing_visits` in days are alternatives; None: no such way."""

    tier: Tier
    why: str
    outlook: str
    next_tier: Tier | None = None
    missing_spend: Decimal | None = None
    missing_visits: int | None = None
    missing: str = ""


def yuan(amount: Decimal) -> str:
    """An amount for a sentence: ¥10,420, and with places only where there are any."""
    return f"¥{amount:,.0f}" if amount == amount.to_integral_value() else f"¥{amount:,.2f}"


def explain(account: LoyaltyAccount, today: date) -> Explanation:
    """Why this tier, how long it holds, and what is missing for the next. Two queries."""
    changes = account.tier_changes.select_related("from_tier", "to_tier", "by").order_by("pk")
    return explained(account, list(changes), ladder(), today)


def explained(
    account: LoyaltyAccount, changes: Sequence[TierChange], tiers: Sequence[Tier], today: date
) -> Explanation:
    """The same from what is at hand: all changes of the account, oldest first, and all tiers, lowest first."""
    figures = Figures(account.spend_12m, account.visits_12m)
    standing = pile(list(changes))
    why = change_words(standing[-1], tiers[0]) if standing else ""
    why = why or _("Everybody starts as %(tier)s.") % {"tier": tiers[0].label}
    outlook = _outlook(account, list(tiers), figures, today)
    above = next((tier for tier in tiers if tier.position > account.tier.position and _has_minimum(tier)), None)
    if above is None:
        return Explanation(account.tier, why, outlook)
    spend = max(above.min_spend - figures.spend, ZERO) if above.min_spend else None
    visits = max(above.min_visits - figures.visits, 0) if above.min_visits else None
    return Explanation(account.tier, why, outlook, above, spend, visits, _missing(above, spend, visits))


def change_words(change: TierChange, lowest: Tier) -> str:
    """Why a client was put into a tier, with the figures that the change kept."""
    if change.why == Why.BY_HAND:
        return _("Set by hand by %(who)s until %(until)s: %(reason)s") % {
            "who": change.by or "—",
            "until": _day(change.figures.get("until")),
            "reason": change.reason,
        }
    figures = _figures_words(change)
    if change.why == Why.REVERSED:
        return _("A visit was voided or refunded; without it: %(figures)s.") % {"figures": figures}
    if change.why == Why.BY_HAND_ENDED:
        return _("The time of the tier set by hand was over: %(figures)s.") % {"figures": figures}
    if change.why == Why.REVIEW:
        kept = change.from_tier_id == change.to_tier_id
        return (_("Kept at the review: %(figures)s.") if kept else _("Reviewed: %(figures)s.")) % {"figures": figures}
    return "" if change.to_tier_id == lowest.pk else _("Reached: %(figures)s.") % {"figures": figures}


def _figures_words(change: TierChange) -> str:
    """The side that reached its minimum, or both when neither did."""
    kept = change.figures
    spend, visits = Decimal(kept.get("spend", "0")), int(kept.get("visits", 0))
    min_spend, min_visits = Decimal(kept.get("min_spend", "0")), int(kept.get("min_visits") or 0)
    if min_spend and spend >= min_spend:
        return _("%(spend)s spent in 12 months, %(needed)s needed") % {"spend": yuan(spend), "needed": yuan(min_spend)}
    if min_visits and visits >= min_visits:
        return _("%(visits)s visits in 12 months, %(needed)s needed") % {"visits": visits, "needed": min_visits}
    return ngettext(
        "%(spend)s spent and %(visits)s visit in 12 months",
        "%(spend)s spent and %(visits)s visits in 12 months",
        visits,
    ) % {"spend": yuan(spend), "visits": visits}


def _outlook(account: LoyaltyAccount, tiers: list[Tier], figures: Figures, today: date) -> str:
    if account.tier_by_hand_until:
        return _("Holds until %(day)s whatever the spend; then the figures of that day decide.") % {
            "day": date_format(account.tier_by_hand_until)
        }
    if account.review_on is None:
        return ""
    day = {"day": date_format(max(account.review_on, today))}
    if reached(tiers, figures).position >= account.tier.position:
        return _("Reviewed on %(day)s; today's figures are enough to keep it.") % day
    to_keep = max(account.tier.min_spend - figures.spend, ZERO)
    return _("Reviewed on %(day)s; by today's figures %(spend)s are missing to keep it.") % (
        day | {"spend": yuan(to_keep)}
    )


def _missing(tier: Tier, spend: Decimal | None, visits: int | None) -> str:
    if spend is None:
        return ngettext("%(visits)s more visit for %(tier)s", "%(visits)s more visits for %(tier)s", visits or 0) % {
            "visits": visits,
            "tier": tier.label,
        }
    if visits is None:
        return _("%(spend)s more for %(tier)s") % {"spend": yuan(spend), "tier": tier.label}
    return ngettext(
        "%(spend)s or %(visits)s more visit for %(tier)s", "%(spend)s or %(visits)s more visits for %(tier)s", visits
    ) % {"spend": yuan(spend), "visits": visits, "tier": tier.label}


def _has_minimum(tier: Tier) -> bool:
    return bool(tier.min_spend or tier.min_visits)


def _day(written: str | None) -> str:
    return date_format(date.fromisoformat(written)) if written else ""
