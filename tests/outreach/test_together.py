"""Two people at one contact at the same moment, a finger that taps twice, and the planning that closes meanwhile."""

import uuid
from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connection

from clients.models import Consent
from outreach import assigning, contacting
from outreach.contacting import Refused
from outreach.models import Contact, ContactTask, Kind, Message, Way
from outreach.queueing import queue
from outreach.taking_back import take_back
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.loyalty.together import at_once
from tests.outreach.listed import NOW, TODAY, agreed, noted, task
from tests.outreach.posting import somebody, switch_on

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)
MANY = 8


def crowd(number: int = MANY) -> list[User]:
    return [cast.staff(Role.FRONT_DESK, f"desk-{place}") for place in range(number)]


def outcomes(results: list[object]) -> tuple[int, int]:
    """How many were done and how many refused; nothing else may have happened."""
    assert all(isinstance(one, ContactTask | Refused) for one in results), results
    return sum(isinstance(one, ContactTask) for one in results), sum(isinstance(one, Refused) for one in results)


def test_of_many_who_note_at_once_one_is_done_and_the_others_are_told() -> None:
    people, call = crowd(), task(cast.client())

    results = at_once(MANY, lambda n: noted(call, "reached", people[n], channel="phone", seen=0))

    assert outcomes(results) == (1, MANY - 1)
    assert Contact.objects.count() == 1
    done = ContactTask.objects.get()
    assert all(str(done.closed_by) in str(one) for one in results if isinstance(one, Refused))


def test_two_who_both_heard_no_answer_count_one_try() -> None:
    people, call = crowd(), task(cast.client())

    results = at_once(MANY, lambda n: noted(call, "no_answer", people[n], seen=0))

    assert outcomes(results) == (1, MANY - 1)
    assert ContactTask.objects.get().attempts == 1


@pytest.mark.parametrize("outcome", ["no_answer", "reached"])
def test_a_button_pressed_many_times_counts_once_and_all_answers_are_the_same(outcome: str) -> None:
    desk, call, key = cast.staff(Role.FRONT_DESK), task(cast.client()), uuid.uuid4()

    results = at_once(MANY, lambda n: noted(call, outcome, desk, key=key, seen=0, channel="phone"))

    assert outcomes(results) == (MANY, 0)
    assert Contact.objects.count() == 1


def test_one_form_sent_for_two_contacts_counts_for_one() -> None:
    desk, key = cast.staff(Role.FRONT_DESK), uuid.uuid4()
    calls = [task(cast.client()) for _one in range(MANY)]

    results = at_once(MANY, lambda n: noted(calls[n], "reached", desk, key=key, channel="phone"))

    assert outcomes(results) == (1, MANY - 1)
    assert ContactTask.objects.filter(status="done").count() == Contact.objects.count() == 1


def test_a_mistake_is_taken_back_once_and_nothing_that_came_after() -> None:
    manager, desk = cast.staff(Role.MANAGER), cast.staff(Role.FRONT_DESK)
    call = noted(task(cast.client()), "no_answer", desk, channel="phone")
    seen = call.contacts.get().pk

    def act(n: int) -> ContactTask:
        if n % 2:
            return take_back(call.pk, by=manager, at=NOW, key=uuid.uuid4(), seen=seen)
        return noted(call, "no_answer", desk, seen=seen)

    outcomes(at_once(MANY, act))

    standing = call.contacts.standing().count()
    back = call.contacts.filter(outcome="taken_back").count()
    assert (back, standing) in {(0, 2), (1, 0), (1, 1)}  # the other try first; alone; before the other try
    call.refresh_from_db()
    assert call.attempts == standing


def test_of_many_who_take_it_one_has_it() -> None:
    people, call = crowd(), task(cast.client())

    results = at_once(MANY, lambda n: assigning.take(call.pk, people[n], at=NOW))

    assert outcomes(results) == (1, MANY - 1)
    assert ContactTask.objects.get().assigned_to in people


def closes() -> int:
    """What the sweep does: one statement over whatever is open."""
    values = {"status": "cancelled", "because": "returned", "closed_at": NOW}
    return ContactTask.objects.open().update(**values)


@pytest.mark.parametrize("_", range(5))
def test_the_planning_closes_it_meanwhile(_: int) -> None:
    desk, call = cast.staff(Role.FRONT_DESK), task(cast.client(), Kind.DORMANT)
    acts: list[Callable[[], object]] = [lambda: noted(call, "mentioned", desk, seen=0), closes]

    told, swept = at_once(2, lambda n: acts[n]())

    left = ContactTask.objects.get()
    assert swept in (0, 1)
    if swept:
        assert isinstance(told, Refused)
        assert (left.status, Contact.objects.count()) == ("cancelled", 0)
    else:
        assert isinstance(told, ContactTask)
        assert (left.status, Contact.objects.count()) == ("done", 1)


def test_a_dissatisfied_client_is_answered_once() -> None:
    managers = [cast.staff(Role.MANAGER, f"manager-{place}") for place in range(MANY)]
    call = noted(task(cast.client()), "reached", managers[0], channel="phone", satisfaction=1)

    results = at_once(MANY, lambda n: contacting.answer(call.pk, "道歉", by=managers[n], at=NOW, key=uuid.uuid4()))

    assert outcomes(results) == (1, MANY - 1)
    assert Contact.objects.filter(outcome="answered").count() == 1


def test_two_contacts_of_one_client_not_wanted_at_once_withdraw_once() -> None:
    people, client = crowd(2), cast.client()
    agreed(client)
    tasks = [task(client, Kind.DORMANT), task(client, Kind.BIRTHDAY)]

    results = at_once(2, lambda n: noted(tasks[n], "not_wanted", people[n], withdraw_consent=True))

    assert outcomes(results) == (2, 0)
    assert Consent.objects.filter(given=False).count() == 1


def test_who_wants_none_while_messages_are_put_in_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """One held the task and wanted the client, the other the client and wanted the task."""
    switch_on(Way.SMS)
    desk, client = crowd(1)[0], somebody()
    first, second = (task(client, kind) for kind in (Kind.DORMANT, Kind.BIRTHDAY))
    withdraw = contacting._withdraw

    def put_in() -> None:
        queue(TODAY, NOW)
        connection.close()

    other = Thread(target=put_in)

    def meanwhile(*told: object) -> None:
        other.start()
        other.join(5)
        assert not other.is_alive()
        withdraw(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(contacting, "_withdraw", meanwhile)
    noted(second, "not_wanted", desk, withdraw_consent=True)

    assert set(Message.objects.values_list("task", flat=True)) == {first.pk, second.pk}
    assert Consent.objects.filter(client=client, given=False).count() == 2
