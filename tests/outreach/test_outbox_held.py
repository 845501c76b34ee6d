"""What is held back at the moment of sending, and what waits: consent, the file, the hours, the weekly pause."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from clients.models import Attendance, Consent
from outreach import outbox
from outreach.models import ChannelSetting, Contact, ContactTask, Kind, Message, MessageTemplate, Way
from staff.roles import Role
from tests.frontdesk import cast
from tests.outreach.posting import (
    MINUTE,
    NOON,
    TODAY,
    Gateway,
    Status,
    agree,
    due,
    greeted,
    queued,
    somebody,
    switch_on,
    text,
)
from tests.staff.cast import staff

pytestmark = pytest.mark.django_db
Held = Message.Held
WEEK = timedelta(days=7)


def held(gateway: Gateway, at: datetime = NOON) -> str:
    """Why the only message was held back at the moment of sending."""
    outbox.drain(at)
    assert gateway.given == []
    message = Message.objects.get()
    assert message.status == Status.SUPPRESSED
    return message.held


def test_consent_withdrawn_at_the_last_moment(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    client = somebody()
    task = due(client)
    queued(task)

    agree(client, Consent.Channel.SMS, given=False)

    assert held(gateway) == Held.NO_CONSENT
    task.refresh_from_db()
    assert task.is_open  # to be mentioned in the salon


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"do_not_contact": True}, Held.DO_NOT_CONTACT),
        ({"status": "erased"}, Held.NOT_ON_FILE),
        ({"phone": ""}, Held.NO_ADDRESS),
    ],
)
def test_the_file_changed_meanwhile(gateway: Gateway, change: dict[str, Any], why: str) -> None:
    switch_on(Way.SMS)
    client = somebody()
    queued(due(client))
    for name, value in change.items():
        setattr(client, name, value)
    client.save()

    assert held(gateway) == why


def test_somebody_dealt_with_it_meanwhile(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    task = due(somebody())
    queued(task)
    ContactTask.objects.filter(pk=task.pk).update(status="done", closed_at=NOON)

    assert held(gateway) == Held.CLOSED


def test_the_channel_or_its_words_are_gone(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    queued(due(somebody()))
    ChannelSetting.objects.update(kinds=["dormant"])

    assert held(gateway) == Held.CHANNEL_OFF


def test_without_a_row_a_channel_is_off(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    queued(due(somebody()))
    ChannelSetting.objects.all().delete()

    assert held(gateway) == Held.CHANNEL_OFF


def test_the_text_was_taken_away(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    queued(due(somebody()))
    MessageTemplate.objects.filter(way=Way.SMS, kind=Kind.BIRTHDAY).update(is_active=False)

    assert held(gateway) == Held.NO_WORDS


def test_an_approved_text_leaves_no_line_out(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    text(Kind.BIRTHDAY, Way.SMS, "{honorific}，生日快乐！\n您有一张券：{voucher}")
    queued(due(somebody()))

    assert held(gateway) == Held.NO_WORDS


def test_the_day_was_missed(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    queued(due(somebody()))

    assert held(gateway, NOON + timedelta(days=4)) == Held.TOO_LATE


@pytest.mark.parametrize(
    ("clock", "sent"),
    [(time(8, 59, 59), 0), (time(9), 1), (time(19, 59, 59), 1), (time(20), 0), (time(23), 0), (time(0, 30), 0)],
)
def test_only_in_the_hours_of_the_rules(gateway: Gateway, clock: time, sent: int) -> None:
    switch_on(Way.SMS)
    queued(due(somebody()))

    outbox.drain(datetime.combine(TODAY + timedelta(days=1), clock, tzinfo=UTC) - timedelta(hours=8))

    assert len(gateway.given) == sent


def test_nothing_is_put_in_by_night() -> None:
    switch_on(Way.SMS)
    due(somebody())

    assert outbox.queue(TODAY, NOON + timedelta(hours=9)) == 0


@pytest.mark.parametrize(("days_ago", "opens"), [(0, date(2026, 11, 29)), (6, date(2026, 11, 23)), (7, None)])
def test_one_greeting_or_offer_in_seven_days(gateway: Gateway, days_ago: int, opens: date | None) -> None:
    switch_on(Way.SMS)
    client = somebody()
    task = due(client, Kind.DORMANT)
    greeted(client, TODAY - timedelta(days=days_ago), task)
    message = queued(task)

    outbox.drain(NOON)

    message.refresh_from_db()
    assert len(gateway.given) == (opens is None)
    if opens:
        assert message.status == Status.QUEUED
        assert message.not_before == datetime.combine(opens, time(1), tzinfo=UTC)  # 09:00 in Shanghai


def test_the_birthday_is_exempt_from_the_pause(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    client = somebody()
    task = due(client)
    greeted(client, TODAY - timedelta(days=1), task)

    queued(task)
    outbox.drain(NOON)

    assert len(gateway.given) == 1


@pytest.mark.parametrize("state", [Status.SENDING, Status.CHECK])
def test_what_may_have_gone_out_counts_for_the_pause(gateway: Gateway, state: str) -> None:
    switch_on(Way.SMS)
    client = somebody()
    first = queued(due(client, Kind.DORMANT))
    Message.objects.filter(pk=first.pk).update(status=state, lease_until=NOON + MINUTE)
    second = queued(due(client, Kind.VOUCHER_LAPSING))

    outbox.drain(NOON)

    second.refresh_from_db()
    assert gateway.given == []
    assert second.not_before > NOON


def test_two_offers_of_one_day_are_a_week_apart(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    client = somebody()
    due(client, Kind.DORMANT)
    due(client, Kind.VOUCHER_LAPSING)
    outbox.queue(TODAY, NOON)

    for day in range(10):
        outbox.drain(NOON + timedelta(days=day))

    assert [attempt.day for attempt in Contact.objects.order_by("day")] == [TODAY, TODAY + WEEK]


def test_what_was_put_off_waits_for_its_day(gateway: Gateway) -> None:
    switch_on(Way.SMS)
    task = due(somebody(), Kind.THANK_YOU)
    queued(task)
    ContactTask.objects.filter(pk=task.pk).update(due_on=TODAY + timedelta(days=2))

    outbox.drain(NOON)
    outbox.drain(NOON + timedelta(days=1))
    assert gateway.given == []
    outbox.drain(NOON + timedelta(days=2))
    assert len(gateway.given) == 1


def test_a_note_to_the_colleague_leaves_the_contact_open(gateway: Gateway) -> None:
    switch_on(Way.WECOM)
    colleague = staff(Role.FRONT_DESK, wecom_id="xiaolin")
    client = somebody()
    task = due(client, Kind.FOLLOW_UP, assigned_to=colleague)

    queued(task)
    outbox.drain(NOON)

    (outgoing,) = gateway.given
    assert outgoing.to == "xiaolin"
    assert outgoing.body.endswith(f"\n王丽华 {client.number} · 一周回访")
    task.refresh_from_db()
    assert task.is_open
    assert not Contact.objects.exists()


def test_who_has_left_gets_no_note(gateway: Gateway) -> None:
    switch_on(Way.WECOM)
    colleague = staff(Role.FRONT_DESK, wecom_id="xiaolin")
    queued(due(somebody(), Kind.FOLLOW_UP, assigned_to=colleague))
    colleague.is_active = False
    colleague.save()

    assert held(gateway) == Held.NO_ADDRESS


def test_a_note_says_what_the_colleague_may_see_and_no_more(gateway: Gateway) -> None:
    switch_on(Way.WECOM, Kind.FOLLOW_UP)
    text(Kind.FOLLOW_UP, Way.WECOM, "{honorific}\n积分 {points}\n{care_advice}\n{last_service}")
    hers, other = staff(Role.BEAUTICIAN, wecom_id="lin"), staff(Role.BEAUTICIAN, username="other")
    client = somebody()
    cast.member(client, balance=777)
    visit = cast.visit(client, beautician=other, item="别人的项目", next_care="少晒太阳")
    Attendance.objects.create(client=client, user=hers, last_on=TODAY)

    queued(due(client, Kind.FOLLOW_UP, assigned_to=hers, visit=visit))
    outbox.drain(NOON)

    (outgoing,) = gateway.given
    assert outgoing.body.splitlines() == ["王女士", f"王丽华 {client.number} · 一周回访"]


def test_a_note_to_the_desk_says_what_was_advised_for_it_is_the_clients_day(gateway: Gateway) -> None:
    switch_on(Way.WECOM, Kind.FOLLOW_UP)
    text(Kind.FOLLOW_UP, Way.WECOM, "{care_advice}")
    client = somebody()
    visit = cast.visit(client, at=NOON - timedelta(days=7), next_care="少晒太阳")

    queued(due(client, Kind.FOLLOW_UP, assigned_to=staff(Role.FRONT_DESK, wecom_id="xiaolin"), visit=visit))
    outbox.drain(NOON)

    (outgoing,) = gateway.given
    assert outgoing.body.splitlines()[0] == "少晒太阳"


@pytest.mark.parametrize("kind", [Kind.BIRTHDAY, Kind.FOLLOW_UP])
def test_no_note_of_what_the_colleague_may_not_see(gateway: Gateway, kind: Kind) -> None:
    """A birthday, and a client who is not hers."""
    switch_on(Way.WECOM)
    hers = staff(Role.BEAUTICIAN, wecom_id="lin")
    queued(due(somebody(), kind, assigned_to=hers))

    assert held(gateway) == Held.NO_ADDRESS
