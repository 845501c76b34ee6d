"""The salon's own clock. Whatever asks for today outside a web request asks for it here."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils import timezone

from staff.models import Salon

EARLIEST = date(2000, 1, 1)  # a day before that is a slip of the keyboard: no salon has anything of it


def zone(name: str) -> ZoneInfo:
    """The time zone of that name; the house's own when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(settings.TIME_ZONE)


@contextmanager
def salon_time() -> Iterator[None]:
    """Let `timezone.localdate()` be the salon's day, as it is in every web request."""
    with timezone.override(zone(Salon.load().time_zone)):
        yield
