"""A clock that was ahead and came back: what was dated ahead meanwhile would wait until the clock is there again."""

from datetime import datetime, timedelta

from django.db.models import Q

from outreach.models import ChannelSetting, Message
from outreach.outbox import LEASE, RESTS, WORKER_DIED
from staff.jobs import TICK
from staff.models import JobRun

MARGIN = timedelta(minutes=5)  # two processes at once are not of the same second

Status = Message.Status


def settle_dates(at: datetime) -> bool:
    """Put right what lies further ahead of `at` than it can; True when the clock was ahead at the last tick.

    Messages are looked at again, and put off again where they have to wait; channels rest no longer than they may; a
    message whose worker is gone is shown to people; who asked for a job gets it once.
    """
    if not JobRun.objects.filter(job=TICK, started_at__gt=at + MARGIN).exists():
        return False
    ahead = Q(not_before__gt=at) | Q(queued_at__gt=at)
    Message.objects.filter(ahead, status=Status.QUEUED).update(not_before=at, queued_at=at)
    sending = Message.objects.filter(status=Status.SENDING, lease_until__gt=at + LEASE + MARGIN)
    sending.update(status=Status.CHECK, error=WORKER_DIED, lease_until=at)
    ChannelSetting.objects.filter(resting_until__gt=at + RESTS[-1]).update(resting_until=at)
    JobRun.objects.filter(asked_at__gt=at).update(asked_at=at)
    return True
