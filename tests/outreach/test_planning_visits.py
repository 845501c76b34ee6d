"""What follows from a visit, or from none for long: the call, the thanks, the reminders; and what ends them."""

from datetime import date, timedelta

import pytest

from loyalty import refunds
from outreach.models import ContactTask, Kind
from outreach.planning import follow_ups, reminders, sweep
from staff.jobs import Window
from staff.roles import Role
from tests.loyalty.books import TODAY, came, client, days_before, noon, staff
from tests.outreach.living import plan_all
from visits.models import Visit

pytestmark = pytest.mark.django_db
TODAYS = Window(TODAY, TODAY)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def count(kind: Kind) -> int:
    return ContactTask.objects.filter(kind=kind).count()


def close_what_is_over(today: date = TODAY) -> dict[str, int]:
    return sweep.sweep(today, noon(today) + timedelta(hours=1))


@pytest.mark.parametrize(
    ("days_ago", "first", "told"),
    [
        (2, 0, None),
        (3, 0, ("open", 0)),
        (7, 0, ("open", 0)),
        (8, 0, ("open", 1)),
        (21, None, ("open", 14)),
        (22, 0, None),
        (22, None, None),
        (22, 19, ("skipped", 15)),
        (22, 18, None),
    ],
)
def test_the_call_a_week_after(days_ago: int, first: int | None, told: tuple[str, int] | None) -> None:
    came(client(), "468", days_before(days_ago))
    follow_ups.plan(Window(None if first is None else days_before(first), TODAY), noon())
    assert list(ContactTask.objects.values_list("status", "belated_days")) == ([told] if told else [])


def test_a_newer_visit_takes_the_calls_place_and_gives_it_back() -> None:
    who = client()
    older = came(who, "468", days_before(5))
    follow_ups.plan(TODAYS, noon())
    newer = came(who, "468", TODAY)
    assert close_what_is_over() == {"newer_visit": 1}
    assert follow_ups.plan(TODAYS, noon())["planned"] == 0
    refunds.void(newer, "记错", by=staff(Role.MANAGER), at=noon())
    assert follow_ups.plan(TODAYS, noon())["planned"] == 1
    assert ContactTask.objects.open().get().visit == older


def test_two_receipts_of_one_day_are_one_call() -> None:
    who = client()
    came(who, "468", days_before(4))
    follow_ups.plan(TODAYS, noon())
    came(who, "88", days_before(4))
    follow_ups.plan(TODAYS, noon())
    ContactTask.objects.filter(kind="follow_up").update(status="done", closed_at=noon())
    follow_ups.plan(TODAYS, noon())
    assert count(Kind.FOLLOW_UP) == 1


def test_what_was_imported_is_no_reason_to_call_or_to_thank() -> None:
    who = client()
    Visit.objects.bulk_create([Visit(client=who, at=noon(), day=days_before(4), gross=1, total=1, imported_from="old")])
    came(who, "468", days_before(3))
    follow_ups.plan(TODAYS, noon())
    follow_ups.plan_thanks(TODAYS, noon())
    assert (count(Kind.FOLLOW_UP), count(Kind.THANK_YOU)) == (1, 0)


def test_a_voided_visit_takes_its_contacts_with_it() -> None:
    visit = came(client(), "468", days_before(3))
    plan_all(TODAY, TODAY)
    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())
    assert close_what_is_over() == {"visit_void": 2}


@pytest.mark.parametrize(
    ("last", "today", "months"),
    [
        (date(2026, 5, 22), TODAY, 6),
        (date(2026, 2, 22), TODAY, 9),
        (date(2025, 11, 22), TODAY, 12),
        (date(2025, 8, 31), date(2026, 2, 28), 6),
        (date(2025, 8, 29), date(2026, 2, 28), 6),
        (date(2026, 5, 21), TODAY, None),
        (date(2026, 5, 23), TODAY, None),
    ],
)
def test_the_day_of_a_reminder(last: date, today: date, months: int | None) -> None:
    visit = came(client(), "468", last)
    reminders.plan(Window(today, today), noon(today))
    found = list(ContactTask.objects.values_list("occasion", "facts", "status"))
    assert found == ([(f"since:{visit.pk}:{months}", {"months": months}, "open")] if months else [])


def test_reminders_missed_first_asked_for_and_unpaid() -> None:
    came(client(), "468", date(2026, 5, 8))  # was due 14 days ago
    came(client(), "468", date(2026, 5, 7))  # one day too long ago
    came(client(), "0", date(2026, 5, 22))
    first_time = reminders.plan(Window(None, TODAY), noon())
    assert first_time["planned"] + first_time["too_late"] == 0
    later = reminders.plan(Window(days_before(20), TODAY), noon())
    assert (later["planned"], later["belated"], later["too_late"]) == (1, 1, 1)


def test_a_reminder_gives_way_to_the_next_and_ends_when_the_client_comes() -> None:
    who = client()
    came(who, "468", date(2026, 5, 22))
    reminders.plan(TODAYS, noon())
    third = date(2027, 2, 22)
    assert reminders.plan(Window(third, third), noon(third))["closed"] == 1
    assert ContactTask.objects.open().get().occasion.endswith(":9")
    back = came(who, "468", third)
    assert close_what_is_over(third) == {"returned": 1}
    refunds.void(back, "记错", by=staff(Role.MANAGER), at=noon(third))
    assert reminders.plan(Window(third, third), noon(third))["reopened"] == 1
    assert ContactTask.objects.open().get().occasion.endswith(":9")
