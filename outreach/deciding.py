"""What people decide on messages that broke off or failed."""

from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.delivered import mark_sent
from outreach.models import ContactTask, Message
from staff.models import User

Status = Message.Status


class Decision(StrEnum):
    """What somebody says about a message, after looking it up at the provider or asking the client."""

    WENT_OUT = "went_out"
    SEND_AGAIN = "send_again"
    BY_HAND = "by_hand"


class DecisionRefused(Exception):
    """There is nothing to decide on it (any more); the words say why."""


def decide(message_id: int, decision: Decision, *, by: User, at: datetime) -> Message:
    """The message after somebody decided: it went out; it did not, and is sent again; or people see to it by hand.

    Of two who decide at once the second is told. Raises DecisionRefused, and Message.DoesNotExist.
    """
    with transaction.atomic():
        message = Message.objects.get(pk=message_id)
        ContactTask.objects.select_for_update().get(pk=message.task_id)  # in the order of all others: task, message
        message = Message.objects.select_for_update(of=("self",)).select_related("decided_by").get(pk=message_id)
        _must_be_open(message)
        if decision == Decision.WENT_OUT:
            if message.status == Status.FAILED:
                raise DecisionRefused(_("The provider refused this message: it has not gone out."))
            mark_sent(message, message.provider_id, at=at, by=by)
        elif decision == Decision.SEND_AGAIN:
            _decided(message, by, at, status=Status.QUEUED, attempts=0, not_before=at, lease_until=None, error="")
        else:
            _decided(message, by, at, status=Status.FAILED)
    message.refresh_from_db()
    return message


def _must_be_open(message: Message) -> None:
    if message.status in (Status.CHECK, Status.FAILED) and message.decided_at is None:
        return
    if message.decided_at is not None:
        who, when = message.decided_by, f"{timezone.localtime(message.decided_at):%Y-%m-%d %H:%M}"
        raise DecisionRefused(_("%(who)s has decided on it at %(when)s.") % {"who": who, "when": when})
    raise DecisionRefused(_("There is nothing to decide on this message."))


def _decided(message: Message, by: User, at: datetime, **fields: object) -> None:
    Message.objects.filter(pk=message.pk).update(decided_at=at, decided_by=by, **fields)
