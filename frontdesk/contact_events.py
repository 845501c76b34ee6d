"""Contacts as events of the client file: each attempt, what was closed without one, and messages that did not go out.

The branches are put together with those of `events.py`; `READERS` turn their facts into words. A contact whose place
a newer visit or reminder took is not told: what took its place stands on the timeline itself.
"""

from typing import Any

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import TruncDate
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Consent
from frontdesk.events import Facts, Kind, Place, Viewer, branch
from outreach.access import NEEDED_RIGHT
from outreach.models import Contact, ContactTask, Feeling, Message, Way
from outreach.models import Kind as About
from staff.roles import Can

Rows = QuerySet[Any, Any]

NOT_MET = (ContactTask.Status.SKIPPED, ContactTask.Status.CANCELLED, ContactTask.Status.NO_ANSWER)
TOLD_ELSEWHERE = (
    ContactTask.Because.NEWER_VISIT,
    ContactTask.Because.NEWER_REMINDER,
    ContactTask.Because.NOT_WANTED,  # the attempt that brought this answer says it
)
NOT_SENT = (Message.Status.CHECK, Message.Status.FAILED, Message.Status.SUPPRESSED)
UNHAPPY = 2  # a satisfaction of so much or less


def kinds_for(user: Viewer) -> list[About]:
    """The kinds of contact of which `user` may know that there was one."""
    return [kind for kind in About if kind not in NEEDED_RIGHT or user.can(NEEDED_RIGHT[kind])]


def branches(client: int, user: Viewer, before: Place | None, limit: int) -> list[Rows]:
    """One question per kind of event, for who works the contacts or reads how they are done; none for the others."""
    if not (user.can(Can.WORK_CONTACTS) or user.can(Can.READ_CONTACTS)):
        return []
    kinds = kinds_for(user)
    questions = (_attempts(client, kinds), _closed(client, kinds), _messages(client, kinds))
    return [branch(rows, kind, day, before, limit, facts) for rows, kind, day, facts in questions]


Question = tuple[Rows, Kind, Any, Facts]


def _attempts(client: int, kinds: list[About]) -> Question:
    names = ("kind", "outcome", "channel", "feeling", "satisfaction", "note", "until")
    facts: Facts = {name: F(name) for name in names}
    # Asked for the rows that are shown, where a join would be made for all of them.
    months = Subquery(ContactTask.objects.filter(pk=OuterRef("task")).values("facts__months"))
    facts["taken_back"] = Subquery(Contact.objects.filter(takes_back=OuterRef("pk")).values("by__display_name"))
    facts |= {"by": F("by__display_name"), "months": Case(When(kind=About.DORMANT, then=months))}
    rows = Contact.objects.filter(client=client, kind__in=kinds, takes_back__isnull=True)
    return rows, Kind.CONTACT, F("day"), facts


def _closed(client: int, kinds: list[About]) -> Question:
    rows = ContactTask.objects.filter(client=client, kind__in=kinds, status__in=NOT_MET)
    facts: Facts = {name: F(name) for name in ("kind", "because", "planned_for")} | {"months": F("facts__months")}
    return rows.exclude(because__in=TOLD_ELSEWHERE), Kind.CONTACT_CLOSED, TruncDate("closed_at"), facts


def _messages(client: int, kinds: list[About]) -> Question:
    """Messages to the client that were held back, failed, or may or may not have gone out. Sent ones are attempts."""
    rows = Message.objects.filter(~Q(way=Way.WECOM), client=client, task__kind__in=kinds, status__in=NOT_SENT)
    facts: Facts = {name: F(name) for name in ("way", "status", "held")}
    facts |= {"kind": F("task__kind"), "months": F("task__facts__months")}
    return rows.exclude(held=Message.Held.CLOSED), Kind.MESSAGE, TruncDate("queued_at"), facts


# --- In words: `title`, what stands at the end of the line, and `more` below ----------------------------------------


def _about(facts: Facts) -> str:
    label = str(About(facts["kind"]).label)
    months = facts["months"]
    if not months:
        return label
    away = ngettext("away for %(n)s month", "away for %(n)s months", months) % {"n": months}
    return _("%(contact)s (%(more)s)") % {"contact": label, "more": away}


def _titled(facts: Facts, what: object) -> str:
    return capfirst(_("%(contact)s: %(outcome)s") % {"contact": _about(facts), "outcome": what})


def _more(*parts: object) -> str:
    return " · ".join(str(part) for part in parts if part)


def _read_attempt(facts: Facts) -> None:
    facts["title"] = _titled(facts, Contact.Outcome(facts["outcome"]).label)
    if facts["taken_back"]:
        facts["title"] = _("%(what)s (taken back by %(who)s)") % {"what": facts["title"], "who": facts["taken_back"]}
    facts["end"] = _more(
        Feeling(facts["feeling"]).label if facts["feeling"] else "",
        _("%(points)s of 5") % {"points": facts["satisfaction"]} if facts["satisfaction"] else "",
    )
    facts["bad"] = facts["feeling"] == Feeling.DISSATISFIED or (facts["satisfaction"] or 5) <= UNHAPPY
    facts["bad"] = facts["bad"] and not facts["taken_back"]
    until = parse_date(facts["until"]) if facts["until"] else None
    facts["more"] = _more(
        Consent.Channel(facts["channel"]).label if facts["channel"] else "",
        _("put off until %(day)s") % {"day": until} if until else "",
        facts["note"],
        facts["by"] or _("the system, by itself"),
    )


def _read_closed(facts: Facts) -> None:
    facts["title"] = _titled(facts, _("nobody was contacted"))
    facts["more"] = _more(ContactTask.Because(facts["because"]).label)
    facts["late"] = facts["because"] in (ContactTask.Because.TOO_LATE, ContactTask.Because.UNREACHED)


def _read_message(facts: Facts) -> None:
    words = {"channel": Way(facts["way"]).label, "status": Message.Status(facts["status"]).label}
    facts["title"] = _titled(facts, _("%(channel)s, %(status)s") % words)
    facts["bad"] = facts["status"] == Message.Status.CHECK
    facts["more"] = _more(Message.Held(facts["held"]).label if facts["held"] else "")


READERS = {
    Kind.CONTACT: _read_attempt,
    Kind.CONTACT_CLOSED: _read_closed,
    Kind.MESSAGE: _read_message,
}
