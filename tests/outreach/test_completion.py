"""How the contacts of a month were done: what counts as what, whose it is, and who came back."""

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client
from outreach.completion import Completion, Done, Month, completion, won_back
from outreach.models import Contact, ContactTask, Kind
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from visits.models import Visit

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 22)
NOVEMBER = Month(2026, 11)


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def planned(day: int, client: Client | None = None, kind: Kind = Kind.FOLLOW_UP, **fields: Any) -> ContactTask:
    """A contact whose occasion was on this day of November."""
    client = client or cast.client()
    on = date(2026, 11, day)
    closed = fields.pop("closed", None)
    return ContactTask.objects.create(
        client=client,
        kind=kind,
        occasion=f"test:{uuid.uuid4()}",
        planned_for=on,
        due_on=on,
        shown_from=on,
        closed_at=noon(date(2026, 11, closed)) if closed else None,
        **fields,
    )


def done(day: int, *, closed: int, by: User | None = None, **fields: Any) -> ContactTask:
    return planned(day, status="done", closed=closed, closed_by=by, **fields)


def of(found: Completion, label: str) -> Done:
    return next(row for row in [*found.kinds, *found.people] if row.label == label)


def test_each_state_is_counted_as_what_it_is() -> None:
    desk = cast.staff(Role.FRONT_DESK)
    done(2, closed=2, by=desk, satisfaction=5)
    done(3, closed=4, by=desk, satisfaction=2)
    planned(5, status="no_answer", because="unreached", closed=8)
    planned(6, status="skipped", because="too_late", closed=20)
    planned(7, status="skipped", because="not_wanted", closed=7)
    planned(8, status="cancelled", because="newer_visit", closed=9)
    planned(9)

    found = completion(NOVEMBER, TODAY, 14).total

    assert (found.planned, found.done, found.on_time) == (7, 2, 1)
    assert (found.unreached, found.missed, found.not_needed, found.open) == (1, 1, 2, 1)
    assert found.wanted == 5
    assert (found.percent, found.on_time_percent, found.satisfaction) == (40, 20, 3.5)


def test_thanks_are_on_time_until_the_day_after() -> None:
    done(2, closed=3, kind=Kind.THANK_YOU)
    done(2, closed=4, kind=Kind.THANK_YOU)
    done(2, closed=3, kind=Kind.BIRTHDAY)

    found = completion(NOVEMBER, TODAY, 14)

    assert {row.label: row.on_time for row in found.kinds} == {"生日祝福": 0, "首次到店感谢": 1}


def test_the_salon_day_decides_what_is_on_time() -> None:
    task = done(2, closed=2)
    late = noon(date(2026, 11, 2)) + timedelta(hours=11, minutes=30)
    ContactTask.objects.filter(pk=task.pk).update(closed_at=late)
    assert completion(NOVEMBER, TODAY, 14).total.on_time == 1

    ContactTask.objects.filter(pk=task.pk).update(closed_at=late + timedelta(hours=1))
    assert completion(NOVEMBER, TODAY, 14).total.on_time == 0


def test_who_did_it_else_whose_it_is() -> None:
    desk, beautician = cast.staff(Role.FRONT_DESK), cast.staff(Role.BEAUTICIAN)
    done(2, closed=2, by=desk, assigned_to=beautician)
    done(3, closed=3)
    planned(4, assigned_to=beautician)
    planned(5)

    people = completion(NOVEMBER, TODAY, 14).people

    assert [(row.label, row.planned, row.done) for row in people] == [
        ("front_desk-name", 1, 1),
        ("beautician-name", 1, 0),
        ("系统自动发出", 1, 1),
        ("未分配", 1, 0),
    ]


def tried(task: ContactTask, outcome: str, day: date, by: User | None = None) -> Contact:
    return Contact.objects.create(
        task=task, client=task.client, key=uuid.uuid4(), kind=task.kind, outcome=outcome, at=noon(day), day=day, by=by
    )


def test_tries_stand_with_who_made_them() -> None:
    desk = cast.staff(Role.FRONT_DESK)
    task = planned(2)
    for day in (2, 3):
        tried(task, "no_answer", date(2026, 11, day), desk)
    tried(task, "prepared", date(2026, 11, 3), desk)
    tried(task, "no_answer", date(2026, 10, 31), desk)

    assert of(completion(NOVEMBER, TODAY, 14), "front_desk-name").attempts == 2


@pytest.mark.parametrize(("day", "told"), [(date(2026, 10, 31), 0), (date(2026, 11, 1), 1), (date(2026, 12, 1), 0)])
def test_a_month_is_that_of_the_occasion(day: date, told: int) -> None:
    task = planned(2)
    ContactTask.objects.filter(pk=task.pk).update(planned_for=day)

    assert completion(NOVEMBER, TODAY, 14).total.planned == told


def test_what_comes_later_in_the_month_does_not_count_yet() -> None:
    planned(22)
    planned(23)
    done(24, closed=21)

    found = completion(NOVEMBER, TODAY, 14).total

    assert (found.planned, found.done, found.open) == (2, 1, 1)


@pytest.mark.parametrize("kind", [Kind.POINTS_LAPSING, Kind.VOUCHER_LAPSING])
@pytest.mark.parametrize(("day", "told"), [(date(2026, 11, 14), 0), (date(2026, 11, 15), 1), (date(2026, 12, 15), 0)])
def test_what_lapses_belongs_to_the_month_in_which_one_is_told(kind: Kind, day: date, told: int) -> None:
    task = planned(2, kind=kind)
    ContactTask.objects.filter(pk=task.pk).update(planned_for=day)

    assert completion(NOVEMBER, TODAY, 14).total.planned == told


@pytest.mark.parametrize(("days", "back"), [(0, 0), (1, 1), (30, 1), (31, 0)])
def test_who_comes_within_thirty_days_is_won_back(days: int, back: int) -> None:
    client = cast.client()
    told = date(2026, 9, 10)
    tried(planned(2, client, Kind.DORMANT), "reached", told)
    cast.visit(client, at=noon(told + timedelta(days=days)))

    found = won_back(Month(2026, 9), TODAY)

    assert (found.told, found.back, found.waiting) == (1, back, 0)


def test_who_was_not_told_is_not_counted_and_who_has_time_is_waited_for() -> None:
    task = planned(2, kind=Kind.DORMANT)
    tried(task, "no_answer", date(2026, 11, 2))
    tried(task, "not_wanted", date(2026, 11, 3))
    tried(planned(3, kind=Kind.FOLLOW_UP), "reached", date(2026, 11, 3))
    assert won_back(NOVEMBER, TODAY).told == 0

    tried(task, "mentioned", date(2026, 11, 4))
    found = won_back(NOVEMBER, TODAY)
    assert (found.told, found.back, found.waiting, found.percent) == (1, 0, 1, None)


def test_a_voided_visit_wins_nobody_back() -> None:
    client = cast.client()
    tried(planned(2, client, Kind.DORMANT), "sent", date(2026, 9, 10))
    visit = cast.visit(client, at=noon(date(2026, 9, 12)))
    Visit.objects.filter(pk=visit.pk).update(
        status="void", voided_at=noon(date(2026, 9, 12)), voided_by=cast.staff(Role.MANAGER), void_reason="录错客户"
    )

    assert won_back(Month(2026, 9), TODAY).back == 0


def test_four_queries_however_much_there_is() -> None:
    people = [cast.staff(Role.FRONT_DESK), cast.staff(Role.BEAUTICIAN)]
    for number in range(30):
        task = done(number % 20 + 1, closed=21, by=people[number % 2], kind=list(Kind)[number % 8])
        tried(task, "reached", date(2026, 11, 21), people[number % 2])

    with CaptureQueriesContext(connection) as asked:
        completion(NOVEMBER, TODAY, 14)

    assert len(asked) == 4


@pytest.mark.parametrize("text", ["", "x", "2026", "2026-13", "2026-1", "0001-01", "2026-11-02", "9999-12", "\x00"])
def test_a_month_that_is_none(text: str) -> None:
    assert Month.read(text) is None


def test_months_follow_each_other() -> None:
    assert str(Month(2026, 12).after()) == "2027-01"
    assert str(Month(2026, 1).before()) == "2025-12"
    assert Month(2024, 2).last == date(2024, 2, 29)
    assert Month.read("2026-11") == NOVEMBER


@pytest.fixture
def manager() -> Browser:
    browser = Browser()
    browser.force_login(cast.staff(Role.MANAGER), backend="staff.present.PresentBackend")
    return browser


def test_the_page_tells_figures_and_what_they_mean(manager: Browser) -> None:
    today = timezone.localdate()
    task = planned(2, status="done", closed=2, satisfaction=4)
    ContactTask.objects.filter(pk=task.pk).update(planned_for=today)

    page = manager.get("/contacts/completion/").content.decode()

    assert "一周回访" in page
    assert "100 %" in page
    assert "已完成 ÷（计划 − 无需联系）" in page


@pytest.mark.parametrize("month", ["2024-02", "", "2099-01", "x", "9" * 5000])
def test_any_month_in_the_address_has_a_page(manager: Browser, month: str) -> None:
    response = manager.get("/contacts/completion/", {"month": month})

    assert response.status_code == 200
    assert "这个月没有联系计划" in response.content.decode()


def test_the_page_asks_little(manager: Browser) -> None:
    for number in range(20):
        done(number % 20 + 1, closed=21)
    manager.get("/contacts/completion/?month=2026-11")
    with CaptureQueriesContext(connection) as asked:
        manager.get("/contacts/completion/?month=2026-11")
    assert len(asked) <= 12
