"""The number to call, on one's own call: shown at once, written into the trail, within the hour's number."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from clients import phones
from clients.reveal import TooManyReveals, reveal_phone
from outreach.models import Kind
from outreach.rows import Row
from staff.models import AuditEntry
from staff.roles import Can, StaffRequest

CALLED = frozenset({Kind.FOLLOW_UP, Kind.THANK_YOU, Kind.DORMANT})
STILL_SHOWN = timedelta(minutes=30)  # opened again for the same call it is not counted twice


@dataclass(frozen=True)
class Numbers:
    """What to call; or `allowed`, when this person has seen as many numbers within the hour as the salon lets her."""

    phones: list[str] = field(default_factory=list)
    allowed: int | None = None


def numbers_for(row: Row, request: StaffRequest, at: datetime) -> Numbers | None:
    """The client's whole numbers for the person who has this call; None for everybody else. SECURITY §2, phone."""
    is_call = row.is_open and row.task.kind in CALLED and not row.is_to_mention
    if not (is_call and row.is_mine and request.user.can(Can.REVEAL_PHONE)):
        return None
    seen = AuditEntry.objects.for_client(row.client.pk).filter(
        actor=request.user, action=AuditEntry.Action.REVEALED, at__gt=at - STILL_SHOWN
    )
    if not seen.exists():
        try:
            reveal_phone(row.client, by=request.user, at=at, reason=f"contact {row.pk}", request=request)
        except TooManyReveals as refused:
            return Numbers(allowed=refused.allowed)
    return Numbers([phones.display(one) for one in (row.client.phone, row.client.second_phone) if one])
