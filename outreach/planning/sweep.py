"""What is done each minute: close what is no longer needed, so that nobody is called in vain."""

from datetime import date, datetime

from django.db import transaction

from outreach.models import ContactTask, Kind, OutreachRules
from outreach.planning.closing import close
from outreach.planning.lapsing import count_points_again
from staff.jobs import Counts

USED = ContactTask.Because.USED.value


@transaction.atomic
def sweep(today: date, at: datetime) -> Counts:
    """Close every open task that is no longer needed. Returns how many were closed, by reason."""
    closed = close(OutreachRules.load(), today, at, kinds=list(Kind))
    used = count_points_again(today, at)
    return closed | {USED: closed.get(USED, 0) + used} if used else closed
