"""Taking back what was noted by mistake: a line more says so, and the contact stands on the list as it did before.

What was noted stays on file. It counts neither for the weekly pause nor as an attempt. A consent that was withdrawn
with it stays withdrawn: only the client can give it again.
"""

import uuid
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from outreach.contacting import Refused, add_line, held, how_it_stands, must_be_on_file, must_work
from outreach.models import Contact, ContactTask
from staff.models import User
from staff.roles import Can

Outcome, Status, Because = Contact.Outcome, ContactTask.Status, ContactTask.Because
# What a client was told when the salon answered cannot be untold.
FINAL = frozenset({Outcome.ANSWERED, Outcome.TAKEN_BACK})


def may_take_back(user: User, outcome: str, by: int | None, day: date, today: date) -> bool:
    """Whether `user` may take back `today` what the user with the id `by` noted on `day`: one's own, the same day.

    The manager takes back everybody's. What went out by itself (`by` None) has gone out.
    """
    own = by == user.pk or user.can(Can.ANSWER_DISSATISFIED)
    return by is not None and own and day == today and outcome not in FINAL and user.can(Can.WORK_CONTACTS)


@transaction.atomic
def take_back(task_id: int, *, by: User, at: datetime, key: uuid.UUID, seen: int | None) -> ContactTask:
    """The task as it was before its last attempt, whose id is `seen`. The same `key` again changes nothing more.

    Raises Refused without the right, when something else was noted or the task was closed or answered meanwhile, when
    a newer one stands in its place, and when the file is gone.
    """
    must_work(by)
    today = timezone.localdate(at)
    task = held(task_id)
    if Contact.objects.filter(key=key, task=task).exists():
        return task
    last = task.contacts.standing().order_by("-pk").first()
    if last is None or last.pk != seen:
        raise Refused(_("Something else was noted meanwhile. See how it stands now."), task=task)
    if not may_take_back(by, last.outcome, last.by_id, last.day, today):
        raise Refused(_("Only who noted it, or the manager, can take it back, and only on the same day."), task=task)
    if not task.is_open and task.closed_at != last.at:
        raise Refused(how_it_stands(task, at), task=task)
    must_be_on_file(task)
    add_line(
        task=task,
        client_id=task.client_id,
        key=key,
        kind=task.kind,
        outcome=Outcome.TAKEN_BACK,
        at=at,
        day=today,
        by=by,
        due_before=task.due_on,
        takes_back=last,
    )
    _put_back(task, last)
    return task


def _put_back(task: ContactTask, last: Contact) -> None:
    task.status, task.because, task.closed_at, task.closed_by = Status.OPEN, Because.NONE, None, None
    task.feeling, task.satisfaction, task.needs_answer = "", None, False
    task.due_on = max(last.due_before or last.day, task.shown_from)
    if last.outcome == Outcome.NO_ANSWER:
        task.attempts -= 1
    moved = ("status", "because", "closed_at", "closed_by", "feeling", "satisfaction", "needs_answer", "due_on")
    try:
        with transaction.atomic():
            task.save(update_fields=[*moved, "attempts"])
    except IntegrityError as clash:
        # Of calls and of reminders only one of a client may be open: the planning has put in a newer one.
        raise Refused(_("A newer contact of this kind stands on the list in its place."), task=task) from clash
