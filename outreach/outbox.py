"""The outbox: messages that go out by themselves, each at most once, and none lost without anybody knowing.

A message is marked as being sent, and that is committed, before the provider is called. Whatever breaks off in between
leaves the mark, and a person decides: it is never sent again by itself. Nothing here needs the broker, and two of
these at once do no harm.
"""

import logging
import time
from collections import Counter
from datetime import datetime, timedelta

from celery.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F

from outreach import channels
from outreach.channels import NotSent, Outgoing, Unclear
from outreach.deciding import Decision, DecisionRefused, decide
from outreach.delivered import mark_sent
from outreach.holding import is_sending_time, verdict
from outreach.models import ChannelSetting, Message, OutreachRules
from outreach.queueing import queue
from staff.jobs import Counts

__all__ = ["Decision", "DecisionRefused", "decide", "drain", "expire_leases", "queue"]

Status = Message.Status
log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # far longer than any provider is waited for
PATIENCE = timedelta(seconds=45)  # of one drain, below the tick's own time limit; the next tick goes on
RETRIES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
RESTS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=30))
WORKER_DIED, OURS = "worker_died", "our_fault"


def expire_leases(at: datetime) -> int:
    """Show people what was being sent when its worker died. Returns how many."""
    broken = Message.objects.filter(status=Status.SENDING, lease_until__lte=at)
    return broken.update(status=Status.CHECK, error=WORKER_DIED)


def drain(at: datetime, *, limit: int = 500) -> Counts:
    """Send what is due, one by one, in the hours of the rules. Returns how many were sent, held, put off and so on."""
    begun = time.monotonic()
    counts = Counter({"check": expire_leases(at)})
    rules = OutreachRules.load()
    if not is_sending_time(rules, at):
        return +counts
    resting = set(ChannelSetting.objects.filter(resting_until__gt=at).values_list("way", flat=True))
    due = Message.objects.to_send(at).exclude(way__in=resting).order_by("not_before", "pk")
    for pk, way in list(due.values_list("pk", "way")[:limit]):
        # What takes long is not to be dated by its beginning: leases and pauses count from now.
        passed = timedelta(seconds=time.monotonic() - begun)
        if passed > PATIENCE or not is_sending_time(rules, at + passed):
            break
        if way in resting:
            continue
        outcome = _work_on(pk, rules, at + passed)
        counts[outcome.name] += 1
        if outcome.channel_rests:
            resting.add(way)
    return +counts


class Outcome:
    """What became of one message; `channel_rests` when the next one on its channel would fare the same."""

    def __init__(self, name: str, *, channel_rests: bool = False) -> None:
        self.name, self.channel_rests = name, channel_rests


def _work_on(pk: int, rules: OutreachRules, at: datetime) -> Outcome:
    try:
        claimed = _claim(pk, rules, at)
    except (DatabaseError, InterfaceError, SoftTimeLimitExceeded):
        raise
    except Exception as fault:
        # One that cannot even be worded must not stand in the way of the others, nor come back every minute.
        log.exception("Message %s could not be prepared", pk)
        return _put_off(pk, f"{OURS}.{type(fault).__name__}", at)
    if isinstance(claimed, Outcome):
        return claimed
    message, setting, outgoing = claimed
    try:
        number = channels.send(setting, outgoing)
    except NotSent as refused:
        return _not_sent(message, refused, at)
    except Unclear as unclear:
        return _unclear(message, unclear.reason, at)
    if setting.faults:
        ChannelSetting.objects.filter(pk=setting.pk).update(faults=0, resting_until=None, fault="")
    return Outcome("sent" if mark_sent(message, number, at=at) else "decided")


@transaction.atomic
def _claim(pk: int, rules: OutreachRules, at: datetime) -> tuple[Message, ChannelSetting, Outgoing] | Outcome:
    """Mark one message as being sent, if it still may be. Task and client are held, so nobody withdraws meanwhile.

    What somebody else holds at this moment is left to the next tick: nobody waits, and nothing can lock crosswise.
    """
    waiting = Message.objects.filter(pk=pk, status=Status.QUEUED, not_before__lte=at)
    held = waiting.select_for_update(skip_locked=True, of=("self", "task", "client"))
    message = held.select_related("task__assigned_to", "client").first()
    if message is None:
        return Outcome("busy")
    message.task.client = message.client
    setting = ChannelSetting.objects.filter(way=message.way).first() or ChannelSetting(way=message.way)
    if setting.is_on and setting.resting_until and setting.resting_until > at:
        return Outcome("resting", channel_rests=True)
    found = verdict(message, setting, rules, at)
    if isinstance(found, Message.Held):
        _update(message, status=Status.SUPPRESSED, held=found)
        return Outcome("held")
    if isinstance(found, datetime):
        _update(message, not_before=found)
        return Outcome("put_off")
    _update(
        message,
        status=Status.SENDING,
        to=found.to,
        subject=found.subject,
        body=found.body,
        attempts=message.attempts + 1,
        lease_until=at + LEASE,
        error="",
        decided_at=None,
        decided_by=None,
    )
    return message, setting, found


def _update(message: Message, **fields: object) -> None:
    for name, value in fields.items():
        setattr(message, name, value)
    message.save(update_fields=list(fields))


def _not_sent(message: Message, refused: NotSent, at: datetime) -> Outcome:
    """Nothing went out: it waits for another try, with the whole channel or alone; or it has failed."""
    if refused.whole_channel:
        until = _rest(message.way, refused.reason, at)
        # It is no fault of this message: the try does not count.
        _still_ours(
            message, status=Status.QUEUED, not_before=until, attempts=message.attempts - 1, error=refused.reason
        )
        return Outcome("put_off", channel_rests=True)
    if refused.may_retry and message.attempts <= len(RETRIES):
        later = _after(RETRIES[message.attempts - 1], at)
        _still_ours(message, status=Status.QUEUED, not_before=later, error=refused.reason)
        return Outcome("put_off")
    _still_ours(message, status=Status.FAILED, error=refused.reason)
    return Outcome("failed")


def _unclear(message: Message, reason: str, at: datetime) -> Outcome:
    """It may have gone out: a person looks, and the channel rests so that not one after the other ends like this."""
    _still_ours(message, status=Status.CHECK, error=reason)
    _rest(message.way, reason, at)
    return Outcome("check", channel_rests=True)


def _still_ours(message: Message, **fields: object) -> None:
    """Write what became of it, unless it was taken from this worker meanwhile, even if another one sends it now."""
    mine = Message.objects.filter(pk=message.pk, status=Status.SENDING, lease_until=message.lease_until)
    mine.update(**fields)


def _rest(way: str, reason: str, at: datetime) -> datetime:
    """Let a channel rest, longer with each fault after another. Returns until when."""
    setting = ChannelSetting.objects.get(way=way)
    until = _after(RESTS[min(setting.faults, len(RESTS) - 1)], at)
    ChannelSetting.objects.filter(pk=setting.pk).update(faults=F("faults") + 1, resting_until=until, fault=reason[:60])
    return until


def _put_off(pk: int, reason: str, at: datetime) -> Outcome:
    """Try one later that could not be prepared, four times; then it has failed."""
    queued = Message.objects.filter(pk=pk, status=Status.QUEUED)
    tried = queued.values_list("attempts", flat=True).first() or 0
    if tried >= len(RETRIES):
        queued.update(status=Status.FAILED, error=reason)
        return Outcome("failed")
    queued.update(attempts=F("attempts") + 1, not_before=_after(RETRIES[tried], at), error=reason)
    return Outcome("put_off")


def _after(pause: timedelta, at: datetime) -> datetime:
    """The first tick after the pause: counted from the full minute, so that it is not missed by a second."""
    return at.replace(second=0, microsecond=0) + pause
