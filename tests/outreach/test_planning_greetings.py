"""Birthdays, gifts and memorable days: on which day, once, after any downtime. Promises P2 and P8."""

from datetime import date, timedelta

import pytest

from clients.models import Client, FileRules, MemorableDay
from loyalty.models import LoyaltyAccount
from outreach.models import ContactTask, Kind, OutreachRules
from outreach.planning import birthdays, sweep
from staff.jobs import Window
from tests.loyalty.books import TODAY, client, days_before, noon, tier

pytestmark = pytest.mark.django_db
TODAYS = Window(TODAY, TODAY)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def only(who: Client, kind: Kind) -> ContactTask:
    return ContactTask.objects.get(client=who, kind=kind)


def count(kind: Kind) -> int:
    return ContactTask.objects.filter(kind=kind).count()


def born(on: date = TODAY, **fields: object) -> Client:
    return client(birthday_month=on.month, birthday_day=on.day, **fields)


def close_what_is_over(today: date = TODAY) -> dict[str, int]:
    return sweep.sweep(today, noon(today) + timedelta(hours=1))


@pytest.mark.parametrize(
    ("days_ago", "first", "told"),
    [
        (0, 0, ("open", 0)),
        (1, 1, ("open", 1)),
        (3, 3, ("open", 3)),
        (3, 0, ("open", 3)),  # entered late
        (4, 4, ("skipped", 4)),
        (30, 30, ("skipped", 30)),
        (4, 3, None),
        (4, None, None),
    ],
)
def test_a_missed_birthday(days_ago: int, first: int | None, told: tuple[str, int] | None) -> None:
    born(days_before(days_ago))
    counts = birthdays.plan(Window(None if first is None else days_before(first), TODAY), noon())
    assert list(ContactTask.objects.values_list("status", "belated_days")) == ([told] if told else [])
    assert counts["planned"] + counts["too_late"] == (1 if told else 0)


@pytest.mark.parametrize("down", [3, 30, 366])
def test_after_any_downtime_each_birthday_is_there_once(down: int) -> None:
    """Over New Year and over 29 February of a leap year."""
    back = date(2028, 3, 2)
    first = back - timedelta(days=down - 1)
    days = [first + timedelta(days=number) for number in range(down)]
    people = [born(day) for day in days]
    birthdays.plan(Window(first, back), noon(back))
    found = {task.client_id: task for task in ContactTask.objects.exclude(planned_for__lt=first)}
    assert len(found) == len(people)
    for who, day in zip(people, days, strict=True):
        late = (back - day).days
        assert (found[who.pk].planned_for, found[who.pk].belated_days) == (day, late)
        assert found[who.pk].status == ("open" if late <= 3 else "skipped")


def test_a_gift_is_prepared_from_gold_three_days_ahead() -> None:
    soon = TODAY + timedelta(days=3)
    gold, silver, later = born(soon), born(soon), born(soon + timedelta(days=1))
    for who, code in ((gold, "gold"), (silver, "silver"), (later, "black")):
        LoyaltyAccount.objects.create(client=who, tier=tier(code))
    birthdays.plan_gifts(TODAYS, noon())
    task = only(gold, Kind.GIFT)
    assert (count(Kind.GIFT), task.due_on, task.planned_for) == (1, TODAY, soon)

    LoyaltyAccount.objects.filter(pk=silver.pk).update(tier=tier("gold"))  # reaches it the day after
    birthdays.plan_gifts(Window(TOMORROW, TOMORROW), noon(TOMORROW))
    assert (only(silver, Kind.GIFT).due_on, only(silver, Kind.GIFT).belated_days) == (TOMORROW, 1)
    assert close_what_is_over(soon) == {}
    assert close_what_is_over(soon + timedelta(days=1))["too_late"] == 2
    OutreachRules.objects.update(gift_from_tier=None)
    assert "planned" not in birthdays.plan_gifts(Window(soon, soon), noon(soon))


def test_a_memorable_day_taken_off_and_entered_again_is_greeted_once() -> None:
    who = client()
    day = MemorableDay.objects.create(client=who, label="结婚纪念日", month=TODAY.month, day=TODAY.day)
    birthdays.plan_memorable_days(TODAYS, noon())
    assert only(who, Kind.MEMORABLE_DAY).occasion == f"S2026:{day.pk}"
    ContactTask.objects.update(status="done", closed_at=noon())
    day.delete()
    MemorableDay.objects.create(client=who, label="结婚纪念日", month=TODAY.month, day=TODAY.day)
    birthdays.plan_memorable_days(TODAYS, noon())
    assert count(Kind.MEMORABLE_DAY) == 1


def test_a_corrected_birthday_is_greeted_on_the_right_day() -> None:
    who, soon = born(), TODAY + timedelta(days=20)
    birthdays.plan(TODAYS, noon())
    Client.objects.filter(pk=who.pk).update(birthday_month=soon.month, birthday_day=soon.day)
    assert close_what_is_over() == {"date_changed": 1}
    birthdays.plan(Window(TOMORROW, soon), noon(soon))
    task = only(who, Kind.BIRTHDAY)
    assert (task.status, task.planned_for, task.closed_at) == ("open", soon, None)


def test_the_rule_for_29_february_is_changed_meanwhile() -> None:
    who = born(date(2028, 2, 29))
    kept = date(2027, 2, 28)
    birthdays.plan(Window(kept, kept), noon(kept))
    FileRules.objects.update(leap_day="mar1")
    moved = kept + timedelta(days=1)
    birthdays.plan(Window(moved, moved), noon(moved))
    assert (only(who, Kind.BIRTHDAY).status, only(who, Kind.BIRTHDAY).planned_for) == ("open", moved)
