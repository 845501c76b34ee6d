"""The first day of a salon: its owner's account, made once and never twice."""

from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.utils import timezone

from staff.jobs import wait_for_life
from staff.models import Salon, User
from staff.roles import Role

LOCK = 5_217_903_301  # any number that nothing else locks


class AlreadySetUp(Exception):
    """Somebody works here already."""


@transaction.atomic
def set_up(data: dict[str, Any]) -> User:
    """Make the owner (manager and admin) and the salon's settings. Raises AlreadySetUp when a user exists."""
    with connection.cursor() as cursor:
        # Two people at two machines: the second waits here, and then finds the first one's account.
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if User.objects.exists():
        raise AlreadySetUp
    owner = User.objects.create_user(data["username"], password=data["password"], display_name=data["display_name"])
    owner.groups.set(Group.objects.filter(name__in=(Role.MANAGER, Role.ADMIN)))
    salon = Salon.load()
    salon.name, salon.time_zone = data["salon_name"], data["time_zone"]
    salon.hours, salon.closed_days = data["hours"], data["closed_days"]
    salon.save(update_fields=["name", "time_zone", "hours", "closed_days"])
    wait_for_life(timezone.now())
    return owner
