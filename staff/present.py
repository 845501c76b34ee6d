"""Who is there, and in which salon: what every page needs to know first, in one question."""

from functools import lru_cache

from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Subquery
from django.db.models.functions import Coalesce

from staff.compiled import USER, Compiled
from staff.jobs import TICK
from staff.models import JobRun, Salon, User
from staff.roles import Role

# What a page shows or goes by. The key check is the program's own affair, and is not unsealed for every page.
SALON = tuple(field.attname for field in Salon._meta.concrete_fields if field.attname != "key_check")
NOBODY = 0


def salon_for(user: User | AnonymousUser) -> Salon:
    """The salon's settings, and when its timed work was last seen alive.

    On the way the roles of `user` are read, anew for every request like the settings.
    """
    found = _question().ask({USER: user.pk or NOBODY})
    if not found:
        return Salon.load()
    ((*settings, groups, last_tick),) = found
    if isinstance(user, User):
        user.roles = frozenset(role for role in Role if role in groups)
    salon = Salon.from_db("default", SALON, settings)
    salon.last_tick = last_tick
    return salon


@lru_cache(maxsize=1)
def _question() -> Compiled:
    groups = Group.objects.filter(user=USER).values("name")
    # Before the first tick of a new salon: since when one is waited for.
    tick = JobRun.objects.filter(job=TICK).values_list(Coalesce("finished_at", "started_at"))
    return Compiled(Salon.objects.filter(pk=1).values_list(*SALON, ArraySubquery(groups), Subquery(tick)))
