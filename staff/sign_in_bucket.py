"""One bucket of failed sign-ins for all addresses: many machines that guess a few times each are slowed as well.

When it is full, addresses from which nobody signed in lately are refused until it has drained. The salon's own go on.
"""

from datetime import datetime, timedelta

from django.http import HttpRequest

from staff.models import KnownAddress, SignInFailure

HOLDS = 100  # failures, of all addresses together
WITHIN = timedelta(minutes=10)
KNOWN_FOR = timedelta(days=30)


def is_closed_to(request: HttpRequest, at: datetime) -> bool:
    """Whether the bucket is full and the request comes from an address without a sign-in of the last 30 days."""
    if SignInFailure.objects.filter(at__gt=at - WITHIN).count() < HOLDS:
        return False
    return not KnownAddress.objects.filter(address=_address(request), last_at__gt=at - KNOWN_FOR).exists()


def note_failure(at: datetime) -> None:
    """One more failure. Those that have drained are thrown away."""
    SignInFailure.objects.filter(at__lte=at - WITHIN).delete()
    SignInFailure.objects.create(at=at)


def note_success(request: HttpRequest, at: datetime) -> None:
    """Somebody signed in from this address: it is known for the next 30 days."""
    if address := _address(request):
        KnownAddress.objects.update_or_create(address=address, defaults={"last_at": at})


def _address(request: HttpRequest) -> str | None:
    return request.META.get("REMOTE_ADDR") or None
