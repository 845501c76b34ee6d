"""Who may work on which contact: the one door to a task."""

from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404

from clients.access import OWN_FOR, visible_clients
from clients.models import Attendance, Client
from outreach.models import ContactTask, ContactTaskQuerySet, Kind
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import MATRIX, Can, Role

# What a kind says by itself: who may not see birthdays or points sees none of these.
NEEDED_RIGHT = {
    Kind.BIRTHDAY: Can.SEE_BIRTHDAY,
    Kind.GIFT: Can.SEE_BIRTHDAY,
    Kind.MEMORABLE_DAY: Can.SEE_BIRTHDAY,
    Kind.POINTS_LAPSING: Can.SEE_POINTS,
    Kind.VOUCHER_LAPSING: Can.SEE_POINTS,
}
WORKING = tuple(role for role in Role if Can.WORK_CONTACTS in MATRIX[role])
FINDING_ALL = tuple(role for role in WORKING if Can.FIND_ANY_CLIENT in MATRIX[role])


def visible_tasks(user: User, today: date) -> ContactTaskQuerySet:
    """What `user` may work on, whatever its state: of clients on file whom she may find, of kinds she may see."""
    if not user.can(Can.WORK_CONTACTS):
        return ContactTask.objects.none()
    tasks = ContactTask.objects.all()
    if user.can(Can.FIND_ANY_CLIENT):
        tasks = tasks.filter(client__status__in=(Client.Status.PROSPECT, Client.Status.ACTIVE))
    else:
        tasks = tasks.filter(client__in=visible_clients(user, today))
    hidden = [kind for kind, right in NEEDED_RIGHT.items() if not user.can(right)]
    return tasks.exclude(kind__in=hidden) if hidden else tasks


def task_for(user: User, pk: int, today: date) -> ContactTask:
    """The task with this id, its client loaded, if `user` may see it. Raises Http404 otherwise."""
    found = visible_tasks(user, today).select_related("client").filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def who_may_take(task: ContactTask, today: date) -> "QuerySet[User]":
    """Who can be given `task`: everybody at work who may open the client's file and see what the task is about."""
    everywhere = Q(pk__in=_members(FINDING_ALL))
    right = NEEDED_RIGHT.get(Kind(task.kind))
    treating = tuple(role for role in WORKING if role not in FINDING_ALL and (not right or right in MATRIX[role]))
    attended = Attendance.objects.filter(client=task.client_id)
    own = Q(pk=task.client.consultant_id) | Q(pk__in=attended.filter(last_on__gte=today - OWN_FOR).values("user"))
    if attended.filter(last_on=today).exists():  # who is here today is everybody's client
        own = Q()
    may = everywhere | (Q(pk__in=_members(treating)) & own) if treating else everywhere
    return User.objects.filter(may, is_active=True).order_by("display_name", "pk")


def _members(roles: tuple[Role, ...]) -> "QuerySet[User, int]":
    return User.objects.filter(groups__name__in=roles).values_list("pk", flat=True)
