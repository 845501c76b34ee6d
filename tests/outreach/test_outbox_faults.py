"""When the provider refuses, is silent or away, and when a worker dies: what is tried again, and what is not."""

from datetime import timedelta
from typing import Any

import pytest
from celery.exceptions import SoftTimeLimitExceeded

from outreach import holding, outbox
from outreach.channels import NotSent, Unclear
from outreach.models import Contact, ContactTask, Message, Way
from staff.roles import Role
from tests.outreach.posting import (
    MINUTE,
    NOON,
    Gateway,
    Status,
    due,
    queued,
    somebody,
    state,
    switch_on,
)
from tests.staff.cast import staff

pytestmark = pytest.mark.django_db
Held = Message.Held
WEEK = timedelta(days=7)


def test_a_refusal_is_told_and_not_tried_again(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    task = due(somebody())
    message = queued(task)
    gateway.fault = NotSent("isv.MOBILE_NUMBER_ILLEGAL", may_retry=False)

    assert outbox.drain(NOON) == {"failed": 1}

    assert state(message) == (Status.FAILED, 1, "isv.MOBILE_NUMBER_ILLEGAL")
    assert outbox.drain(NOON + timedelta(hours=3)) == {}
    task.refresh_from_db()
    assert task.is_open


def test_growing_pauses_and_then_failed(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    message = queued(due(somebody()))
    gateway.fault = NotSent("isv.BUSINESS_LIMIT_CONTROL", may_retry=True)
    tried = []
    for minute in range(4 * 60):
        if outbox.drain(NOON + minute * MINUTE):
            tried.append(minute)

    assert tried == [0, 1, 6, 36, 156]
    assert state(message) == (Status.FAILED, 5, "isv.BUSINESS_LIMIT_CONTROL")


def test_a_fault_of_the_channel_lets_all_wait_and_is_nobodys_failure(gateway: Gateway) -> None:
    setting = switch_on(Way.SMS)
    messages = [queued(due(somebody(f"客户{number}"))) for number in range(3)]
    gateway.fault = NotSent("no_connection", may_retry=True, whole_channel=True)
    tried = [minute for minute in range(120) if outbox.drain(NOON + minute * MINUTE)]

    assert tried == [0, 1, 6, 21, 51, 81, 111]
    assert {(one.status, one.attempts) for one in Message.objects.all()} == {(Status.QUEUED, 0)}
    setting.refresh_from_db()
    assert (setting.faults, setting.fault) == (7, "no_connection")

    gateway.fault = None
    assert outbox.drain(NOON + 141 * MINUTE) == {"sent": 3}
    assert {state(one)[0] for one in messages} == {Status.SENT}
    setting.refresh_from_db()
    assert (setting.faults, setting.resting_until, setting.fault) == (0, None, "")


def test_what_may_have_gone_out_is_for_a_person_and_the_channel_rests(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    first, second = (queued(due(somebody(f"客户{number}"))) for number in range(2))
    gateway.fault = Unclear("timeout")

    assert outbox.drain(NOON) == {"check": 1}

    assert state(first) == (Status.CHECK, 1, "timeout")
    assert state(second) == (Status.QUEUED, 0, "")
    gateway.fault = None
    for minute in range(5):
        outbox.drain(NOON + minute * MINUTE)
    assert [one.key for one in gateway.given] == [second.key]


def test_killed_while_sending(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    message = queued(due(somebody()))
    gateway.fault = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        outbox.drain(NOON)
    gateway.fault = None

    assert outbox.drain(NOON + MINUTE) == {}
    assert state(message)[0] == Status.SENDING
    assert outbox.drain(NOON + 3 * MINUTE) == {"check": 1}
    assert state(message) == (Status.CHECK, 1, "worker_died")
    assert outbox.drain(NOON + timedelta(hours=1)) == {}
    assert gateway.given == []


def test_the_time_limit_ends_the_drain(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    message = queued(due(somebody()))
    gateway.fault = SoftTimeLimitExceeded()

    with pytest.raises(SoftTimeLimitExceeded):
        outbox.drain(NOON)

    assert state(message)[0] == Status.SENDING


def test_one_that_cannot_be_worded_does_not_stop_the_others(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(Way.SMS)
    bad, good = (queued(due(somebody(f"客户{number}"))) for number in range(2))

    def verdict(message: Message, *rest: Any) -> Any:
        if message.pk == bad.pk:
            raise RuntimeError(message.client.name)
        return holding.verdict(message, *rest)

    monkeypatch.setattr("outreach.outbox.verdict", verdict)

    assert outbox.drain(NOON) == {"put_off": 1, "sent": 1}
    assert [one.key for one in gateway.given] == [good.key]
    for minute in range(4 * 60):
        outbox.drain(NOON + minute * MINUTE)
    assert state(bad)[::2] == (Status.FAILED, "our_fault.RuntimeError")


@pytest.mark.parametrize("decision", [outbox.Decision.BY_HAND, outbox.Decision.SEND_AGAIN])
def test_the_provider_answers_after_a_person_has_decided(gateway: Gateway, decision: outbox.Decision) -> None:
    """It did go out, so nobody writes a second time: neither by hand, nor by itself."""
    switch_on(Way.SMS)
    desk = staff(Role.FRONT_DESK)
    message = queued(due(somebody()))

    def given_up() -> None:
        outbox.expire_leases(NOON + timedelta(minutes=3))
        outbox.decide(message.pk, decision, by=desk, at=NOON)

    gateway.meanwhile = given_up

    assert outbox.drain(NOON) == {"sent": 1}
    assert outbox.drain(NOON + 4 * MINUTE) == {}
    assert len(gateway.given) == 1
    message.refresh_from_db()
    assert (message.status, message.decided_by, message.task.status) == (Status.SENT, desk, "done")
    assert Contact.objects.get().outcome == "sent"


def test_a_refusal_that_comes_late_disturbs_nobody_who_sends_it_now(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    message = queued(due(somebody()))

    def another_has_it() -> None:
        Message.objects.update(lease_until=NOON + timedelta(minutes=6))

    gateway.meanwhile = another_has_it
    gateway.fault = NotSent("isv.BUSINESS_LIMIT_CONTROL", may_retry=True)

    outbox.drain(NOON)

    assert state(message)[0] == Status.SENDING


def test_a_late_answer_settles_what_nobody_has_decided(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    message = queued(due(somebody()))
    gateway.meanwhile = lambda: outbox.expire_leases(NOON + timedelta(minutes=3))

    assert outbox.drain(NOON) == {"sent": 1}
    assert state(message)[0] == Status.SENT


def test_a_task_closed_while_it_was_being_sent_keeps_the_attempt(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    task = due(somebody())
    queued(task)
    gateway.meanwhile = lambda: ContactTask.objects.update(status="cancelled", because="returned", closed_at=NOON)

    outbox.drain(NOON)

    task.refresh_from_db()
    assert (task.status, task.because) == ("cancelled", "returned")
    assert Contact.objects.get().outcome == "sent"
