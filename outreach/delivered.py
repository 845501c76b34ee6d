"""What follows from a message that went out: the attempt is noted and the contact done, all or nothing."""

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from clients.models import Consent
from outreach.models import Contact, ContactTask, Message, Way
from staff.models import User

Status = Message.Status
ATTEMPT = uuid.UUID("0f4a2f0e-5c5b-4f0e-9a52-6a4a8f2f7c10")  # the keys of attempts are made from the messages' keys
CHANNELS = {Way.SMS: Consent.Channel.SMS, Way.EMAIL: Consent.Channel.EMAIL}


@transaction.atomic
def mark_sent(message: Message, provider_id: str, *, at: datetime, by: User | None = None) -> bool:
    """Mark it as sent, note the attempt and close its task. False when that was done already.

    `by` is the person who says so, of a message on which nobody has decided; None is the worker, whom the provider has
    told: that holds whatever a person thought meanwhile, and nothing is sent a second time after it. A note to a
    colleague reaches no client: its task stays open.
    """
    task = ContactTask.objects.select_for_update().get(pk=message.task_id)
    open_to_it = Q(status=Status.CHECK, decided_at=None) if by else ~Q(status=Status.SENT)
    fields = {"status": Status.SENT, "sent_at": at, "provider_id": provider_id, "error": "", "held": ""}
    decided = {"decided_at": at, "decided_by": by} if by else {}
    if not Message.objects.filter(open_to_it, pk=message.pk).update(**fields, **decided):
        return False
    if message.way in CHANNELS:
        _note(task, message, at, by)
    return True


def _note(task: ContactTask, message: Message, at: datetime, by: User | None) -> None:
    attempt = Contact(
        task=task,
        client_id=message.client_id,
        key=uuid.uuid5(ATTEMPT, message.key),
        kind=task.kind,
        outcome=Contact.Outcome.SENT,
        channel=CHANNELS[Way(message.way)],
        at=at,
        day=timezone.localdate(at),
        by=by,
        is_marketing=task.is_marketing,
    )
    Contact.objects.bulk_create([attempt], ignore_conflicts=True)
    if task.is_open:
        task.status, task.closed_at, task.closed_by = ContactTask.Status.DONE, at, by
        task.save(update_fields=["status", "closed_at", "closed_by"])
