"""The one door to a client file: who may open which."""

from datetime import date, timedelta
from functools import lru_cache

from django.db.models import Exists, OuterRef, Q
from django.http import Http404
from django.utils import timezone

from clients.models import Attendance, Client, ClientQuerySet
from staff.compiled import CLIENT, USER, Compiled
from staff.ids import LARGEST_ID
from staff.models import User
from staff.present import PERSON
from staff.roles import Can

# A beautician's own clients are those she is consultant of or has treated this recently.
OWN_FOR = timedelta(days=365)
FILE = tuple(field.attname for field in Client._meta.concrete_fields)


def visible_clients(user: User, today: date | None = None) -> ClientQuerySet:
    """The files `user` may find: all of them, her own and today's, or none."""
    return _visible(user.pk, user.rights, today or timezone.localdate())


def _visible(user: int, rights: frozenset[Can], day: date) -> ClientQuerySet:
    if Can.FIND_ANY_CLIENT in rights:
        return Client.objects.on_file()
    if Can.FIND_OWN_CLIENTS not in rights:
        return Client.objects.none()
    attended = Attendance.objects.filter(client=OuterRef("pk")).filter(
        Q(user=user, last_on__gte=day - OWN_FOR) | Q(last_on=day)
    )
    return Client.objects.on_file().filter(Q(consultant=user) | Exists(attended))


def client_for(user: User, pk: int) -> Client:
    """The client with this id, if `user` may see it. Raises Http404 otherwise: a stranger learns nothing."""
    finds_some = user.can(Can.FIND_ANY_CLIENT) or user.can(Can.FIND_OWN_CLIENTS)
    if not finds_some or not 0 < pk <= LARGEST_ID:
        raise Http404
    found = _question(user.rights, timezone.localdate()).ask({CLIENT: pk, USER: user.pk})
    if not found:
        raise Http404
    values = found[0]
    client = Client.from_db("default", FILE, values[: len(FILE)])
    if client.consultant_id is not None:
        client.consultant = User.from_db("default", PERSON, values[len(FILE) :])
    return client


@lru_cache(maxsize=32)
def _question(rights: frozenset[Can], today: date) -> Compiled:
    """The file `CLIENT`, if `USER` with these rights may see it, and its consultant."""
    of_consultant = (f"consultant__{name}" for name in PERSON)
    return Compiled(_visible(USER, rights, today).filter(pk=CLIENT).values_list(*FILE, *of_consultant))
