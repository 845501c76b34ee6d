"""What a tier becomes when a visit is voided or refunded: as if the money had never been paid.

The changes of an account are a pile: each rests on the figures of its day. Counted again without what was taken back,
the top one may no longer reach its tier; then it comes off, and the one below is looked at. A tier set by hand holds,
and so does one that today's figures reach anyway. Minimums are those of the day of the change, so an edited threshold
takes nothing from anybody here.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from loyalty.models import LoyaltyAccount, Tier, TierChange
from loyalty.standing import Days, Figures
from loyalty.tiers import Why, kept_figures, ladder, reached, reaches, review_day
from staff.models import User
from visits.models import Visit

# These judge a client anew: what held before them no longer matters.
FRESH_START = (Why.REVIEW, Why.BY_HAND, Why.BY_HAND_ENDED)


@dataclass(frozen=True, slots=True)
class Held:
    """A tier, since when it is held, when it is reviewed, and the day whose figures it rests on."""

    tier: Tier
    since: date | None
    review_on: date | None
    as_of: date | None = None


def pile(changes: list[TierChange]) -> list[TierChange]:
    """The changes that still hold, oldest first. `changes` are all of an account, oldest first."""
    standing: list[TierChange] = []
    for change in changes:
        undone = set(change.figures.get("undone", ()))
        standing = [one for one in standing if one.pk not in undone]
        if change.why in FRESH_START:
            standing = []
        # A reversal that only uncovered the change below adds nothing of its own.
        if change.why != Why.REVERSED or "as_of" in change.figures:
            standing.append(change)
    return standing


def rests_on(change: TierChange) -> date:
    """The day whose figures led to the change."""
    return _day(change, "as_of") or change.on


def take_back(account: LoyaltyAccount, visit: Visit, today: date, *, by: User, at: datetime) -> TierChange | None:
    """Lower the tier if it was reached only thanks to what `visit` has lost. Returns the change, or None.

    The standing must be fresh, and the account locked by the caller.
    """
    found = _judge(account, today)
    return _write(account, *found, visit, today, by, at) if found else None


def tier_without(account: LoyaltyAccount, visit: Visit, today: date) -> Tier:
    """The tier that would be left if `visit` were void. Only looks; three queries."""
    found = _judge(account, today, without=visit.pk)
    return found[0].tier if found else account.tier


def _judge(account: LoyaltyAccount, today: date, *, without: int | None = None) -> tuple[Held, list[int]] | None:
    """What holds from now on and the ids of the changes that come off; None when the tier stays."""
    tiers = ladder()
    if account.tier_by_hand_until is not None or account.tier == tiers[0]:
        return None
    days = Days.of(account.pk, without=without)
    now = reached(tiers, days.figures(today))
    if now.position >= account.tier.position:
        return None
    changes = account.tier_changes.select_related("to_tier").order_by("pk")
    held, undone = _uncover(days, pile(list(changes)), tiers)
    if now.position > held.tier.position:
        held = Held(now, today, review_day(now, tiers, today), as_of=today)
    return None if not undone or held.tier.position >= account.tier.position else (held, undone)


def _uncover(days: Days, standing: list[TierChange], tiers: list[Tier]) -> tuple[Held, list[int]]:
    """What holds once every change is off that its own figures no longer carry, and the ids of those."""
    undone: list[int] = []
    while standing:
        change = standing.pop()
        day = rests_on(change)
        figures = days.figures(day)
        if change.to_tier == tiers[0] or _still_reaches(change, figures):
            return _as_left_by(change), undone
        undone.append(change.pk)
        below = _as_left_by(standing[-1]) if standing else Held(tiers[0], None, None)
        then = reached(tiers, figures)
        if change.why in FRESH_START or then.position > below.tier.position:
            return Held(then, day, review_day(then, tiers, day), as_of=day), undone
    return Held(tiers[0], None, None), undone


def _still_reaches(change: TierChange, figures: Figures) -> bool:
    kept = change.figures
    return reaches(figures, Decimal(kept.get("min_spend", "0")), kept.get("min_visits"))


def _as_left_by(change: TierChange) -> Held:
    return Held(change.to_tier, _day(change, "since"), _day(change, "review_on"))


def _day(change: TierChange, name: str) -> date | None:
    kept = change.figures.get(name)
    return date.fromisoformat(kept) if kept else None


def _write(
    account: LoyaltyAccount, held: Held, undone: list[int], visit: Visit, today: date, by: User, at: datetime
) -> TierChange:
    before = account.tier
    account.tier, account.tier_since, account.review_on = held.tier, held.since, held.review_on
    account.save(update_fields=["tier", "tier_since", "review_on"])
    figures = kept_figures(account, before) | {"visit": visit.pk, "undone": undone}
    # The minimums told are those of the tier that is lost; a tier counted anew also keeps its own for the next time.
    if held.as_of:
        figures |= {"as_of": held.as_of.isoformat(), "min_spend": str(held.tier.min_spend)}
        figures |= {"min_visits": held.tier.min_visits}
    return TierChange.objects.create(
        account=account,
        from_tier=before,
        to_tier=held.tier,
        why=Why.REVERSED,
        figures=figures,
        on=today,
        at=at,
        by=by,
    )
