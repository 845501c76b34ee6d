"""Looking for whole phones that nobody has: counted, and refused beyond the hour's number.

The mask leaves four digits of a phone unknown, and a search tells whether a number is on file. Without a limit, trying
them all would find what the reveals are counted for. Names, initials and last four digits are free, and so is
everybody who is found.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from clients import phones, search
from staff import audit
from staff.encryption import blind_index
from staff.models import AuditEntry, AuditEntryQuerySet, User

WINDOW = timedelta(hours=1)
MISSES_PER_HOUR = 60
MISSED, TOO_MANY = "phone_not_found", "phones_not_found"  # in the trail's `what`

T = TypeVar("T")


class TooManyMisses(PermissionDenied):
    """This person has looked for more phones that nobody has than work at the counter asks for. `str()` is told."""

    def __str__(self) -> str:
        return _("Too many whole numbers that nobody has. Try again in an hour, or ask the manager to look.")


def whole_numbers(text: str) -> list[str]:
    """The phones (E.164) that a searched text means as a whole or has in it; none for last digits and masked ones."""
    query = search.folded(text[: search.LONGEST_QUERY + 1])
    if len(query) > search.LONGEST_QUERY:
        return []
    inside = search.PHONE_INSIDE.findall(query)
    return phones.possible_numbers(query) or [one for part in inside for one in phones.possible_numbers(part)]


def counted(user: User, text: str, look: Callable[[], Sequence[T]], request: HttpRequest | None = None) -> Sequence[T]:
    """What `look` finds for `text`. A whole phone that finds nobody is counted. Raises TooManyMisses before looking."""
    numbers = whole_numbers(text)
    if not numbers:
        return look()
    refuse_beyond_quota(user, request)
    found = look()
    if not found:
        note_misses(user, [numbers], request)
    return found


def refuse_beyond_quota(user: User, request: HttpRequest | None = None) -> None:
    """Raise TooManyMisses when the hour's number is used up; the trail tells of it once an hour."""
    since = timezone.now() - WINDOW
    if _misses(user, since).count() < MISSES_PER_HOUR:
        return
    with transaction.atomic():
        _hold(user)
        told = AuditEntry.objects.filter(actor=user, action=AuditEntry.Action.REFUSED, what=TOO_MANY, at__gt=since)
        if not told.exists():
            audit.record(AuditEntry.Action.REFUSED, by=user, what=TOO_MANY, count=MISSES_PER_HOUR, request=request)
    raise TooManyMisses


def note_misses(user: User, missed: Iterable[Sequence[str]], request: HttpRequest | None = None) -> None:
    """Count these as looked for and not found: each is what one text may mean, and counts once within the hour."""
    with transaction.atomic():
        _hold(user)
        known = set(_misses(user, timezone.now() - WINDOW).values_list("object_id", flat=True))
        for mark in {blind_index(" ".join(numbers))[0] for numbers in missed} - known:
            audit.record(AuditEntry.Action.VIEWED, by=user, what=MISSED, mark=mark, request=request)


def _misses(user: User, since: datetime) -> AuditEntryQuerySet:
    return AuditEntry.objects.filter(actor=user, action=AuditEntry.Action.VIEWED, what=MISSED, at__gt=since)


def _hold(user: User) -> None:
    User.objects.select_for_update().only("pk").get(pk=user.pk)  # counted one after the other
