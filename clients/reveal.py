"""Showing a whole phone: counted, written down, and refused beyond the hour's number."""

from datetime import datetime, timedelta

from django.db import transaction
from django.http import HttpRequest

from clients.models import Client, FileRules
from staff import audit
from staff.models import AuditEntry, User

WINDOW = timedelta(hours=1)


class TooManyReveals(Exception):
    """This person has seen as many phones within the hour as the salon allows."""

    def __init__(self, allowed: int) -> None:
        self.allowed = allowed
        super().__init__(allowed)


def reveal_phone(
    client: Client, *, by: User, at: datetime, reason: str = "", request: HttpRequest | None = None
) -> Client:
    """The client whose phones may now be shown; the trail says to whom. Raises TooManyReveals, written down as well."""
    with transaction.atomic():
        User.objects.select_for_update().only("pk").get(pk=by.pk)  # counted one after the other
        allowed = FileRules.load().reveals_per_hour
        seen = AuditEntry.objects.filter(actor=by, action=AuditEntry.Action.REVEALED, at__gt=at - WINDOW).count()
        if seen < allowed:
            audit.record(AuditEntry.Action.REVEALED, by=by, client=client.pk, reason=reason, request=request)
            return client
    audit.record(AuditEntry.Action.REFUSED, by=by, client=client.pk, what="reveals_per_hour", request=request)
    raise TooManyReveals(allowed)
