"""The sample's contacts: two years of calls and greetings as people made them, and the list of the present day.

What is past is drawn by the rules of `outreach.planning` and sent by COPY; what is due today the planning finds itself,
and the front desk has done a part of it already.
"""

import uuid
from collections import Counter
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from clients.models import Consent
from frontdesk.sample import words
from frontdesk.sample.accounts import Team
from frontdesk.sample.calling import DAY, Calls, Outcome, Task, Try
from frontdesk.sample.occasions import Occasions, categories_of
from frontdesk.sample.rhythm import SPAN, Shape
from loyalty.importing.copying import Table, continue_ids
from outreach import contacting
from outreach.access import visible_tasks
from outreach.models import Contact, ContactTask, Feeling, Kind
from outreach.models.contacts import MARKETING
from outreach.planning import birthdays, follow_ups, lapsing, reminders
from staff.jobs import Window
from staff.models import User

KEYS = uuid.UUID("3d0c9d5e-6b0f-5a52-9e0f-2d4f7c1b8a63")  # the name space of the attempts' keys
WHOLE_PAST = 60_000  # visits; a larger sample has the contacts of the last weeks only
LAST_WEEKS = 60  # days
FORGOTTEN, LATELY_DUE = frozenset({Kind.FOLLOW_UP, Kind.DORMANT}), 2 * DAY  # one of each is overdue
UNANSWERED, LATELY = 2, timedelta(5)  # dissatisfied clients who wait for the manager, since a few days at most
LEFT, LEFT_OF_KIND, MOST_DONE = 12, 3, 60  # of the present day's contacts
MIX = 37  # so that those done are of all sorts
PLANS = (
    birthdays.plan,
    birthdays.plan_gifts,
    birthdays.plan_memorable_days,
    follow_ups.plan,
    follow_ups.plan_thanks,
    reminders.plan,
    lapsing.plan,
    lapsing.plan_vouchers,
)


def give_contacts(shape: Shape, team: Team) -> None:
    """Give the sample its contacts. Points, tiers, vouchers and segments must be there."""
    tasks = past_tasks(shape, team)
    _answer(tasks, shape.today, team)
    book = Book(team)
    for task in tasks:
        book.add(task)
    book.send()
    at = timezone.make_aware(datetime.combine(shape.today, time(6)))
    for plan in PLANS:
        plan(Window(shape.today, shape.today), at)
    _work_today(shape.today, User.objects.get(pk=team.front_desk[0]))


def past_tasks(shape: Shape, team: Team) -> list[Task]:
    """All contacts that were shown before today, as people worked them off, in the order in which they were shown.

    What nobody has begun and is due today or later is left to the planning.
    """
    today = shape.today
    since = today - timedelta(SPAN if shape.visits <= WHOLE_PAST else LAST_WEEKS)
    calls, made, overdue = Calls(team, today), list[Task](), set[Kind]()
    for task in Occasions(since, today).all():
        draw = shape.draw(f"contact {task.occasion}", task.client)
        day = calls.first_day(task, draw)
        if day >= today and task.due_on >= today:
            continue
        if task.kind in FORGOTTEN - overdue and task.ends is None and DAY <= today - task.due_on <= LATELY_DUE:
            overdue.add(task.kind)
        elif day >= today and not task.ends:
            calls.put_off(task, draw)
        else:
            calls.work(task, day, draw)
        made.append(task)
    made.sort(key=lambda task: (task.shown_from, task.client, task.kind, task.occasion))
    return made


def _answer(tasks: list[Task], today: date, team: Team) -> None:
    """Who was dissatisfied got an answer the day after, but for the last few."""
    called = [task for task in tasks if task.told and task.told.satisfaction]
    called.sort(key=lambda task: (task.told.at, task.client))  # type: ignore[union-attr]
    lately = [task for task in called if task.told and task.told.day >= today - LATELY]
    waiting = [task for task in lately if task.is_bad][-UNANSWERED:]
    for task in reversed(lately):  # a salon so small that nobody happened to be dissatisfied
        if len(waiting) < min(UNANSWERED, len(lately)) and task not in waiting:
            _spoil(task, len(waiting))
            waiting.append(task)
    for task in called:
        told = task.told
        if told is None or not task.is_bad or task in waiting:
            continue
        day = min(told.day + DAY, today - DAY)
        at = max(timezone.make_aware(datetime.combine(day, time(11, 40))), told.at + timedelta(minutes=50))
        task.answered_at, task.answer = at, words.ANSWERS.get(told.note, words.ANSWERED)
        task.tries.append(Try(Outcome.ANSWERED, at, timezone.localdate(at), team.manager, note=task.answer))


def _spoil(task: Task, place: int) -> None:
    last = task.tries[-1]
    notes = words.said_of(task.about, 2)
    note = notes[place % len(notes)]
    task.tries[-1] = Try(last.outcome, last.at, last.day, last.by, last.channel, Feeling.DISSATISFIED, 2, note)


class Book:
    """The tables of contacts, being filled."""

    def __init__(self, team: Team) -> None:
        self.team = team
        self.tasks = Table(
            ContactTask,
            *("id", "client", "kind", "occasion", "visit", "memorable_day", "facts", "planned_for", "due_on"),
            *("shown_from", "assigned_to", "status", "because", "attempts", "feeling", "satisfaction", "closed_at"),
            *("closed_by", "needs_answer", "answered_at", "answered_by", "answer", "created_at"),
        )
        self.attempts = Table(
            Contact,
            *("task", "client", "key", "kind", "outcome", "channel", "at", "day", "by", "is_marketing", "feeling"),
            *("satisfaction", "note", "until"),
            after=[self.tasks],
        )

    def add(self, task: Task) -> None:
        """Write down one contact with its attempts."""
        pk, told = self.tasks.count + 1, task.told
        planned_at = timezone.make_aware(datetime.combine(task.shown_from, time(5)))
        self.tasks.add(
            *(pk, task.client, task.kind, task.occasion, task.visit, task.memorable_day, task.facts),
            *(task.planned_for, task.due_on, task.shown_from, task.assigned_to, task.status, task.because),
            *(task.attempts, told.feeling if told else "", told.satisfaction if told else None, task.closed_at),
            *(task.closed_by, task.is_bad, task.answered_at, self.team.manager if task.answered_at else None),
            *(task.answer, planned_at),
        )
        for place, one in enumerate(task.tries):
            reached = one.outcome in (Outcome.REACHED, Outcome.SENT, Outcome.MENTIONED)
            self.attempts.add(
                *(pk, task.client, uuid.uuid5(KEYS, f"{task.kind}:{task.client}:{task.occasion}:{place}"), task.kind),
                *(one.outcome, one.channel, one.at, one.day, one.by, reached and task.kind in MARKETING, one.feeling),
                *(one.satisfaction, one.note, one.until),
            )

    def send(self) -> None:
        """Send the rest, and let the ids go on after it."""
        self.attempts.send()
        continue_ids(ContactTask)


def _work_today(today: date, desk: User) -> None:
    """What the front desk has done this morning, leaving some of each kind."""
    due = list(visible_tasks(desk, today).due(today).order_by("due_on", "pk"))
    held = Consent.objects.holding(Consent.Purpose.MARKETING, Consent.Channel.WECHAT)
    agreed = set(held.filter(client__in=[task.client_id for task in due]).values_list("client", flat=True))
    left, least = Counter(task.kind for task in due), LEFT_OF_KIND if len(due) > LEFT else 1
    enough = min(max(len(due) - LEFT, len(due) // 4, 1), MOST_DONE)
    done = 0
    for task in sorted(due, key=lambda task: (task.client_id * MIX % 101, task.pk)):
        if done == enough:
            break
        if task.due_on == today and left[task.kind] > least:
            left[task.kind] -= 1
            at = timezone.make_aware(datetime.combine(today, time(9, 5))) + timedelta(minutes=7 * done)
            _do(task, desk, at, done, may_write=task.client_id in agreed)
            done += 1


def _do(task: ContactTask, desk: User, at: datetime, place: int, *, may_write: bool) -> None:
    outcome, said = Outcome.REACHED, dict[str, Any]()
    if task.kind == Kind.GIFT:
        outcome = Outcome.PREPARED
    elif task.kind in MARKETING and not may_write:
        outcome = Outcome.MENTIONED
    elif task.kind in MARKETING or place % 4 == 1:
        outcome, said = Outcome.SENT, {"channel": "wechat"}
    else:
        score = 5 - place % 2
        notes = words.said_of(categories_of(Q(visit=task.visit_id)).get(task.visit_id or 0, ""), score)
        note = notes[place % len(notes)]
        said = {"channel": "phone", "feeling": Feeling.SATISFIED, "satisfaction": score, "note": note}
    contacting.record(task.pk, outcome, by=desk, at=at, key=uuid.uuid5(KEYS, f"today:{task.pk}"), **said)
