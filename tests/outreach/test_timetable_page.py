"""What the staff see of the timed work: the admin's page, and the banner on every page when it has stopped."""

from collections.abc import Callable
from datetime import time, timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from outreach import timetable
from outreach.models import JobTime
from outreach.timetable import JOBS
from outreach.timetable_rows import COUNTED, rows
from staff.jobs import TICK
from staff.models import AuditEntry, JobRun, Salon
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.test_adjustment_browser import signed_in as signed_in_browser
from tests.loyalty.test_refund_pages import signed_in

pytestmark = pytest.mark.django_db
PAGE = "/timetable/"


def ticked(minutes: float, *, ever: bool = True) -> None:
    Salon.load()
    at = timezone.now() - timedelta(minutes=minutes)
    JobRun.objects.update_or_create(job=TICK, defaults={"started_at": at, "finished_at": at if ever else None})


# The page.


def test_before_the_first_tick_every_job_is_there() -> None:
    page = signed_in(Role.ADMIN).get(PAGE).content.decode()

    assert page.count("Run now<") == len(JOBS)
    assert page.count("not yet") == len(JOBS)
    assert "Every minute" not in page


def test_it_tells_the_last_run_of_each() -> None:
    timetable.tick(timezone.now())
    JobRun.objects.filter(job="outreach.birthday").update(counts={"planned": 1234, "belated": 0, "rules": 7})
    JobRun.objects.filter(job="outreach.gift").update(failed_at=timezone.now(), error="OperationalError")
    JobRun.objects.filter(job="outreach.follow_up").update(started_at=timezone.now() + timedelta(minutes=1))

    page = signed_in(Role.ADMIN).get(PAGE).content.decode()

    assert "new 1,234" in page
    assert "of them belated" not in page
    assert "OperationalError" in page
    assert page.count("tried again by itself") == 1
    assert page.count("at work") == 1
    assert "not yet" not in page


def test_the_same_questions_however_much_has_run() -> None:
    admin = signed_in(Role.ADMIN)
    admin.get(PAGE)
    timetable.tick(timezone.now())
    for job in JOBS:
        JobTime.objects.create(job=job.code, not_before=time(3))

    with CaptureQueriesContext(connection) as queries:
        admin.get(PAGE)

    assert len(queries) <= 8


def test_whatever_a_job_counts_has_words() -> None:
    """Counted by the program, and told on the page: the mark of the rules is for the program only."""
    timetable.tick(timezone.now())
    told = {"thank_you", "birthday", "dormant"} | COUNTED.keys()

    assert {what for row in JobRun.objects.all() for what in row.counts} - told == {"rules"}


def test_the_hour_is_changed_and_kept_in_the_trail() -> None:
    admin = signed_in(Role.ADMIN)

    shown = admin.get(f"{PAGE}outreach.birthday/").content.decode()
    assert 'value="05:00"' in shown
    answer = admin.post(f"{PAGE}outreach.birthday/", {"not_before": "07:30", "is_on": "on"})

    assert answer.status_code == 302
    row = next(row for row in rows() if row.job.code == "outreach.birthday")
    assert (row.not_before, row.is_on) == (time(7, 30), True)
    entry = AuditEntry.objects.get(model="outreach_jobtime", actor__username="admin")
    assert (entry.changes, entry.reason) == ({"not_before": ["05:00:00", "07:30:00"]}, "birthday greeting")
    assert "from 07:30" in admin.get(PAGE).content.decode()
    admin.post(f"{PAGE}outreach.birthday/", {"not_before": "07:30"})
    assert "switched off" in admin.get(PAGE).content.decode()


@pytest.mark.parametrize("hour", ["", "25:00", "noon", "7" * 5000])
def test_a_wrong_hour_is_said_beside_the_field(hour: str) -> None:
    answer = signed_in(Role.ADMIN).post(f"{PAGE}outreach.birthday/", {"not_before": hour, "is_on": "on"})

    assert answer.status_code == 200
    assert "invalid-feedback" in answer.content.decode()
    assert not JobTime.objects.exists()


def test_what_is_done_every_minute_has_no_hour() -> None:
    admin = signed_in(Role.ADMIN)

    assert "not_before" not in admin.get(f"{PAGE}outreach.drain/").content.decode()
    admin.post(f"{PAGE}outreach.drain/", {})
    assert JobTime.objects.get().is_on is False


def test_run_now_is_done_by_the_next_tick_and_publishes_nothing() -> None:
    admin = signed_in(Role.ADMIN)
    now = timezone.now()
    timetable.tick(now)

    assert admin.post(f"{PAGE}loyalty.check_books/run/").status_code == 302
    assert "runs within a minute" in admin.get(PAGE).content.decode()
    assert "loyalty.check_books" in timetable.tick(timezone.now())
    assert "runs within a minute" not in admin.get(PAGE).content.decode()


def test_the_panel_says_what_failed() -> None:
    admin = signed_in(Role.ADMIN)
    timetable.tick(timezone.now())
    assert "Timed work failed" not in admin.get("/admin/").content.decode()
    JobRun.objects.filter(job="outreach.gift").update(failed_at=timezone.now(), error="OperationalError")

    page = admin.get("/admin/").content.decode()

    assert "Timed work failed" in page
    assert "prepare a gift" in page
    assert "OperationalError" in page


@pytest.mark.parametrize("job", ["nothing", "tick", "outreach", "😀"])
def test_a_job_that_there_is_not(job: str) -> None:
    admin = signed_in(Role.ADMIN)

    assert admin.get(f"{PAGE}{job}/").status_code == 404
    assert admin.post(f"{PAGE}{job}/run/").status_code == 404
    assert not JobRun.objects.exists()


# The banner.


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0, ""), (4.5, ""), (5.1, "5 minutes"), (119, "119 minutes"), (121, "2 hours"), (60 * 49, "2 days")],
)
def test_every_page_says_when_the_reminders_have_stopped(minutes: float, words: str) -> None:
    ticked(minutes)
    desk = signed_in(Role.FRONT_DESK)

    for place in ("/", "/clients/", "/me/"):
        page = desk.get(place).content.decode()
        assert ("Automatic reminders have been standing still" in page) is bool(words)
        assert words in page
        assert PAGE not in page


def test_the_admin_is_led_to_the_page_also_from_the_panel() -> None:
    ticked(6)
    admin = signed_in(Role.ADMIN)

    for place in ("/", "/admin/"):
        page = admin.get(place).content.decode()
        assert "standing still for 6 minutes" in page
        assert f'href="{PAGE}"' in page
        assert "Please tell the admin" not in page


def test_a_salon_that_never_had_a_tick_is_told_five_minutes_after_its_first_day_began() -> None:
    desk = signed_in(Role.FRONT_DESK)
    assert "standing still" not in desk.get("/me/").content.decode()
    ticked(6, ever=False)
    assert "standing still" in desk.get("/me/").content.decode()


def test_the_next_tick_takes_it_away_and_it_costs_no_question() -> None:
    desk = signed_in(Role.FRONT_DESK)
    desk.get("/me/")
    with CaptureQueriesContext(connection) as before:
        desk.get("/me/")
    ticked(60)
    with CaptureQueriesContext(connection) as stopped:
        assert "60 minutes" in desk.get("/me/").content.decode()

    timetable.tick(timezone.now())

    assert len(before) == len(stopped)
    assert "standing still" not in desk.get("/me/").content.decode()


def test_a_stranger_is_told_nothing() -> None:
    ticked(600)

    assert "standing still" not in Browser().get("/login/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    page: Page,
    live_server: LiveServer,
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    timetable.tick(timezone.now())
    JobRun.objects.filter(job="outreach.birthday").update(counts={"planned": 1234, "belated": 12, "too_late": 3})
    JobRun.objects.filter(job="outreach.gift").update(failed_at=timezone.now(), error="OperationalError")
    JobTime.objects.create(job="outreach.dormant", not_before=time(3), is_on=False)
    ticked(7)
    admin = signed_in_browser(page, live_server, Role.ADMIN, language=language)
    admin.set_viewport_size({"width": width["width"], "height": width["height"]})
    for place in ("timetable/", "timetable/outreach.birthday/", "timetable/outreach.drain/", "admin/", ""):
        admin.goto(f"{live_server.url}/{place}")
        assert_accessible()
        assert admin.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        expect(admin.locator("body")).to_contain_text("自动提醒已停 7 分钟" if language == "zh-hans" else "7 minutes")
        shot(f"jobs-{place.strip('/').split('/')[-1] or 'today'}-{width['width']}-{language}")
