"""Whose skin and care notes the front desk reads: of clients who are her own or of today, one at a time."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from outreach.models import Contact, ContactTask
from outreach.own_or_today import widen
from staff.models import User
from staff.roles import Can, Role
from tests.frontdesk import cast
from visits.models import Draft

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def desk() -> User:
    return cast.staff(Role.FRONT_DESK)


def task(client: Client, due: date = TODAY, **fields: Any) -> ContactTask:
    number = ContactTask.objects.count()
    days = {"planned_for": due, "due_on": due, "shown_from": due}
    return ContactTask.objects.create(
        client=client, **{"kind": "thank_you", "occasion": f"test:{number}"} | days | fields
    )


def attempt(client: Client, day: date = TODAY, **fields: Any) -> Contact:
    about = fields.pop("task", None) or task(client, due=day, status="done", closed_at=NOON)
    told = {"kind": about.kind, "outcome": "reached", "at": NOON, "day": day} | fields
    return Contact.objects.create(task=about, client=client, key=uuid4(), **told)


def taken_back(client: Client) -> None:
    put_off = task(client, due=TODAY + DAY)
    attempt(client, task=put_off, outcome="taken_back", takes_back=attempt(client, task=put_off))


def opens(desk: User, client: Client) -> bool:
    user = User.objects.get(pk=desk.pk)
    widen(user, TODAY, pk=client.pk)
    return user.can(Can.SEE_SKIN)


Situation = Callable[[Client, User], object]
OPENING: dict[str, Situation] = {
    "her own client": lambda client, desk: Client.objects.filter(pk=client.pk).update(consultant=desk),
    "here today": lambda client, desk: cast.visit(client, at=NOON),
    "entered today by her": lambda client, desk: cast.visit(client, at=NOON - 3 * DAY, by=desk, recorded_at=NOON),
    "a checkout not finished": lambda client, desk: Draft.objects.create(client=client, by=desk),
    "a contact due today": lambda client, desk: task(client),
    "a contact overdue": lambda client, desk: task(client, due=TODAY - 9 * DAY),
    "contacted today": lambda client, desk: attempt(client),
}
KEEPING: dict[str, Situation] = {
    "nothing": lambda client, desk: None,
    "here yesterday": lambda client, desk: cast.visit(client, at=NOON - DAY, by=desk, recorded_at=NOON - DAY),
    "entered today by somebody else": lambda client, desk: cast.visit(client, at=NOON - 3 * DAY, recorded_at=NOON),
    "a contact due tomorrow": lambda client, desk: task(client, due=TODAY + DAY, shown_from=TODAY),
    "a contact closed without one": lambda client, desk: task(client, status="cancelled", closed_at=NOON),
    "contacted yesterday": lambda client, desk: attempt(client, day=TODAY - DAY),
    "contacted by mistake": lambda client, desk: taken_back(client),
    "somebody else's client": lambda client, desk: Client.objects.filter(pk=client.pk).update(
        consultant=cast.staff(Role.FRONT_DESK, "other")
    ),
    "the day of another": lambda client, desk: [make(cast.client("陈静"), desk) for make in OPENING.values()],
}


@pytest.mark.parametrize("situation", OPENING)
def test_it_opens(desk: User, situation: str) -> None:
    wang = cast.client()
    with time_machine.travel(NOON, tick=False):
        OPENING[situation](wang, desk)

        assert opens(desk, wang)


@pytest.mark.parametrize("situation", KEEPING)
def test_it_stays_closed(desk: User, situation: str) -> None:
    wang = cast.client()
    with time_machine.travel(NOON, tick=False):
        KEEPING[situation](wang, desk)

        assert not opens(desk, wang)


@pytest.mark.parametrize("pk", [0, 2**63, 10**30])
def test_an_id_that_nobody_has_opens_nothing(desk: User, pk: int) -> None:
    widen(desk, TODAY, visits=pk)

    assert not desk.can(Can.SEE_SKIN)


def test_nothing_else_is_opened_with_it(desk: User) -> None:
    wang = cast.client(consultant=desk)
    before = desk.rights
    widen(desk, TODAY, pk=wang.pk)

    assert desk.rights - before == {Can.SEE_SKIN}


@pytest.mark.parametrize("role", [Role.BEAUTICIAN, Role.MANAGER, Role.ADMIN])
def test_the_others_are_not_asked_for(role: Role) -> None:
    wang, user = cast.client(), cast.staff(role)
    before = user.rights
    with CaptureQueriesContext(connection) as asked:
        widen(user, TODAY, pk=wang.pk)

    assert len(asked) == 0
    assert user.rights == before


def test_who_treats_as_well_keeps_what_a_beautician_may(desk: User) -> None:
    desk.groups.add(*cast.staff(Role.BEAUTICIAN).groups.all())

    assert desk.can(Can.SEE_SKIN)
    assert desk.kept_for_the_day == frozenset()


def test_who_has_left_opens_nothing(desk: User) -> None:
    wang = cast.client(consultant=desk)
    User.objects.filter(pk=desk.pk).update(is_active=False)

    assert not opens(desk, wang)
