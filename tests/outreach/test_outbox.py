"""The outbox: each message at most once, held back when it should be, and nothing lost without anybody knowing."""

from datetime import timedelta
from typing import Any

import pytest

from clients.models import Consent
from outreach import outbox
from outreach.models import Contact, ContactTask, Kind, Message, MessageTemplate, Way
from staff.roles import Role
from tests.outreach.posting import (
    MINUTE,
    NOON,
    TODAY,
    Gateway,
    Status,
    agree,
    due,
    somebody,
    switch_on,
    text,
)
from tests.staff.cast import staff

pytestmark = pytest.mark.django_db
Held = Message.Held
WEEK = timedelta(days=7)


def test_it_works(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    client = somebody()
    task = due(client, occasion="S2026")

    assert outbox.queue(TODAY, NOON) == 1
    assert outbox.drain(NOON) == {"sent": 1}

    message = Message.objects.get()
    assert (message.status, message.key, message.provider_id) == (
        Status.SENT,
        f"birthday:{client.pk}:S2026:sms",
        "sms-1",
    )
    assert (message.to, message.body) == ("+8613800138000", "王女士，生日快乐！")
    (outgoing,) = gateway.given
    assert (outgoing.to, outgoing.provider_code, outgoing.values) == (client.phone, "SMS_1", {"honorific": "王女士"})
    task.refresh_from_db()
    assert (task.status, task.closed_by) == ("done", None)
    assert task.closed_at
    assert NOON <= task.closed_at < NOON + MINUTE
    attempt = Contact.objects.get()
    assert (attempt.outcome, attempt.channel, attempt.day, attempt.is_marketing) == ("sent", "sms", TODAY, True)


def test_doing_it_twice_sends_once(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    due(somebody())

    for minutes in range(3):
        outbox.queue(TODAY, NOON + minutes * MINUTE)
        outbox.drain(NOON + minutes * MINUTE)

    assert len(gateway.given) == 1
    assert Message.objects.count() == 1


def ways_of(task: ContactTask) -> list[str]:
    outbox.queue(TODAY, NOON)
    return list(Message.objects.filter(task=task).values_list("way", flat=True))


def test_the_first_channel_that_reaches_the_client() -> None:
    for way in (Way.WECOM, Way.EMAIL, Way.SMS):
        switch_on(way)
    colleague = staff(Role.FRONT_DESK, wecom_id="xiaolin")
    both, mail, nothing = somebody(), somebody(phone=""), somebody(phone="", email="")

    assert ways_of(due(both)) == ["sms"]
    assert ways_of(due(mail)) == ["email"]
    assert ways_of(due(nothing, assigned_to=colleague)) == ["wecom"]
    assert ways_of(due(nothing)) == []


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        (Kind.BIRTHDAY, {"due_on": TODAY + timedelta(days=1)}, []),
        (Kind.BIRTHDAY, {"status": "skipped", "closed_at": NOON}, []),
        (Kind.BIRTHDAY, {"attempts": 1}, []),
        (Kind.BIRTHDAY, {"planned_for": TODAY - timedelta(days=3)}, ["sms"]),
        (Kind.BIRTHDAY, {"planned_for": TODAY - timedelta(days=4)}, []),
        (Kind.POINTS_LAPSING, {"facts": {"on": "2026-11-22"}}, ["sms"]),
        (Kind.POINTS_LAPSING, {"facts": {"on": "2026-11-21"}}, []),
        (Kind.FOLLOW_UP, {}, []),
        (Kind.GIFT, {}, []),
        (Kind.THANK_YOU, {}, ["sms"]),
    ],
)
def test_which_contacts_go_out_by_themselves(kind: Kind, fields: dict[str, Any], expected: list[str]) -> None:
    switch_on(Way.SMS)

    assert ways_of(due(somebody(), kind, **fields)) == expected


def test_greetings_need_consent_for_the_channel_and_service_does_not() -> None:
    switch_on(Way.SMS)
    client = somebody()
    agree(client, Consent.Channel.SMS, given=False)

    assert ways_of(due(client)) == []
    assert ways_of(due(client, Kind.THANK_YOU)) == ["sms"]
    agree(client, Consent.Channel.SMS)
    assert ways_of(due(client)) == ["sms"]


@pytest.mark.parametrize("fields", [{"do_not_contact": True}, {"status": "erased"}])
def test_nobody_who_must_not_be_contacted(fields: dict[str, Any]) -> None:
    switch_on(Way.SMS)

    assert ways_of(due(somebody(**fields), Kind.THANK_YOU)) == []


def test_only_what_is_switched_on_and_has_words() -> None:
    setting = switch_on(Way.SMS, Kind.BIRTHDAY)
    MessageTemplate.objects.filter(kind=Kind.THANK_YOU, way=Way.SMS).delete()
    client = somebody()

    assert ways_of(due(client, Kind.THANK_YOU)) == []
    setting.kinds = ["birthday", "thank_you"]
    setting.save()
    assert ways_of(due(client, Kind.THANK_YOU)) == []
    text(Kind.THANK_YOU, Way.SMS, provider_code="")
    assert ways_of(due(client, Kind.THANK_YOU)) == []
    text(Kind.THANK_YOU, Way.SMS)
    assert ways_of(due(client, Kind.THANK_YOU)) == ["sms"]
    setting.is_on = False
    setting.save()
    assert ways_of(due(client)) == []


def test_the_order_of_a_thousand_is_one_statement(django_assert_max_num_queries: Any) -> None:
    switch_on(Way.SMS)
    for number in range(30):
        due(somebody(f"客户{number}"))

    with django_assert_max_num_queries(4):
        assert outbox.queue(TODAY, NOON) == 30
