"""Who can be a client's consultant."""

from django.db.models import Q, QuerySet

from staff.models import User
from staff.roles import Role

ROLES = (Role.BEAUTICIAN, Role.MANAGER)


def consultants(also: int | None = None) -> "QuerySet[User]":
    """The beauticians and managers of today by name, and the user with the id `also`, who may be neither."""
    advising = User.groups.through.objects.filter(group__name__in=ROLES).values("user")
    return User.objects.filter(Q(is_active=True, pk__in=advising) | Q(pk=also)).order_by("display_name")
