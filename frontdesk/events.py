"""The kinds of events in a client's file: where each is kept, and what it has to tell to whom.

A branch is the limited, ordered question for one kind: (kind, day, id, facts). Branches have the same columns, so the
timeline can ask for all of them at once.
"""

from datetime import date
from enum import IntEnum
from typing import Any, NamedTuple, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, TruncDate

from clients.models import Client, Consent, Enquiry, SkinRecord
from loyalty.models import PointsEntry, TierChange
from staff.roles import Can
from visits.models import Payment, Visit, VisitLine

Row = tuple[int, date, int, dict[str, Any]]
Facts = dict[str, Any]
# Sealed in the database, and still sealed in the facts of a branch.
SEALED = ("skin_type", "concerns", "hair_type", "contraindications", "consultation", "care_plan")

# Points of rewards and referrals are told with the act: see benefit_events.py.
ELSEWHERE = ("redeem:", "cancel:redemption:", "bonus:referral:", "reverse:referral:")


class Kind(IntEnum):
    """The kinds of events; of one day the higher one is shown above."""

    FILE = 0
    CONSENT = 1
    ENQUIRY = 2
    SKIN = 3
    VISIT = 4
    POINTS = 5
    TIER = 6
    SEGMENT = 7
    REDEEMED = 8
    REDEMPTION_CANCELLED = 9
    VOUCHER_GIVEN = 10
    VOUCHER_USED = 11
    VOUCHER_WITHDRAWN = 12
    PERK_USED = 13
    PERK_TAKEN_BACK = 14
    REFERRAL_REWARDED = 15
    REFERRAL_TAKEN_BACK = 16
    CONTACT = 17
    CONTACT_CLOSED = 18
    MESSAGE = 19


class Place(NamedTuple):
    """Where a page of events ended: the next one goes on behind it."""

    day: date
    kind: int
    pk: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The place in a URL, such as `2026-11-13.4.7712`; None when it is not one."""
        try:
            day, kind, pk = text.split(".")
            place = cls(date.fromisoformat(day), int(kind), int(pk))
        except ValueError:
            return None
        return place if 0 < place.pk < 2**63 else None

    def __str__(self) -> str:
        return f"{self.day.isoformat()}.{self.kind:d}.{self.pk}"


class Viewer(NamedTuple):
    """Who asks: the id, and the rights by which the question is put."""

    pk: int
    rights: frozenset[Can]

    def can(self, right: Can) -> bool:
        return right in self.rights


def branches(client: int, user: Viewer, before: Place | None, limit: int) -> list["QuerySet[Any, Any]"]:
    """One question per kind that `user` may see of the client with this id; what one may not see is not asked for."""
    may = user.can
    wanted = [_file(client, before, limit)]
    if may(Can.SEE_VISITS):
        wanted.append(visits(client, user, before, limit))
    if may(Can.SEE_POINTS):
        wanted += [_points(client, before, limit), _tiers(client, before, limit)]
    if may(Can.SEE_SKIN):
        wanted.append(_skin(client, before, limit))
    if may(Can.EDIT_CLIENT) or may(Can.EDIT_SKIN):
        wanted.append(_enquiries(client, before, limit))
    if may(Can.SEE_CONSENT):
        wanted.append(_consents(client, before, limit))
    return wanted


def visits(client: int, user: Viewer, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    """Visits with amounts for who may see spend; for the others the lines they worked on themselves, without."""
    rows = Visit.objects.filter(client=client)
    lines = VisitLine.objects.filter(visit=OuterRef("pk")).order_by("position", "id")
    facts: Facts = {"status": F("status"), "at": F("at"), "void_reason": F("void_reason")}
    line = {"name": F("name"), "quantity": F("quantity"), "by": F("beautician__display_name")}
    if user.can(Can.SEE_SPEND):
        facts |= {name: _text(name) for name in ("total", "refunded", "tier_name", "tier_name_en")}
        paid_by = Payment.objects.filter(visit=OuterRef("pk")).order_by("id").values("method")
        facts["methods"] = ArraySubquery(paid_by)
    else:
        lines = lines.filter(beautician=user.pk)
        rows = rows.filter(Exists(VisitLine.objects.filter(visit=OuterRef("pk"), beautician=user.pk)))
    if user.can(Can.SEE_POINTS):
        earned = PointsEntry.objects.filter(visit=OuterRef("pk")).order_by().values("visit").annotate(sum=Sum("points"))
        facts["points"] = Subquery(earned.values("sum"))
    if user.can(Can.SEE_SKIN):
        facts |= {"care_note": F("care_note"), "next_care": F("next_care")}
    facts["lines"] = ArraySubquery(lines.values(json=JSONObject(**line)))
    return branch(rows, Kind.VISIT, F("day"), before, limit, facts)


def care_notes(client: int, user: Viewer, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    """The visits on which somebody wrote a care note or advice, by whomever: for who may see treatment notes."""
    if not user.can(Can.SEE_SKIN):
        return branch(Visit.objects.none(), Kind.VISIT, F("day"), before, limit, {"at": F("at")})
    rows = Visit.objects.completed().filter(client=client).exclude(care_note="", next_care="")
    lines = VisitLine.objects.filter(visit=OuterRef("pk"), beautician__isnull=False).order_by("position", "pk")
    treated = Subquery(lines.values("beautician__display_name")[:1])
    facts: Facts = {name: F(name) for name in ("at", "care_note", "next_care")}
    facts["by"] = Coalesce(treated, F("by__display_name"))  # who treated knows; the counter only typed it in
    return branch(rows, Kind.VISIT, F("day"), before, limit, facts)


def branch(
    rows: "QuerySet[Any, Any]", kind: Kind, day: Any, before: Place | None, limit: int, facts: Facts
) -> "QuerySet[Any, Any]":
    """The newest `limit` of `rows` behind the place `before`, as events of this kind."""
    rows = rows.annotate(event_kind=Value(int(kind)), event_day=day, event_pk=F("pk"))
    if before is not None:
        behind = Q(event_day__lt=before.day)
        if kind < before.kind:
            behind = Q(event_day__lte=before.day)
        elif kind == before.kind:
            behind |= Q(event_day=before.day, event_pk__lt=before.pk)
        rows = rows.filter(behind)
    told = rows.annotate(event_facts=JSONObject(**facts)).order_by("-event_day", "-event_pk")
    columns: QuerySet[Any, Any] = told.values_list("event_kind", "event_day", "event_pk", "event_facts")
    return columns[:limit]


def _text(name: str) -> Cast:
    """An amount as text: JSON knows only floats."""
    return Cast(name, CharField())


def _file(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    facts = {"by": F("created_by__display_name"), "imported_from": F("imported_from"), "source": F("source")}
    return branch(Client.objects.filter(pk=client), Kind.FILE, TruncDate("created_at"), before, limit, facts)


def _points(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    """Entries of the points book that no visit and no other act explains; the others stand with what made them."""
    facts: Facts = {name: F(name) for name in ("kind", "points", "why", "balance_after")}
    facts |= {"by": F("by__display_name"), "agreed": F("adjustment__decided_by__display_name")}
    told_elsewhere = Q()
    for act in ELSEWHERE:
        told_elsewhere |= Q(occasion__startswith=act)
    entries = PointsEntry.objects.filter(~told_elsewhere, account=client, visit=None, refund=None)
    return branch(entries, Kind.POINTS, TruncDate("at"), before, limit, facts)


def _tiers(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    facts: Facts = {name: F(name) for name in ("why", "figures", "reason")} | {"by": F("by__display_name")}
    for side in ("from", "to"):
        facts |= {f"{side}_{name}": F(f"{side}_tier__{name}") for name in ("name", "name_en", "position")}
    return branch(TierChange.objects.filter(account=client), Kind.TIER, F("on"), before, limit, facts)


def _skin(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    facts = {name: F(name) for name in SEALED} | {"by": F("recorded_by__display_name")}
    return branch(SkinRecord.objects.filter(client=client), Kind.SKIN, F("recorded_on"), before, limit, facts)


def _enquiries(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    facts = {name: F(name) for name in ("about", "why_not", "status")} | {"by": F("taken_by__display_name")}
    return branch(Enquiry.objects.filter(client=client), Kind.ENQUIRY, F("asked_on"), before, limit, facts)


def _consents(client: int, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    facts = {name: F(name) for name in ("purpose", "channel", "given", "how")} | {"by": F("by__display_name")}
    return branch(Consent.objects.filter(client=client), Kind.CONSENT, TruncDate("at"), before, limit, facts)
