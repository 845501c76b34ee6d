"""The one door to a visit that was: who may see which."""

from django.db.models import Exists, OuterRef, Q

from clients.access import visible_clients
from staff.models import User
from staff.roles import Can
from visits.models import Visit, VisitLine, VisitQuerySet


def visible_visits(user: User) -> VisitQuerySet:
    """All visits for who may see amounts; for the others those with a line of their own, of clients whom they may find.

    A walk-in names nobody: who did the work goes on seeing it.
    """
    if user.can(Can.SEE_SPEND):
        return Visit.objects.all()
    own = VisitLine.objects.filter(visit=OuterRef("pk"), beautician=user)
    found = visible_clients(user).filter(pk=OuterRef("client"))
    return Visit.objects.filter(Q(client=None) | Exists(found), Exists(own))
