"""Whose a contact is: taking one, and handing one over to a colleague who may open the client's file."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.access import who_may_take
from outreach.contacting import Refused, held, must_be_open, must_work
from outreach.models import ContactTask
from staff.models import User


def take(task_id: int, by: User, *, at: datetime, instead_of: int | None = None) -> ContactTask:
    """Make `by` the one who works on it. `instead_of` is the id of who had it on the screen of `by`.

    Raises Refused when it was closed, or somebody else has taken it meanwhile.
    """
    return _assign(task_id, by, by=by, instead_of=instead_of, at=at)


def hand_over(task_id: int, to: User, by: User, *, at: datetime, instead_of: int | None = None) -> ContactTask:
    """Give it to a colleague. Raises Refused like `take`, and for a colleague who may not open the client's file."""
    return _assign(task_id, to, by=by, instead_of=instead_of, at=at)


@transaction.atomic
def _assign(task_id: int, to: User, *, by: User, instead_of: int | None, at: datetime) -> ContactTask:
    must_work(by)
    task = held(task_id)
    must_be_open(task, at)
    if task.assigned_to_id == to.pk:
        return task
    if task.assigned_to_id not in (None, instead_of):
        raise Refused(_("%(who)s has taken it meanwhile.") % {"who": task.assigned_to}, task=task)
    if to.pk != by.pk and not who_may_take(task, timezone.localdate(at)).filter(pk=to.pk).exists():
        raise Refused(_("%(who)s may not open this client's file.") % {"who": to}, "to")
    task.assigned_to = to
    task.save(update_fields=["assigned_to"])
    return task
