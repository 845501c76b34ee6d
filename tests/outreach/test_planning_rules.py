"""The whole plan of a day: who is in it, who is to do it, what is left alone, and eight plans at once."""

from datetime import date, timedelta

import pytest

from clients.models import Client
from outreach.models import ContactTask, Kind
from outreach.planning import birthdays, sweep
from staff.jobs import Window
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, came, client, days_before, noon, recorded, staff
from tests.loyalty.gifts import at_once
from tests.outreach.living import plan_all
from visits.models import Visit, VisitLine

pytestmark = pytest.mark.django_db
TODAYS = Window(TODAY, TODAY)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def only(who: Client, kind: Kind) -> ContactTask:
    return ContactTask.objects.get(client=who, kind=kind)


def count(kind: Kind) -> int:
    return ContactTask.objects.filter(kind=kind).count()


def born(on: date = TODAY, **fields: object) -> Client:
    return client(birthday_month=on.month, birthday_day=on.day, **fields)


def treated(who: Client, by: User, on: date = TODAY) -> Visit:
    visit = recorded(who, "468", on)
    VisitLine.objects.create(visit=visit, position=9, name="护理", unit_price=0, amount=0, beautician=by)
    return visit


def close_what_is_over(today: date = TODAY) -> dict[str, int]:
    return sweep.sweep(today, noon(today) + timedelta(hours=1))


def test_it_works() -> None:
    child, new, away = born(), client(), client()
    came(new, "468", days_before(3))
    came(away, "468", date(2026, 5, 22))

    plan_all(TODAY, TODAY)
    found = set(ContactTask.objects.values_list("client", "kind", "due_on", "belated_days", "status"))
    assert found == {
        (child.pk, "birthday", TODAY, 0, "open"),
        (new.pk, "thank_you", TODAY, 3, "open"),
        (new.pk, "follow_up", TODAY + timedelta(days=4), 0, "open"),
        (away.pk, "dormant", TODAY, 0, "open"),
    }
    plan_all(TODAY, TODAY)
    plan_all(TOMORROW, TODAY)
    assert ContactTask.objects.count() == 4


def test_who_is_in_no_plan() -> None:
    other = client()
    for fields in (
        {"do_not_contact": True},
        {"status": Client.Status.ERASED},
        {"status": Client.Status.MERGED, "merged_into": other},
    ):
        who = born(**fields)
        came(who, "468", days_before(3))
    recorded(None, "468", days_before(3))
    plan_all(None, TODAY)
    assert not ContactTask.objects.exists()


def test_who_is_asked_to_do_it() -> None:
    advising, treating, gone = staff(Role.FRONT_DESK), staff(Role.BEAUTICIAN), staff(Role.MANAGER)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    with_consultant, without, left = born(consultant=advising), born(consultant=treating), born(consultant=gone)
    for who in (with_consultant, without, left):
        treated(who, treating, days_before(4))
    plan_all(TODAY, TODAY)
    calls = {who.pk: only(who, Kind.FOLLOW_UP).assigned_to for who in (with_consultant, without, left)}
    greetings = [only(who, Kind.BIRTHDAY).assigned_to for who in (with_consultant, without, left)]
    assert calls == {with_consultant.pk: advising, without.pk: treating, left.pk: treating}
    assert greetings == [advising, None, None]  # a beautician sees no birthdays


def test_what_is_being_sent_is_left_alone() -> None:
    who = born()
    birthdays.plan(TODAYS, noon())
    task = only(who, Kind.BIRTHDAY)
    message = task.messages.create(client=who, way="sms", key="k", status="check")
    Client.objects.filter(pk=who.pk).update(do_not_contact=True)
    assert close_what_is_over() == {}
    message.status = "queued"
    message.save(update_fields=["status"])
    assert close_what_is_over() == {"do_not_contact": 1}


def test_a_tick_in_the_box_that_was_a_mistake_costs_nobody_a_contact() -> None:
    who = born()
    came(who, "468", days_before(3))
    plan_all(TODAY, TODAY)
    Client.objects.filter(pk=who.pk).update(do_not_contact=True)
    assert close_what_is_over() == {"do_not_contact": 3}

    Client.objects.filter(pk=who.pk).update(do_not_contact=False)
    plan_all(TODAY, TOMORROW)

    opened = ContactTask.objects.open().filter(client=who)
    assert sorted(opened.values_list("kind", flat=True)) == ["birthday", "follow_up", "thank_you"]


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_at_once_plan_each_contact_once() -> None:
    for number in range(10):
        born()
        came(client(), "468", days_before(3 + number % 2))
        came(client(), "468", date(2026, 5, 22))
    at_once(8, lambda _n: plan_all(TODAY, TODAY))
    assert ContactTask.objects.count() == 40
    assert ContactTask.objects.open().count() == 40
