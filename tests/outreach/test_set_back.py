"""A clock that was ahead and came back: nothing waits until it is there again."""

from datetime import timedelta

import pytest

from outreach import timetable
from outreach.models import ChannelSetting, Kind, Message, Way
from staff.jobs import show_life
from staff.models import JobRun
from staff.roles import Role
from tests.outreach.posting import MINUTE, NOON, Gateway, Status, due, queued, somebody, state, switch_on
from tests.staff.cast import staff

pytestmark = pytest.mark.django_db
AHEAD = NOON + timedelta(days=400)


def waiting(**fields: object) -> Message:
    """A message of somebody whose contact is due, as a clock that is ahead left it."""
    switch_on(Way.SMS)
    message = queued(due(somebody(), Kind.THANK_YOU))
    Message.objects.filter(pk=message.pk).update(**fields)
    show_life(AHEAD)
    return message


def test_what_was_queued_or_put_off_ahead_goes_out(gateway: Gateway) -> None:
    waiting(not_before=AHEAD, queued_at=AHEAD)

    timetable.tick(NOON)

    assert len(gateway.given) == 1


def test_a_channel_does_not_rest_for_a_year(gateway: Gateway) -> None:
    waiting()
    ChannelSetting.objects.update(resting_until=AHEAD)

    timetable.tick(NOON)

    assert len(gateway.given) == 1


def test_what_broke_off_ahead_is_shown(gateway: Gateway) -> None:
    message = waiting(status=Status.SENDING, lease_until=AHEAD, attempts=1)

    timetable.tick(NOON)

    assert state(message) == (Status.CHECK, 1, "worker_died")
    assert gateway.given == []


def test_who_asked_for_a_job_ahead_gets_it_once(gateway: Gateway) -> None:
    timetable.ask_for("loyalty.count_pairs", by=staff(Role.ADMIN), at=AHEAD)
    show_life(AHEAD)

    assert "loyalty.count_pairs" in timetable.tick(NOON)
    assert "loyalty.count_pairs" not in timetable.tick(NOON + MINUTE)
    assert not JobRun.objects.filter(asked_at__isnull=False).exists()


def test_what_waits_with_good_reason_waits(gateway: Gateway) -> None:
    """A clock that only goes on touches nothing."""
    message = waiting(not_before=NOON + timedelta(hours=2))
    show_life(NOON - MINUTE)

    timetable.tick(NOON)

    assert state(message)[0] == Status.QUEUED
