"""A salon with people to contact, and the acts of who contacts them."""

import uuid
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from clients.models import Client, Consent
from outreach import contacting
from outreach.models import ContactTask, Kind
from staff.models import User

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # noon in Shanghai
NUMBERS = count(1)


def task(client: Client, kind: str = Kind.FOLLOW_UP, *, due: date = TODAY, **fields: Any) -> ContactTask:
    """One contact on the list, of an occasion of its own."""
    fields.setdefault("occasion", f"test:{next(NUMBERS)}")
    fields.setdefault("planned_for", due)
    fields.setdefault("shown_from", min(due, fields["planned_for"]))
    return ContactTask.objects.create(client=client, kind=kind, due_on=due, **fields)


def closed(task: ContactTask, by: User | None, at: datetime = NOW, **how: Any) -> ContactTask:
    """The task as it stands when somebody is done with it."""
    values = {"status": ContactTask.Status.DONE, "closed_at": at, "closed_by": by} | how
    ContactTask.objects.filter(pk=task.pk).update(**values)
    task.refresh_from_db()
    return task


def agreed(client: Client, channel: str = "wechat", *, given: bool = True) -> Consent:
    """An act of consent to greetings and offers."""
    return Consent.objects.create(
        client=client, purpose=Consent.Purpose.MARKETING, channel=channel, given=given, at=NOW
    )


def noted(task: ContactTask, outcome: str, by: User, *, at: datetime = NOW, **more: Any) -> ContactTask:
    """`contacting.record` with a key of its own."""
    more.setdefault("key", uuid.uuid4())
    return contacting.record(task.pk, outcome, by=by, at=at, **more)


def days(number: int) -> timedelta:
    return timedelta(days=number)
