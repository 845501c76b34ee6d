"""What a role may see only of clients who are its own or of today: `staff.roles.OWN_OR_TODAY`.

Such a right is open on one client at a time. Whose day it is, this floor is the lowest to know: it asks the file, the
visits, the checkouts and the contacts.
"""

from collections.abc import Callable
from datetime import date, datetime, time
from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from clients.models import Client
from outreach.models import Contact, ContactTask
from staff.compiled import CLIENT, USER, Compiled
from staff.ids import LARGEST_ID
from staff.models import User
from visits.models import Draft, Visit

# The pages of one client: the id in the address, and whose it is. Other floors are named here, never imported.
OF_A_CLIENT = {
    "frontdesk:client_file": ("pk", "pk"),
    "loyalty:receipt": ("pk", "visits"),
    "outreach:script": ("task_pk", "contact_tasks"),
}


def widen(user: User, today: date, **whose: int) -> None:
    """Open to `user` what is kept for this client's day, if it is: pk=17, visits=3121 or contact_tasks=99.

    One query for whom the right is kept; none for the others.
    """
    kept = user.kept_for_the_day
    ((name, pk),) = whose.items()
    if kept and 0 < pk <= LARGEST_ID and _question(name, today).ask({CLIENT: pk, USER: user.pk}):
        user.rights = user.rights | kept


@lru_cache(maxsize=8)
def _question(name: str, today: date) -> Compiled:
    """The client of the row `CLIENT` of that name, if own to `USER` or of today; else nothing."""
    of_client = {"client": OuterRef("pk")}
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    entered_late = Q(by=USER, recorded_at__gte=midnight)  # yesterday's visit, whose receipt she gives out today
    has_a_day = (
        Exists(Visit.objects.filter(Q(day=today) | entered_late, **of_client))
        | Exists(Draft.objects.filter(**of_client))
        | Exists(ContactTask.objects.due(today).filter(**of_client))
        | Exists(Contact.objects.standing().filter(**of_client, day=today))
    )
    return Compiled(Client.objects.filter(Q(consultant=USER) | has_a_day, **{name: CLIENT}).values_list("pk"))


class OwnOrTodayMiddleware:
    """Widens the rights on the pages of a client who is own or of today, before the page looks at them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: dict[str, Any]) -> None:
        """Ask whose day it is where the page is of one client, and only for whom it makes a difference."""
        user, match = request.user, request.resolver_match
        page = OF_A_CLIENT.get(match.view_name) if match else None
        if page and user.is_authenticated and user.kept_for_the_day:
            place, name = page
            widen(user, timezone.localdate(), **{name: kwargs[place]})
