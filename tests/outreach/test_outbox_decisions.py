"""What people decide on messages that broke off."""

from datetime import timedelta

import pytest

from outreach import outbox
from outreach.channels import Unclear
from outreach.models import Contact, Kind, Message, OutreachRules, Way
from staff.roles import Role
from tests.outreach.posting import (
    MINUTE,
    NOON,
    TODAY,
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


def to_check() -> Message:
    switch_on(Way.SMS)
    message = queued(due(somebody()))
    Message.objects.filter(pk=message.pk).update(status=Status.CHECK, error="timeout", attempts=1, lease_until=NOON)
    return message


def test_it_went_out(gateway: Gateway) -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)

    outbox.decide(message.pk, outbox.Decision.WENT_OUT, by=desk, at=NOON)

    message.refresh_from_db()
    assert (message.status, message.decided_by, message.sent_at) == (Status.SENT, desk, NOON)
    assert (message.task.status, message.task.closed_by) == ("done", desk)
    assert Contact.objects.get().by == desk
    assert outbox.drain(NOON + MINUTE) == {}
    assert gateway.given == []


def test_it_did_not_and_is_sent_again(gateway: Gateway) -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)

    outbox.decide(message.pk, outbox.Decision.SEND_AGAIN, by=desk, at=NOON)
    outbox.drain(NOON + MINUTE)

    assert len(gateway.given) == 1
    assert state(message) == (Status.SENT, 1, "")


def test_sent_again_and_broken_off_again_is_decided_again(gateway: Gateway) -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)
    outbox.decide(message.pk, outbox.Decision.SEND_AGAIN, by=desk, at=NOON)
    gateway.fault = Unclear("broke_off")
    outbox.drain(NOON + MINUTE)

    done = outbox.decide(message.pk, outbox.Decision.WENT_OUT, by=desk, at=NOON + 2 * MINUTE)

    assert done.status == Status.SENT


def test_by_hand_leaves_it_to_people(gateway: Gateway) -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)

    done = outbox.decide(message.pk, outbox.Decision.BY_HAND, by=desk, at=NOON)

    assert (done.status, done.decided_by, done.task.is_open) == (Status.FAILED, desk, True)
    assert outbox.drain(NOON + MINUTE) == {}


def test_the_second_to_decide_is_told_who_has() -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)
    outbox.decide(message.pk, outbox.Decision.WENT_OUT, by=desk, at=NOON)

    with pytest.raises(outbox.DecisionRefused, match=r"front_desk-shown.*2026-11-22 12:00"):
        outbox.decide(message.pk, outbox.Decision.SEND_AGAIN, by=desk, at=NOON)


def test_what_is_not_broken_cannot_be_decided() -> None:
    switch_on(Way.SMS)
    message, desk = queued(due(somebody())), staff(Role.FRONT_DESK)

    with pytest.raises(outbox.DecisionRefused):
        outbox.decide(message.pk, outbox.Decision.WENT_OUT, by=desk, at=NOON)


def test_what_the_provider_refused_has_not_gone_out() -> None:
    message, desk = to_check(), staff(Role.FRONT_DESK)
    Message.objects.filter(pk=message.pk).update(status=Status.FAILED)

    with pytest.raises(outbox.DecisionRefused):
        outbox.decide(message.pk, outbox.Decision.WENT_OUT, by=desk, at=NOON)


def test_the_pause_is_the_rules(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    OutreachRules.objects.update(pause_days=0)
    client = somebody()
    due(client, Kind.DORMANT)
    due(client, Kind.VOUCHER_LAPSING)
    outbox.queue(TODAY, NOON)

    outbox.drain(NOON)

    assert len(gateway.given) == 2
