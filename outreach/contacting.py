"""What people note about a contact: what came of it, and what a dissatisfied client was answered.

Every act holds the task's row, so of two at once one is done and the other is told by whom. Rule source: DESIGN §4,
and the issue of the contacts: no answer comes back tomorrow and closes by itself after some tries; a dissatisfied
answer stands until somebody has answered it; greetings and offers need the client's consent.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import care
from clients.models import Client, Consent
from outreach.models import Contact, ContactTask, Feeling, Kind, OutreachRules
from outreach.models.contacts import MARKETING
from staff.models import User
from staff.roles import Can

Outcome, Status, Because = Contact.Outcome, ContactTask.Status, ContactTask.Because
LOW = 2  # of five: who is no more satisfied than this is owed an answer
LONGEST_DELAY = timedelta(days=180)
ASKED = frozenset({Kind.FOLLOW_UP, Kind.THANK_YOU})  # how the client felt is asked after a visit
# What a person can note for each kind; the first is what is meant when nothing else is said.
_SPOKEN = (Outcome.REACHED, Outcome.SENT, Outcome.NO_ANSWER, Outcome.RESCHEDULED, Outcome.NOT_WANTED)
_GREETED = (Outcome.SENT, Outcome.REACHED, Outcome.MENTIONED, *_SPOKEN[2:])
OUTCOMES: dict[Kind, tuple[Contact.Outcome, ...]] = dict.fromkeys(Kind, _GREETED) | {
    Kind.FOLLOW_UP: _SPOKEN,
    Kind.DORMANT: (Outcome.REACHED, Outcome.SENT, Outcome.MENTIONED, *_SPOKEN[2:]),
    Kind.GIFT: (Outcome.PREPARED, Outcome.RESCHEDULED, Outcome.NOT_WANTED),
}


class Refused(Exception):
    """Something that cannot be noted. `field` names what is wrong in the form; `task` is how it stands, if it moved."""

    def __init__(self, message: str, field: str = "", task: ContactTask | None = None) -> None:
        super().__init__(message)
        self.field = field
        self.task = task


@dataclass(frozen=True)
class Said:
    """What somebody says came of a contact. Empty and None mean that nothing was said."""

    outcome: str
    channel: str = ""  # a Consent.Channel; "" is in the salon
    feeling: str = ""
    satisfaction: int | None = None
    note: str = ""
    until: date | None = None

    @property
    def is_bad(self) -> bool:
        """Whether the salon owes the client an answer."""
        low = self.satisfaction is not None and self.satisfaction <= LOW
        return low or self.feeling == Feeling.DISSATISFIED


@transaction.atomic
def record(
    task_id: int,
    outcome: str,
    *,
    by: User,
    at: datetime,
    key: uuid.UUID,
    channel: str = "",
    feeling: str = "",
    satisfaction: int | None = None,
    note: str = "",
    until: date | None = None,
    withdraw_consent: bool = False,
    seen: int | None = None,
) -> ContactTask:
    """The task after noting one attempt by `by`. The same `key` again gives the same answer and notes nothing.

    REACHED, SENT, MENTIONED and PREPARED close it as done; NOT_WANTED as skipped, with `withdraw_consent` to greetings
    and offers on every channel; RESCHEDULED moves it to `until`; NO_ANSWER to tomorrow, until the tries of the rules
    are used up. `seen` is the id of the last attempt that `by` had on the screen (0: none, None: does not matter).
    Raises Refused without the right, when it was closed or moved on by somebody meanwhile, and for what cannot be.
    """
    must_work(by)
    task = held(task_id)
    if done := Contact.objects.filter(key=key).first():
        if done.task_id != task.pk:
            raise Refused(_("This form was sent before, for somebody else. Open it again."))
        return task
    said = Said(outcome, channel, feeling, satisfaction, note.strip(), until)
    must_be_open(task, at)
    _must_be_as_seen(task, seen, at)
    _check(task, said, timezone.localdate(at))
    contact = _noted(task, said, by=by, at=at, key=key)
    _move(task, contact)
    if withdraw_consent and outcome == Outcome.NOT_WANTED and by.can(Can.RECORD_CONSENT):
        _withdraw(task.client, by, at)
    return task


@transaction.atomic
def answer(task_id: int, text: str, *, by: User, at: datetime, key: uuid.UUID) -> ContactTask:
    """Note what the salon answered to who was dissatisfied. Raises Refused without the right, or when it is answered.

    The same `key` again gives the same answer.
    """
    if not by.can(Can.ANSWER_DISSATISFIED):
        raise Refused(_("Only the manager answers who was dissatisfied."))
    task = held(task_id)
    if Contact.objects.filter(key=key, task=task).exists():
        return task
    if not task.needs_answer:
        raise Refused(_("Nobody is waiting for an answer here."), task=task)
    if task.answered_at:
        words = {"who": task.answered_by, "when": _clock(task.answered_at, at)}
        raise Refused(_("%(who)s has answered it already, %(when)s.") % words, task=task)
    task.answered_at, task.answered_by, task.answer = at, by, text
    task.save(update_fields=["answered_at", "answered_by", "answer"])
    _noted(task, Said(Outcome.ANSWERED, note=text), by=by, at=at, key=key)
    return task


def how_it_stands(task: ContactTask, at: datetime) -> str:
    """What became of a closed task, by whom and when, in words."""
    if task.closed_at is None:
        return ""
    words = {"who": task.closed_by, "when": _clock(task.closed_at, at), "why": task.get_because_display()}
    if task.status == Status.DONE:
        if task.closed_by is None:
            return _("Done by itself at %(when)s: the message was sent.") % words
        return _("%(who)s has done it already, %(when)s.") % words
    if task.closed_by is None:
        return _("Closed meanwhile, %(when)s: %(why)s.") % words
    return _("%(who)s has closed it already, %(when)s: %(why)s.") % words


def must_work(by: User) -> None:
    """Raises Refused for who does not work on contacts."""
    if not by.can(Can.WORK_CONTACTS):
        raise Refused(_("You may not work on contacts."))


def held(task_id: int) -> ContactTask:
    """The task, its row held until the transaction ends, so that nobody moves it meanwhile. Raises Refused without it.

    Rows that only point to it may be put in: a message that waited here would hold the client, whom a consent needs.
    """
    task = ContactTask.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    if task is None:
        raise Refused(_("This contact is not on the list any more."))
    return task


def must_be_open(task: ContactTask, at: datetime) -> None:
    """Raises Refused, with how it stands, when there is nothing to do here any more."""
    if not task.is_open:
        raise Refused(how_it_stands(task, at), task=task)
    must_be_on_file(task)


def must_be_on_file(task: ContactTask) -> None:
    """Raises Refused when nobody is to be contacted under this file any more."""
    if not task.client.is_on_file:
        raise Refused(_("This client's file was merged or erased."), task=task)


def _must_be_as_seen(task: ContactTask, seen: int | None, at: datetime) -> None:
    """Two who note the same call at once would count two tries."""
    if seen is None:
        return
    last = task.contacts.standing().select_related("by").order_by("-pk").first()
    if last is not None and last.pk != seen:
        words = {"who": last.by or _("the salon"), "when": _clock(last.at, at), "what": last.get_outcome_display()}
        raise Refused(
            _("%(who)s noted meanwhile, %(when)s: %(what)s. Send again if yours comes on top.") % words, task=task
        )


def _check(task: ContactTask, said: Said, today: date) -> None:
    """Raises Refused, with the field, for what does not fit together."""
    if said.outcome not in OUTCOMES[Kind(task.kind)]:
        raise Refused(_("This does not fit this kind of contact."), "outcome")
    if said.outcome == Outcome.RESCHEDULED:
        if said.until is None:
            raise Refused(_("Say until when."), "until")
        if not today < said.until <= today + LONGEST_DELAY:
            raise Refused(
                _("A day from tomorrow on, at most %(days)s days away.") % {"days": LONGEST_DELAY.days}, "until"
            )
    if said.outcome == Outcome.SENT and not said.channel:
        raise Refused(_("Say how it was sent."), "channel")
    if said.outcome in (Outcome.SENT, Outcome.REACHED) and said.channel and task.kind in MARKETING:
        agreed = Consent.objects.holding(Consent.Purpose.MARKETING, said.channel).filter(client=task.client_id)
        if not agreed.exists():
            words = {"channel": Consent.Channel(said.channel).label}
            raise Refused(
                _(
                    "The client has not agreed to greetings and offers by %(channel)s. Mention it in the salon, or "
                    "record the consent in the file first."
                )
                % words,
                "channel",
            )


def _noted(task: ContactTask, said: Said, *, by: User, at: datetime, key: uuid.UUID) -> Contact:
    reached = said.outcome in (Outcome.REACHED, Outcome.SENT, Outcome.MENTIONED)
    asked = task.kind in ASKED and said.outcome == Outcome.REACHED
    return add_line(
        task=task,
        client_id=task.client_id,
        key=key,
        kind=task.kind,
        outcome=said.outcome,
        channel=said.channel,
        at=at,
        day=timezone.localdate(at),
        by=by,
        is_marketing=reached and task.kind in MARKETING,
        feeling=said.feeling if asked else "",
        satisfaction=said.satisfaction if asked else None,
        note=said.note,
        until=said.until if said.outcome == Outcome.RESCHEDULED else None,
        due_before=task.due_on,
    )


def add_line(**fields: Any) -> Contact:
    """A line of the contact's history. Raises Refused when its key stands under another contact at the same moment."""
    try:
        with transaction.atomic():
            return Contact.objects.create(**fields)
    except IntegrityError as twice:
        raise Refused(_("This form was sent before, for somebody else. Open it again.")) from twice


def _move(task: ContactTask, contact: Contact) -> None:
    """Let the task follow from the attempt, and write it."""
    if contact.outcome == Outcome.RESCHEDULED and contact.until:
        task.due_on = contact.until
    elif contact.outcome == Outcome.NO_ANSWER:
        task.attempts += 1
        task.due_on = contact.day + timedelta(days=1)
        if task.attempts >= OutreachRules.load().tries:
            _close(task, contact, Status.NO_ANSWER, Because.UNREACHED)
    elif contact.outcome == Outcome.NOT_WANTED:
        _close(task, contact, Status.SKIPPED, Because.NOT_WANTED)
    else:
        task.feeling, task.satisfaction = contact.feeling, contact.satisfaction
        task.needs_answer = Said(contact.outcome, "", contact.feeling, contact.satisfaction).is_bad
        _close(task, contact, Status.DONE)
    moved = ("due_on", "attempts", "feeling", "satisfaction", "needs_answer")
    task.save(update_fields=[*moved, "status", "because", "closed_at", "closed_by"])


def _close(task: ContactTask, contact: Contact, status: str, because: str = Because.NONE) -> None:
    task.status, task.because, task.closed_at, task.closed_by = status, because, contact.at, contact.by


def _withdraw(client: Client, by: User, at: datetime) -> None:
    """Take back every consent to greetings and offers that holds."""
    for channel in Consent.Channel:
        held = Consent.objects.holding(Consent.Purpose.MARKETING, channel).filter(client=client)
        if channel and held.exists():
            care.record_consent(
                client, Consent.Purpose.MARKETING, channel, given=False, how=Consent.How.SAID, by=by, at=at
            )


def _clock(then: datetime, now: datetime) -> str:
    """The time of day, with the date when it is another one than now."""
    local = timezone.localtime(then)
    return f"{local:%H:%M}" if local.date() == timezone.localdate(now) else f"{local:%m-%d %H:%M}"
