"""Why a client is in this segment and what is missing for the core, in words, with the figures that decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from loyalty.explaining import yuan
from loyalty.models import LoyaltyAccount
from loyalty.segments import Segment, label, look
from visits.pricing import cents

MOVES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that is asked of a core client, and whether it is met."""

    words: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class SegmentMove:
    """One change of segment with its figures in words. An empty name: in none."""

    on: date
    before: str
    after: str
    words: str


@dataclass(frozen=True, slots=True)
class SegmentExplanation:
    """A segment explained. `outlook` is told when today's figures already give another; `missing` is for the core."""

    segment: str
    name: str
    why: str
    outlook: str = ""
    core: list[Check] = field(default_factory=list)
    missing: str = ""
    moves: list[SegmentMove] = field(default_factory=list)


def explain_segment(account: LoyaltyAccount, today: date) -> SegmentExplanation:
    """Why this segment, what is missing for the core, and the latest moves. One query."""
    seen = look(account, today, MOVES_SHOWN)
    why, outlook = why_words(seen.segment, seen.figures), ""
    if account.segment != seen.segment:
        # The figures that put the client there are those of that day; today's are told as what comes next.
        last = seen.changes[0] if seen.changes else None
        outlook = _("By today's figures: %(segment)s (%(why)s). The segment follows by tomorrow.") % {
            "segment": label(seen.segment) or _("in no segment"),
            "why": why.rstrip("。."),
        }
        why = why_words(last["to_segment"], last["figures"]) if last and last["to_segment"] == account.segment else ""
    return SegmentExplanation(
        account.segment,
        label(account.segment),
        why,
        outlook,
        core_checks(seen.figures),
        _missing(seen.segment, seen.figures),
        [_move(change) for change in seen.changes],
    )


def why_words(segment: str, kept: Mapping[str, Any]) -> str:
    """Why these figures, as a change keeps them, give this segment."""
    if segment == Segment.DORMANT:
        return _("Last visit on %(day)s, %(months)s months ago or longer.") % {
            "day": _day(kept.get("last_visit_on")),
            "months": kept.get("dormant_months"),
        }
    if segment == Segment.NEW:
        return _(
            "First visit on %(day)s, less than %(days)s days ago, and fewer than %(limit)s visits: %(visits)s."
        ) % {
            "day": _day(kept.get("first_visit_on")),
            "days": kept.get("new_days"),
            "visits": kept.get("visits"),
            "limit": kept.get("new_visits"),
        }
    if segment == Segment.CORE:
        return _(
            "%(visits)s visits in %(days)s days (at least %(needed)s ✓); average ticket %(ticket)s, "
            "above the reference %(reference)s × %(ratio)s ✓"
        ) % _core_words(kept)
    if segment == Segment.GROWTH:
        return _growth_words(kept)
    if segment == Segment.REGULAR:
        return ngettext(
            "%(visits)s visit in %(days)s days and no open enquiry: none of the other segments fits.",
            "%(visits)s visits in %(days)s days and no open enquiry: none of the other segments fits.",
            kept.get("recent_visits", 0),
        ) % {"visits": kept.get("recent_visits", 0), "days": kept.get("recent_days")}
    return _("Nothing was paid so far, so the client is in no segment.")


def core_checks(kept: Mapping[str, Any]) -> list[Check]:
    """What is asked of a core client, each with the client's own figure."""
    words, above = _core_words(kept), _core_above(kept)
    came = Check(
        _("At least %(needed)s visits in %(days)s days: %(visits)s so far") % words,
        kept["recent_visits"] >= kept["core_visits"],
    )
    if above is None:
        return [came, Check(_("The salon has no average ticket yet to compare with"), False)]
    whose = _("the salon's average") if kept.get("own_mean") else _("the figure that the admin set")
    spent = Check(
        _("Average ticket above %(above)s (%(reference)s, %(whose)s, × %(ratio)s): %(ticket)s")
        % (words | {"above": yuan(cents(above)), "whose": whose}),
        bool(kept["above"]),
    )
    return [came, spent]


def _core_above(kept: Mapping[str, Any]) -> Decimal | None:
    return Decimal(kept["reference"]) * Decimal(kept["core_ratio"]) if kept.get("reference") else None


def _core_words(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "visits": kept.get("recent_visits"),
        "days": kept.get("recent_days"),
        "needed": kept.get("core_visits"),
        "ticket": yuan(Decimal(kept.get("ticket") or 0)),
        "reference": yuan(Decimal(kept.get("reference") or 0)),
        "ratio": f"{Decimal(kept['core_ratio']).normalize():f}",
    }


def _growth_words(kept: Mapping[str, Any]) -> str:
    reasons = []
    if kept.get("recent_visits", 0) >= kept.get("growth_visits", 0):
        reasons.append(
            _("%(visits)s visits in %(days)s days (at least %(needed)s ✓)")
            % (_core_words(kept) | {"needed": kept.get("growth_visits")})
        )
    if kept.get("enquiry"):
        reasons.append(_("an enquiry is open ✓"))
    return _("; ").join(reasons)


def _missing(segment: str, kept: Mapping[str, Any]) -> str:
    if segment in (Segment.CORE, ""):
        return ""
    above, ways = _core_above(kept), []
    if (more := kept["core_visits"] - kept["recent_visits"]) > 0:
        ways.append(
            ngettext("%(more)s more visit within %(days)s days", "%(more)s more visits within %(days)s days", more)
            % {"more": more, "days": kept["recent_days"]}
        )
    if above is not None and not kept["above"]:
        ways.append(_("an average ticket above %(above)s") % {"above": yuan(cents(above))})
    if not ways:
        ways.append(_("no longer being %(segment)s") % {"segment": label(segment)})
    return _("Missing for %(core)s: %(ways)s") % {"core": label(Segment.CORE), "ways": _("; ").join(ways)}


def _move(change: Mapping[str, Any]) -> SegmentMove:
    return SegmentMove(
        date.fromisoformat(change["on"]),
        label(change["from_segment"]),
        label(change["to_segment"]),
        why_words(change["to_segment"], change["figures"]),
    )


def _day(written: str | None) -> str:
    return date_format(date.fromisoformat(written)) if written else ""
