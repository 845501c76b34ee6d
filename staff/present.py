"""Who is there, and in which salon: what every page needs to know first, in one question."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Subquery
from django.db.models.functions import Coalesce, JSONObject

from staff.compiled import USER, Compiled
from staff.jobs import TICK
from staff.models import JobRun, Salon, User
from staff.roles import Role

# What a page shows or goes by. The key check is the program's own affair, and is not unsealed for every page.
SALON = tuple(field.attname for field in Salon._meta.concrete_fields if field.attname != "key_check")
# All columns of a staff member, in the order in which `User.from_db` takes them.
PERSON = tuple(field.attname for field in User._meta.concrete_fields)


class PresentBackend(ModelBackend):
    """Signs in by password. Whoever is signed in comes with the roles and the salon, read anew for every request."""

    def get_user(self, user_id: int) -> User | None:
        """The person whose session it is; None when nobody has this number, or who had it has left."""
        found = _person().ask({USER: user_id})
        if not found:
            return None
        *values, groups, salon, last_tick = found[0]
        user = User.from_db("default", PERSON, values)
        user.roles = frozenset(role for role in Role if role in groups)
        user.salon = _salon((salon[name] for name in SALON), last_tick) if salon else None
        return user if self.user_can_authenticate(user) else None


def salon_for(user: User | AnonymousUser) -> Salon:
    """The salon's settings, and when its timed work was last seen alive."""
    if isinstance(user, User) and user.salon:
        return user.salon
    found = _stranger().ask({})
    if not found:
        return Salon.load()
    *values, last_tick = found[0]
    return _salon(values, last_tick)


def _salon(values: Iterable[Any], last_tick: datetime | None) -> Salon:
    salon = Salon.from_db("default", SALON, list(values))
    salon.last_tick = last_tick
    return salon


# Before the first tick of a new salon: since when one is waited for.
LAST_TICK = JobRun.objects.filter(job=TICK).values_list(Coalesce("finished_at", "started_at"))


@lru_cache(maxsize=1)
def _person() -> Compiled:
    groups = Group.objects.filter(user=USER).values("name")
    salon = Salon.objects.filter(pk=1).values_list(JSONObject(**{name: name for name in SALON}))
    person = User.objects.filter(pk=USER)
    return Compiled(person.values_list(*PERSON, ArraySubquery(groups), Subquery(salon), Subquery(LAST_TICK)))


@lru_cache(maxsize=1)
def _stranger() -> Compiled:
    return Compiled(Salon.objects.filter(pk=1).values_list(*SALON, Subquery(LAST_TICK)))
