"""The sample's contacts: as the rules and the people of a salon would have made them, and a present day that lives."""

from collections import Counter
from datetime import date, datetime, time, timedelta

import pytest
from django.db.models import F, Prefetch, Q
from django.utils import timezone

from clients.models import Consent
from frontdesk.sample import words
from frontdesk.sample.contacts import PLANS
from frontdesk.sample.loading import load
from frontdesk.sample.occasions import categories_of
from frontdesk.sample.rhythm import Shape
from outreach.contacting import ASKED, OUTCOMES
from outreach.models import Contact, ContactTask, Kind
from outreach.models.contacts import MARKETING
from outreach.planning.sweep import sweep
from staff.jobs import Window
from staff.roles import Can
from tests.sample.conftest import TODAY, quiet

pytestmark = pytest.mark.django_db
MORNING = timezone.make_aware(datetime.combine(TODAY, time(7)))


def test_the_present_day_has_something_of_all(sample: Shape) -> None:
    due = ContactTask.objects.due(TODAY)

    assert due.count() >= 3
    assert len(set(due.values_list("kind", flat=True))) >= 2
    assert ContactTask.objects.filter(status="done", closed_at__date=TODAY).exists()
    assert 1 <= ContactTask.objects.overdue(TODAY).count() <= 2
    assert ContactTask.objects.waiting_for_an_answer().count() == 2


@pytest.mark.parametrize("today", [TODAY, date(2026, 3, 1), date(2026, 2, 20)])
def test_on_any_day_it_opens_on_a_list_that_can_be_worked(today: date) -> None:
    load(Shape(250, 1_700, 1, today), quiet)

    assert 4 <= ContactTask.objects.due(today).count() <= 16
    assert ContactTask.objects.overdue(today).count() <= 2
    assert ContactTask.objects.waiting_for_an_answer().count() == 2


def test_the_planning_finds_nothing_that_the_sample_forgot(sample: Shape) -> None:
    before = Counter(ContactTask.objects.values_list("kind", "status"))

    for plan in PLANS:
        plan(Window(None, TODAY), MORNING)
    sweep(TODAY, MORNING)

    assert Counter(ContactTask.objects.values_list("kind", "status")) == before


def test_what_a_client_said_fits_what_was_done(sample: Shape) -> None:
    calls = Contact.objects.filter(kind=Kind.FOLLOW_UP, satisfaction__isnull=False).select_related("task")
    about = categories_of(Q())

    assert calls
    for call in calls:
        assert call.satisfaction is not None
        visit = call.task.visit_id or 0
        assert call.note in words.said_of(about.get(visit, ""), call.satisfaction), (visit, call.note)


def test_what_people_did_is_what_they_can_do(sample: Shape) -> None:
    for contact in Contact.objects.exclude(outcome="answered").select_related("task", "by"):
        assert contact.outcome in OUTCOMES[Kind(contact.kind)], (contact.kind, contact.outcome)
        assert contact.satisfaction is None or contact.kind in ASKED
        assert contact.by
        assert contact.by.can(Can.WORK_CONTACTS)
        assert contact.day == timezone.localdate(contact.at) <= TODAY
        if contact.kind in MARKETING and contact.outcome in ("sent", "reached"):
            given = Consent.objects.filter(client=contact.client, purpose="marketing", channel=contact.channel)
            assert given.filter(given=True).exists()


def test_tasks_follow_from_their_attempts(sample: Shape) -> None:
    for task in ContactTask.objects.prefetch_related(Prefetch("contacts", Contact.objects.order_by("pk"))):
        tries = [one for one in task.contacts.all() if one.outcome != "answered"]
        assert task.attempts == sum(one.outcome == "no_answer" for one in tries)
        assert (task.status == "done") == bool(tries and tries[-1].outcome in DONE_BY)
        assert task.shown_from <= min(task.due_on, *(one.day for one in tries), task.due_on)
        assert not task.closed_by or task.closed_by == tries[-1].by
        low = task.satisfaction is not None and task.satisfaction <= 2
        assert task.needs_answer == low
        if task.answered_at:
            assert task.contacts.filter(outcome="answered", note=task.answer, by=task.answered_by).exists()


DONE_BY = ("reached", "sent", "mentioned", "prepared")


def test_each_kind_has_a_past(sample: Shape) -> None:
    done = set(ContactTask.objects.filter(status="done").values_list("kind", flat=True))

    assert done >= {Kind.FOLLOW_UP, Kind.THANK_YOU, Kind.BIRTHDAY, Kind.DORMANT}


def test_a_newer_visit_took_the_place_of_an_open_call(sample: Shape) -> None:
    for task in ContactTask.objects.filter(because="newer_visit").select_related("visit"):
        assert task.visit
        assert task.closed_at
        newer = task.client.visits.completed().filter(day__gt=task.visit.day).order_by("day").first()
        assert newer
        assert newer.day == timezone.localdate(task.closed_at)
    assert not ContactTask.objects.filter(status="open", created_at__date__gt=F("due_on")).exists()


def test_a_large_sample_has_the_last_weeks_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("frontdesk.sample.contacts.WHOLE_PAST", 100)
    load(Shape(60, 400, 1, TODAY), quiet)

    first = ContactTask.objects.order_by("created_at").values_list("created_at__date", flat=True)[0]
    assert first >= TODAY - timedelta(days=60)
    assert ContactTask.objects.due(TODAY).exists()
