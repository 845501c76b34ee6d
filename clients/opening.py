"""Opening a client's file leaves a line in the trail, by whichever page personal or health data is read."""

from datetime import timedelta

from django.utils import timezone

from staff import audit
from staff.models import AuditEntry
from staff.roles import StaffRequest

# Pages of the same file turned within this time are one opening.
STILL_OPEN = timedelta(minutes=5)


def note_opening(request: StaffRequest, client: int, *, turning: bool = True) -> None:
    """Note that this user opened the file of the client with this id. `turning`: a further page of it, perhaps."""
    if turning and _is_open(request, client):
        return
    audit.record(AuditEntry.Action.VIEWED, by=request.user, client=client, request=request)


def _is_open(request: StaffRequest, client: int) -> bool:
    openings = AuditEntry.objects.for_client(client).filter(actor=request.user, action=AuditEntry.Action.VIEWED)
    return openings.filter(at__gt=timezone.now() - STILL_OPEN).exists()
