"""What a client got for coming back, as events: rewards, vouchers, perks, referrals, and moves between segments.

The branches are put together with those of `events.py`; `READERS` turn their facts into words. An entry of the points
book that one of these acts made is told with the act, not a second time by itself.
"""

from typing import Any

from django.db.models import BooleanField, CharField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import Cast, TruncDate
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from frontdesk.events import Facts, Kind, Place, Viewer, branch
from loyalty.models import PerkUse, Redemption, Referral, SegmentChange, Voucher
from loyalty.segment_explaining import why_words
from loyalty.segments import label
from staff.languages import in_language
from staff.roles import Can

Rows = QuerySet[Any, Any]


def branches(client: int, user: Viewer, before: Place | None, limit: int) -> list[Rows]:
    """One question per kind of event, for who may see points; none for the others."""
    if not user.can(Can.SEE_POINTS):
        return []
    questions = (*_redeemed(client), *_vouchers(client), *_perks(client), *_referrals(client, user), _segments(client))
    return [branch(rows, kind, day, before, limit, facts) for rows, kind, day, facts in questions]


Question = tuple[Rows, Kind, Any, Facts]


def _redeemed(client: int) -> tuple[Question, ...]:
    had = Redemption.objects.filter(account=client)
    facts: Facts = {name: F(name) for name in ("name", "points")} | {"name_en": F("reward__name_en")}
    cancelled = facts | {"why": F("cancel_reason"), "by": F("cancelled_by__display_name")}
    return (
        (had, Kind.REDEEMED, TruncDate("at"), facts | {"by": F("by__display_name")}),
        (had.filter(cancelled_at__isnull=False), Kind.REDEMPTION_CANCELLED, TruncDate("cancelled_at"), cancelled),
    )


def _vouchers(client: int) -> tuple[Question, ...]:
    """Given, used and withdrawn; those had for points are told as redeemed."""
    mine = Voucher.objects.filter(account=client)
    facts: Facts = {name: F(name) for name in ("name", "name_en", "code")}
    given = facts | {name: F(name) for name in ("source", "reason", "expires_on")} | {"by": F("by__display_name")}
    used = facts | {"saved": Cast("saved", CharField()), "visit": F("used_visit")}
    withdrawn = facts | {"reason": F("withdrawn_reason"), "by": F("withdrawn_by__display_name")}
    for_free = mine.exclude(source=Voucher.Source.REWARD)
    return (
        (for_free, Kind.VOUCHER_GIVEN, F("issued_on"), given),
        (mine.filter(status=Voucher.Status.USED), Kind.VOUCHER_USED, F("used_on"), used),
        (
            mine.filter(status=Voucher.Status.WITHDRAWN),
            Kind.VOUCHER_WITHDRAWN,
            TruncDate("withdrawn_at"),
            withdrawn,
        ),
    )


def _perks(client: int) -> tuple[Question, ...]:
    uses = PerkUse.objects.filter(account=client)
    facts: Facts = {"name": F("perk__name"), "name_en": F("perk__name_en")}
    undone = facts | {"why": F("undone_reason"), "by": F("undone_by__display_name")}
    return (
        (uses, Kind.PERK_USED, TruncDate("at"), facts | {"by": F("by__display_name")}),
        (uses.filter(undone_at__isnull=False), Kind.PERK_TAKEN_BACK, TruncDate("undone_at"), undone),
    )


def _referrals(client: int, user: Viewer) -> tuple[Question, ...]:
    """Of both sides. The other one by name for who may find any client."""
    both = Referral.objects.filter(Q(referrer=client) | Q(referred=client))
    facts: Facts = {"points": F("points"), "referrer": F("referrer"), "referred": F("referred")}
    facts["brought"] = ExpressionWrapper(Q(referrer=client), output_field=BooleanField())
    if user.can(Can.FIND_ANY_CLIENT):
        facts |= {f"{side}_name": F(f"{side}__client__name") for side in ("referrer", "referred")}
    back = facts | {"by": F("taken_back_by__display_name")}
    return (
        (both, Kind.REFERRAL_REWARDED, TruncDate("rewarded_at"), facts),
        (both.filter(taken_back_at__isnull=False), Kind.REFERRAL_TAKEN_BACK, TruncDate("taken_back_at"), back),
    )


def _segments(client: int) -> Question:
    facts: Facts = {"from": F("from_segment"), "to": F("to_segment"), "figures": F("figures")}
    return SegmentChange.objects.filter(account=client), Kind.SEGMENT, F("on"), facts


# --- In words: `title`, what stands at the end of the line, and `more` below ----------------------------------------


def _named(facts: Facts) -> str:
    return in_language(facts["name"], facts["name_en"])


def _points(number: int) -> str:
    return _("%(points)s points") % {"points": f"{number:+,}".replace("-", "−")}


def _more(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def _read_redeemed(facts: Facts) -> None:
    facts["title"] = _("Redeemed: %(reward)s") % {"reward": _named(facts)}
    facts["end"], facts["more"] = _points(-facts["points"]), _more(facts["by"])


def _read_redemption_cancelled(facts: Facts) -> None:
    facts["title"] = _("Redemption cancelled: %(reward)s") % {"reward": _named(facts)}
    facts["end"], facts["more"] = _points(facts["points"]), _more(facts["why"], facts["by"])


def _read_voucher_given(facts: Facts) -> None:
    facts["title"] = _("Voucher given: %(voucher)s") % {"voucher": _named(facts)}
    until = parse_date(facts["expires_on"])
    by = facts["by"] or _("the system, by itself")
    facts["more"] = _more(_("until %(day)s") % {"day": until}, facts["reason"], by)


def _read_voucher_used(facts: Facts) -> None:
    facts["title"] = _("Voucher used: %(voucher)s") % {"voucher": _named(facts)}
    facts["end"], facts["visit_pk"] = f"−¥{facts['saved']}", facts["visit"]


def _read_voucher_withdrawn(facts: Facts) -> None:
    facts["title"] = _("Voucher withdrawn: %(voucher)s") % {"voucher": _named(facts)}
    facts["more"] = _more(facts["reason"], facts["by"])


def _read_perk_used(facts: Facts) -> None:
    facts["title"] = _("Perk used: %(perk)s") % {"perk": _named(facts)}
    facts["more"] = _more(facts["by"])


def _read_perk_taken_back(facts: Facts) -> None:
    facts["title"] = _("Use of a perk taken back: %(perk)s") % {"perk": _named(facts)}
    facts["more"] = _more(facts["why"], facts["by"])


def _read_referral(facts: Facts) -> None:
    other = "referred" if facts["brought"] else "referrer"
    facts["client_pk"] = facts[other]
    facts["client_name"] = facts.get(f"{other}_name") or f"C-{facts[other]:05d}"
    facts["title"] = _("Rewarded for having brought") if facts["brought"] else _("Rewarded for being brought by")
    facts["end"] = _points(facts["points"]) if facts["points"] else ""


def _read_referral_taken_back(facts: Facts) -> None:
    _read_referral(facts)
    facts["title"] = _("Referral reward taken back:")
    facts["end"] = _points(-facts["points"]) if facts["points"] else ""
    facts["more"] = _more(_("the first visit is void"), facts["by"])


def _read_segment(facts: Facts) -> None:
    nowhere = pgettext("segment", "none")
    words = {"before": label(facts["from"]) or nowhere, "after": label(facts["to"]) or nowhere}
    facts["title"] = _("Segment: %(before)s → %(after)s") % words
    facts["more"] = why_words(facts["to"], facts["figures"] or {})


READERS = {
    Kind.REDEEMED: _read_redeemed,
    Kind.REDEMPTION_CANCELLED: _read_redemption_cancelled,
    Kind.VOUCHER_GIVEN: _read_voucher_given,
    Kind.VOUCHER_USED: _read_voucher_used,
    Kind.VOUCHER_WITHDRAWN: _read_voucher_withdrawn,
    Kind.PERK_USED: _read_perk_used,
    Kind.PERK_TAKEN_BACK: _read_perk_taken_back,
    Kind.REFERRAL_REWARDED: _read_referral,
    Kind.REFERRAL_TAKEN_BACK: _read_referral_taken_back,
    Kind.SEGMENT: _read_segment,
}
