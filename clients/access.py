"""The one door to a client file: who may open which."""

from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils import timezone

from clients.models import Attendance, Client, ClientQuerySet
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can

# A beautician's own clients are those she is consultant of or has treated this recently.
OWN_FOR = timedelta(days=365)


def visible_clients(user: User, today: date | None = None) -> ClientQuerySet:
    """The files `user` may find: all of them, her own and today's, or none."""
    if user.can(Can.FIND_ANY_CLIENT):
        return Client.objects.on_file()
    if not user.can(Can.FIND_OWN_CLIENTS):
        return Client.objects.none()
    day = today or timezone.localdate()
    attended = Attendance.objects.filter(client=OuterRef("pk")).filter(
        Q(user=user, last_on__gte=day - OWN_FOR) | Q(last_on=day)
    )
    return Client.objects.on_file().filter(Q(consultant=user) | Exists(attended))


def client_for(user: User, pk: int) -> Client:
    """The client with this id, if `user` may see it. Raises Http404 otherwise: a stranger learns nothing."""
    if not 0 < pk <= LARGEST_ID:
        raise Http404
    client = visible_clients(user).select_related("consultant").filter(pk=pk).first()
    if client is None:
        raise Http404
    return client
