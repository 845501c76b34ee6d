"""Who is there, and in which salon: what every page needs to know first, in one question."""

from functools import lru_cache

from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.postgres.expressions import ArraySubquery

from staff.compiled import USER, Compiled
from staff.models import Salon, User
from staff.roles import Role

# What a page shows or goes by. The key check is the program's own affair, and is not unsealed for every page.
SALON = tuple(field.attname for field in Salon._meta.concrete_fields if field.attname != "key_check")
NOBODY = 0


def salon_for(user: User | AnonymousUser) -> Salon:
    """The salon's settings. On the way the roles of `user` are read, anew for every request like the settings."""
    found = _question().ask({USER: user.pk or NOBODY})
    if not found:
        return Salon.load()
    ((*settings, groups),) = found
    if isinstance(user, User):
        user.roles = frozenset(role for role in Role if role in groups)
    return Salon.from_db("default", SALON, settings)


@lru_cache(maxsize=1)
def _question() -> Compiled:
    groups = Group.objects.filter(user=USER).values("name")
    return Compiled(Salon.objects.filter(pk=1).values_list(*SALON, ArraySubquery(groups)))
