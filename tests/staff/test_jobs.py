"""Timed work: each day is done once, by whoever comes, and what broke off is done again."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime, timedelta
from threading import Barrier, Event, Thread
from typing import Any

import pytest
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from staff.jobs import LOCKS, Counts, Window, is_due, only_one, run, show_life, stopped_for, wait_for_life, was_cut_off
from staff.models import JobRun

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
JOB = "tests.work"

pytestmark = pytest.mark.django_db
for_real = pytest.mark.django_db(transaction=True, serialized_rollback=True)


class Work:
    """Work that keeps the windows it was given."""

    def __init__(self, *, fails: bool = False) -> None:
        self.windows: list[Window] = []
        self.fails = fails

    def __call__(self, window: Window) -> Counts:
        self.windows.append(window)
        if self.fails:
            raise ValueError("13800138000 王女士")
        return {"rows": len(self.windows)}


class OurError(Exception):
    """An error whose words are written here."""


OurError.__module__ = "outreach.planning"


def done(work: Work, days: int = 0, hours: float = 0, **more: Any) -> Counts | None:
    """Ask for the job so many days and hours after noon today."""
    return run(JOB, TODAY + days * DAY, at=NOON + days * DAY + hours * HOUR, work=work, **more)


def test_it_covers_each_day_once() -> None:
    work = Work()

    assert done(work) == {"rows": 1}
    assert done(work, hours=5) is None
    assert done(work, days=1) == {"rows": 2}
    assert done(work, days=4) == {"rows": 3}
    assert work.windows == [
        Window(None, TODAY),
        Window(TODAY + DAY, TODAY + DAY),
        Window(TODAY + 2 * DAY, TODAY + 4 * DAY),
    ]
    row = JobRun.objects.get(job=JOB)
    assert (row.done_to, row.counts, row.failed_at) == (TODAY + 4 * DAY, {"rows": 3}, None)
    assert row.finished_at is not None
    assert row.started_at <= row.finished_at


def test_it_is_repeated_on_the_same_day() -> None:
    work = Work()
    done(work)

    assert done(work, hours=0.9, repeats=HOUR) is None
    assert done(work, hours=1, repeats=HOUR) == {"rows": 2}
    assert done(work, hours=1.5, repeats=HOUR) is None
    assert done(work, hours=1.6, forced=True) == {"rows": 3}
    assert [window.is_repeat for window in work.windows] == [False, True, True]
    assert [window.last_done for window in work.windows] == [None, TODAY, TODAY]


def test_after_the_clock_went_back_today_is_done_and_nothing_waits_for_the_future() -> None:
    work = Work()
    done(work, days=400)

    assert done(work) is not None
    assert done(work, hours=1) is None
    assert done(work, hours=-3, repeats=HOUR) is not None  # the row speaks of an hour that is to come
    assert done(work, days=1) is not None
    assert work.windows[1:] == [Window(TODAY, TODAY), Window(TODAY + DAY, TODAY), Window(TODAY + DAY, TODAY + DAY)]


def test_what_was_done_before_the_clock_went_back_is_not_missed_when_it_is_right_again() -> None:
    work = Work()
    for days in (0, -400, -401, 0, 1):
        done(work, days=days)

    assert [window.first for window in work.windows[1:]] == [
        TODAY - 400 * DAY,
        TODAY - 401 * DAY,
        TODAY,
        TODAY + DAY,
    ]


def test_days_that_were_missed_after_a_clock_that_was_ahead_are_caught_up() -> None:
    work = Work()
    for days in (0, 30, 0, 1, 40):
        done(work, days=days)

    assert [window.first for window in work.windows[2:]] == [TODAY, TODAY + DAY, TODAY + 2 * DAY]


@given(
    st.lists(st.tuples(st.integers(-30, 30), st.booleans()), min_size=1, max_size=40),
)
@settings(max_examples=25, deadline=None)
def test_whatever_the_clock_and_the_errors_no_day_up_to_today_is_left_out(steps: list[tuple[int, bool]]) -> None:
    JobRun.objects.all().delete()
    covered: set[date] = set()
    day, first, last = TODAY, None, None
    for number, (forward, fails) in enumerate(steps):
        day = max(day + forward * DAY, TODAY - 300 * DAY)
        at = NOON + (day - TODAY) * DAY.days + number * HOUR
        work = Work(fails=fails)
        run(JOB, day, at=at, work=work)
        for window in work.windows if not fails else []:
            # The salon is as old as its first day. A clock that was behind is right when a day goes by on it.
            first = day if first is None or last == day - DAY < first else first
            last = day
            begin = window.first or window.today
            covered |= {begin + n * DAY for n in range((window.today - begin).days + 1)}
            assert window.today == day
            assert {first + n * DAY for n in range((day - first).days + 1)} <= covered


def test_an_error_is_kept_without_its_words_and_tried_again_after_five_minutes() -> None:
    bad, good = Work(fails=True), Work()

    assert done(bad) is None
    row = JobRun.objects.get(job=JOB)
    assert (row.error, row.done_to) == ("ValueError", None)
    assert done(good, hours=4 / 60) is None
    assert done(good, hours=6 / 60) == {"rows": 1}
    assert good.windows == [Window(None, TODAY)]
    row.refresh_from_db()
    assert (row.error, row.failed_at) == ("", None)


def test_an_error_of_ours_is_told() -> None:
    def work(_window: Window) -> Counts:
        raise OurError("x" * 500)

    run(JOB, TODAY, at=NOON, work=work)

    assert JobRun.objects.get(job=JOB).error == "OurError: " + "x" * 200


def test_a_failed_repeat_does_not_wait_for_the_next_one() -> None:
    done(Work())
    done(Work(fails=True), hours=2, repeats=2 * HOUR)

    assert done(Work(), hours=2.2, repeats=2 * HOUR) is not None


def test_what_was_cut_off_is_due_again() -> None:
    done(Work())
    JobRun.objects.filter(job=JOB).update(started_at=NOON + HOUR)
    row = JobRun.objects.get(job=JOB)

    assert was_cut_off(row)
    assert is_due(row, TODAY, at=NOON + 2 * HOUR)
    assert done(Work(), hours=2) is not None
    assert not was_cut_off(JobRun.objects.get(job=JOB))


def test_who_asked_is_answered_by_a_run_that_began_later() -> None:
    done(Work())
    JobRun.objects.filter(job=JOB).update(asked_at=NOON + HOUR)

    done(Work(), hours=0.5, forced=True)
    assert JobRun.objects.get(job=JOB).asked_at == NOON + HOUR  # asked while it ran
    done(Work(), hours=2, forced=True)
    assert JobRun.objects.get(job=JOB).asked_at is None


@for_real
def test_a_database_error_leaves_a_connection_that_works() -> None:
    def work(_window: Window) -> Counts:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return {}

    assert run(JOB, TODAY, at=NOON, work=work) is None

    assert JobRun.objects.get(job=JOB).error in ("OperationalError", "InterfaceError")
    assert done(Work(), hours=1) is not None


@for_real
def test_of_many_at_once_one_does_it() -> None:
    work = Work()
    together = Barrier(8)
    told: list[Counts | None] = []

    def one() -> None:
        together.wait()
        told.append(done(work))
        connections.close_all()

    threads = [Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert work.windows == [Window(None, TODAY)]
    assert sorted(map(str, told)) == ["None"] * 7 + ["{'rows': 1}"]


@for_real
def test_nobody_waits_for_a_job_that_is_being_done() -> None:
    begun, end = Event(), Event()

    def slow(_window: Window) -> Counts:
        begun.set()
        end.wait(20)
        return {}

    def other() -> None:
        run(JOB, TODAY, at=NOON, work=slow)
        connections.close_all()

    thread = Thread(target=other)
    thread.start()
    assert begun.wait(20)
    try:
        assert done(Work(), forced=True) is None
        assert run("tests.other", TODAY, at=NOON, work=Work()) is not None
    finally:
        end.set()
        thread.join()
    assert done(Work(), hours=1, forced=True) is not None


KILLED = """
import os, sys, django
django.setup()
from datetime import date, datetime, UTC
from django.db import connection
from staff.jobs import run
connection.settings_dict["NAME"] = sys.argv[1]

def work(window):
    print("at work", flush=True)
    import time; time.sleep(60)
    return {}

run("tests.work", date(2026, 11, 22), at=datetime(2026, 11, 22, 4, tzinfo=UTC), work=work)
"""


@for_real
def test_who_is_killed_lets_go_and_the_next_one_does_the_same_days() -> None:
    done(Work(), days=-3)
    words = [sys.executable, "-c", KILLED, str(connection.settings_dict["NAME"])]
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"}
    with subprocess.Popen(words, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"at work"
        assert done(Work()) is None
        process.send_signal(signal.SIGKILL)
    _wait_until_free()
    work = Work()

    assert done(work) == {"rows": 1}
    assert work.windows == [Window(TODAY - 2 * DAY, TODAY)]


def _wait_until_free() -> None:
    for _try in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = %s", [LOCKS])
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)
    raise AssertionError("the lock of a killed process is still held")


def test_the_lock_is_given_back_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), only_one(JOB):
        raise ZeroDivisionError
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("minutes", "stopped"), [(0, False), (4, False), (5, True), (90, True), (-4, False), (-600, True)]
)
def test_timed_work_has_stopped_after_five_minutes(minutes: int, stopped: bool) -> None:
    assert (stopped_for(NOON, NOON + timedelta(minutes=minutes)) is not None) is stopped


def test_a_new_salon_waits_for_the_first_tick() -> None:
    assert stopped_for(None, NOON) is None
    wait_for_life(NOON)
    row = JobRun.objects.get(job="tick")
    assert (row.started_at, row.finished_at) == (NOON, None)
    show_life(NOON + HOUR)
    wait_for_life(NOON + 2 * HOUR)
    row.refresh_from_db()
    assert row.finished_at == NOON + HOUR
