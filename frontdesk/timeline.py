"""What happened with a client, newest first, in pages of a fixed size and of one query each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any, cast

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from clients.models import Client, Consent, Enquiry, SkinRecord
from frontdesk import benefit_events, contact_events, events
from frontdesk.events import SEALED, Facts, Kind, Place, Viewer
from loyalty.models import PointsEntry, TierChange
from loyalty.points import told
from staff.compiled import CLIENT, USER, Compiled
from staff.encryption import EncryptedTextField
from staff.languages import in_language
from staff.listed import listed
from staff.models import User
from staff.roles import Can
from visits.models import Payment, Visit

PAGE = 20
AUTOMATIC = frozenset({TierChange.Why.EARNED, TierChange.Why.REVIEW, TierChange.Why.BY_HAND_ENDED})


@dataclass
class Event:
    """One event; `facts` are what its kind has to tell."""

    kind: Kind
    day: date
    pk: int
    facts: Facts

    @cached_property
    def name(self) -> str:
        """The kind as templates ask for it."""
        return self.kind.name.lower()

    @property
    def is_worded(self) -> bool:
        """Whether it is told in a line of its own words: see benefit_events.py and contact_events.py."""
        return self.kind in WORDED

    @property
    def iso_day(self) -> str:
        """The day for machines."""
        return self.day.isoformat()


@dataclass
class Timeline:
    """One page of events, and the place behind which the next one starts (None at the end)."""

    events: list[Event]
    more: Place | None


def timeline_of(client: Client, user: User, before: Place | None = None, size: int = PAGE) -> Timeline:
    """The events of `client` that `user` may see, from `before` on backwards."""
    if before is None:
        rows: Iterable[Any] = _newest(user.rights, timezone.get_current_timezone_name(), size + 1).ask(
            {CLIENT: client.pk, USER: user.pk}
        )
    else:
        rows = _together(client.pk, _viewer(user), before, size + 1)
    return _page(rows, size)


@lru_cache(maxsize=32)
def _newest(rights: frozenset[Can], time_zone: str, limit: int) -> Compiled:
    """The question for the first page; in `time_zone`, which must be the current one, instants become days."""
    return Compiled(_together(CLIENT, Viewer(USER, rights), None, limit))


def _together(client: int, user: Viewer, before: Place | None, limit: int) -> "QuerySet[Any, Any]":
    asked = (client, user, before, limit)
    first, *others = events.branches(*asked) + benefit_events.branches(*asked) + contact_events.branches(*asked)
    return first.union(*others, all=True).order_by("-event_day", "-event_kind", "-event_pk")[:limit]


def _viewer(user: User) -> Viewer:
    return Viewer(user.pk, user.rights)


def visits_of(client: Client, user: User, before: Place | None = None, size: int = PAGE) -> Timeline:
    """The visits alone, as on the timeline."""
    return _page(events.visits(client.pk, _viewer(user), before, size + 1), size)


def care_notes_of(client: Client, user: User, before: Place | None = None, size: int = PAGE) -> Timeline:
    """What was noted on visits, and advised for the next: the notes alone."""
    return _cut(events.care_notes(client.pk, _viewer(user), before, size + 1), size)


def _page(rows: Iterable[Any], size: int) -> Timeline:
    page = _cut(rows, size)
    for event in page.events:
        READERS[event.kind](event.facts)
    return Timeline(_gathered(page.events), page.more)


def _cut(rows: Iterable[Any], size: int) -> Timeline:
    found = [Event(Kind(kind), day, pk, facts) for kind, day, pk, facts in rows]
    shown = found[:size]
    return Timeline(shown, Place(shown[-1].day, shown[-1].kind, shown[-1].pk) if len(found) > size else None)


def _gathered(shown: list[Event]) -> list[Event]:
    """Consents of one day and one answer told as one event: they are taken together, on one form."""
    gathered: list[Event] = []
    for event in shown:
        last = gathered[-1] if gathered else None
        if last and last.kind == event.kind == Kind.CONSENT and _alike(last, event):
            last.facts["labels"] += event.facts["labels"]
        else:
            gathered.append(event)
    return gathered


def _alike(one: Event, other: Event) -> bool:
    return one.day == other.day and all(one.facts[name] == other.facts[name] for name in ("given", "how", "by"))


def _read_visit(facts: Facts) -> None:
    """Amounts become decimals again, codes their words. Without the right to see them they are not there."""
    facts["at"] = parse_datetime(facts["at"])
    facts["void"] = facts["status"] == Visit.Status.VOID
    facts["title"] = [
        line["name"] + (f" × {line['quantity']}" if line["quantity"] > 1 else "") for line in facts["lines"]
    ]
    facts["beauticians"] = list(dict.fromkeys(line["by"] for line in facts["lines"] if line["by"]))
    if "total" in facts:
        facts["total"], facts["refunded"] = Decimal(facts["total"]), Decimal(facts["refunded"])
        facts["methods"] = [str(Payment.Method(method).label) for method in dict.fromkeys(facts["methods"])]
    # A page is mostly visits, and a template takes ten times as long to put words together.
    more = [_("Beautician %(names)s") % {"names": listed(facts["beauticians"])}] if facts["beauticians"] else []
    more += [in_language(facts.get("tier_name", ""), facts.get("tier_name_en", "")), listed(facts.get("methods", ()))]
    facts["more"] = " · ".join(filter(None, more))
    if facts.get("points"):
        facts["earned"] = _("%(points)s points") % {"points": f"{facts['points']:+,}".replace("-", "−")}


def _read_points(facts: Facts) -> None:
    facts["label"] = PointsEntry.Kind(facts["kind"]).label
    facts["why"] = told(facts["why"])
    if facts["agreed"]:
        facts["by"] = _("%(by)s, agreed by %(second)s") % {"by": facts["by"], "second": facts["agreed"]}


def _read_tier(facts: Facts) -> None:
    for side in ("from", "to"):
        facts[side] = in_language(facts[f"{side}_name"], facts[f"{side}_name_en"])
    facts["up"] = facts["from_position"] is None or facts["to_position"] >= facts["from_position"]
    facts["because"] = TierChange.Why(facts["why"]).label
    if facts["why"] in AUTOMATIC:  # whoever stood at the counter then did not decide it
        facts["by"] = _("the system, by itself")
    figures = facts["figures"] or {}
    facts["spend"] = Decimal(figures["spend"]) if figures.get("spend") is not None else None


def _read_skin(facts: Facts) -> None:
    for name in SEALED:
        sealed = cast(EncryptedTextField, SkinRecord._meta.get_field(name))
        facts[name] = sealed.opened(facts[name] or "")
    kinds = dict(SkinRecord.SkinType.choices) | {"": ""}
    facts["skin"] = kinds.get(facts["skin_type"], facts["skin_type"])


def _read_enquiry(facts: Facts) -> None:
    facts["label"] = Enquiry.Status(facts["status"]).label


def _read_consent(facts: Facts) -> None:
    purpose = str(Consent.Purpose(facts["purpose"]).label)
    channel = Consent.Channel(facts["channel"]).label if facts["channel"] else ""
    facts["labels"] = [f"{purpose} ({channel})" if channel else purpose]
    facts["how_label"] = Consent.How(facts["how"]).label


def _read_file(facts: Facts) -> None:
    facts["source_label"] = Client.Source(facts["source"]).label if facts["source"] else ""


WORDED = benefit_events.READERS | contact_events.READERS
READERS = {
    Kind.VISIT: _read_visit,
    Kind.POINTS: _read_points,
    Kind.TIER: _read_tier,
    Kind.SKIN: _read_skin,
    Kind.ENQUIRY: _read_enquiry,
    Kind.CONSENT: _read_consent,
    Kind.FILE: _read_file,
    **WORDED,
}
