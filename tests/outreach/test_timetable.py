"""The tick: what is due is done, in order, once; one failing job keeps no other from being done."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from threading import Barrier, Event, Thread
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

from clients.models import Client
from outreach import timetable
from outreach.models import ContactTask, JobTime
from outreach.timetable import JOBS, MORNING, NIGHT, Job
from staff.jobs import TICK, Counts, Window, only_one
from staff.models import JobRun, Salon
from staff.roles import Role
from tests.frontdesk import cast

pytestmark = pytest.mark.django_db
for_real = pytest.mark.django_db(transaction=True, serialized_rollback=True)

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)  # in Shanghai
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
ALWAYS = {job.code for job in JOBS if job.always}


@pytest.fixture(autouse=True)
def shanghai() -> None:
    Salon.load()


class Book:
    """Notes which jobs ran, with which windows and at what moments."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, Window, datetime]] = []

    def job(self, code: str, not_before: time = NIGHT, *, fails: bool = False, repeats: timedelta | None = None) -> Job:
        def work(window: Window, at: datetime) -> Counts:
            self.lines.append((code, window, at))
            if fails:
                raise ZeroDivisionError
            return {"rows": 1}

        return Job(code, code, not_before, repeats, work)

    @property
    def codes(self) -> list[str]:
        return [code for code, _window, _at in self.lines]

    @property
    def days(self) -> list[date]:
        return [window.today for _code, window, _at in self.lines]


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Book]:
    """`book("a", "b")`: a timetable of these jobs instead of the house's own."""

    def make(*jobs: str, not_before: time = NIGHT, failing: str = "", repeats: timedelta | None = None) -> Book:
        made = Book()
        told = [made.job(code, not_before, fails=code == failing, repeats=repeats) for code in jobs]
        monkeypatch.setattr(timetable, "JOBS", tuple(told))
        return made

    return make


# The house's own timetable.


def test_everything_is_done_in_order_and_then_only_what_each_tick_does() -> None:
    assert list(timetable.tick(NOON)) == [job.code for job in JOBS]
    assert set(timetable.tick(NOON + MINUTE)) == ALWAYS
    assert not JobRun.objects.exclude(error="").exists()


def test_contacts_are_planned_after_what_they_are_planned_by_and_before_they_are_sent() -> None:
    codes = [job.code for job in JOBS]
    reviewed, sent = codes.index("loyalty.review_tiers"), codes.index("outreach.queue")
    kinds = [codes.index(f"outreach.{kind}") for kind in ("birthday", "gift", "follow_up", "dormant", "points_lapsing")]

    assert reviewed < min(kinds)
    assert max(kinds) < codes.index("outreach.sweep") < codes.index("loyalty.check_books") < sent
    assert codes[-2:] == ["outreach.queue", "outreach.drain"]
    assert len(set(codes)) == len(codes)
    assert {job.usual for job in JOBS} <= {NIGHT, MORNING}


def test_a_birthday_entered_today_is_on_the_list_within_the_hour() -> None:
    timetable.tick(NOON)
    cast.client("王丽华", birthday_month=11, birthday_day=22)

    timetable.tick(NOON + HOUR)

    task = ContactTask.objects.get()
    assert (task.kind, task.due_on, task.belated_days) == ("birthday", TODAY, 0)


def test_after_three_days_without_a_tick_what_was_missed_is_there_once() -> None:
    timetable.tick(NOON - 4 * DAY)
    for day in (19, 20, 21, 22):
        cast.client(f"王{day}", birthday_month=11, birthday_day=day)

    for minutes in (0, 1, 61, 122):
        timetable.tick(NOON + minutes * MINUTE)

    found = ContactTask.objects.order_by("planned_for").values_list("planned_for", "belated_days", "due_on")
    assert list(found) == [(TODAY - days * DAY, days, TODAY) for days in (3, 2, 1, 0)]


# When a job is due.


def test_it_waits_for_its_hour(book: Callable[..., Book]) -> None:
    told = book("a", not_before=time(14))
    timetable.tick(NOON - DAY)  # for the first time: at once

    timetable.tick(NOON + 2 * HOUR - MINUTE)
    assert told.days == [TODAY - DAY]
    timetable.tick(NOON + 2 * HOUR)
    assert told.days == [TODAY - DAY, TODAY]


def test_what_an_earlier_day_left_undone_does_not_wait(book: Callable[..., Book]) -> None:
    told = book("a", not_before=time(23))
    timetable.tick(NOON - 2 * DAY)

    timetable.tick(NOON)

    assert told.lines[1][1] == Window(TODAY - DAY, TODAY)


def test_the_salon_says_when_and_whether(book: Callable[..., Book]) -> None:
    told = book("a", "b")
    timetable.tick(NOON - DAY)
    JobTime.objects.create(job="a", not_before=time(15))
    JobTime.objects.create(job="b", not_before=time(0), is_on=False)

    timetable.tick(NOON)
    assert told.codes == ["a", "b"]
    timetable.tick(NOON + 3 * HOUR)
    assert told.codes == ["a", "b", "a"]
    timetable.run_due(TODAY, NOON + 4 * HOUR)
    assert told.codes == ["a", "b", "a", "a"]


def test_who_asks_gets_it_at_once_once_and_although_it_is_switched_off(book: Callable[..., Book]) -> None:
    told = book("a", "b")
    timetable.tick(NOON)
    JobTime.objects.create(job="b", not_before=time(0), is_on=False)
    admin = cast.staff(Role.ADMIN)

    for code in ("a", "b"):
        timetable.ask_for(code, by=admin, at=NOON + MINUTE)
    timetable.tick(NOON + 2 * MINUTE)
    timetable.tick(NOON + 3 * MINUTE)

    assert told.codes == ["a", "b", "a", "b"]
    assert told.lines[2][1].is_repeat


def test_one_failing_job_keeps_no_other_from_being_done(book: Callable[..., Book]) -> None:
    told = book("a", "b", "c", failing="b")

    assert list(timetable.tick(NOON)) == ["a", "c"]
    assert timetable.failed_since(NOON) == ["b"]
    assert list(timetable.tick(NOON + MINUTE)) == []
    timetable.tick(NOON + 6 * MINUTE)
    assert told.codes == ["a", "b", "c", "b"]


def test_what_was_cut_off_comes_last(book: Callable[..., Book]) -> None:
    told = book("a", "b", "c")
    JobRun.objects.create(job="a", started_at=NOON - MINUTE)

    timetable.tick(NOON)

    assert told.codes == ["b", "c", "a"]


@for_real
def test_a_tick_that_overlaps_another_returns_at_once(book: Callable[..., Book]) -> None:
    Salon.load()
    told = book("a")
    holds, end = Event(), Event()

    def other() -> None:
        with only_one(TICK):
            holds.set()
            end.wait(20)
        connections.close_all()

    thread = Thread(target=other)
    thread.start()
    assert holds.wait(20)
    try:
        assert timetable.tick(NOON) == {}
    finally:
        end.set()
        thread.join()
    assert told.codes == []
    assert list(timetable.tick(NOON)) == ["a"]


@for_real
def test_many_ticks_and_runs_by_hand_at_once_make_everything_once() -> None:
    Salon.load()
    for day in (19, 20, 21, 22):
        cast.client(f"王{day}", birthday_month=11, birthday_day=day)
    together = Barrier(6)

    def one(number: int) -> None:
        together.wait()
        for minutes in range(3):
            if number % 2:
                timetable.run_due(TODAY, NOON + minutes * MINUTE)
            else:
                timetable.tick(NOON + minutes * MINUTE)
        connections.close_all()

    threads = [Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(ContactTask.objects.values_list("planned_for", flat=True)) == [TODAY - n * DAY for n in (3, 2, 1, 0)]
    assert not JobRun.objects.exclude(error="").exists()


# P6: the right day, wherever the computer is and whatever its clock does.


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("around", [TODAY, date(2026, 3, 8), date(2026, 11, 1), date(2028, 2, 29), date(2026, 12, 31)])
def test_each_minute_belongs_to_the_salons_own_day(book: Callable[..., Book], zone: str, around: date) -> None:
    Salon.objects.update(time_zone=zone)
    told = book("a", not_before=time(0))
    begin = datetime.combine(around, time(), tzinfo=UTC) - 12 * HOUR
    for minutes in (*range(0, 36 * 60, 45), 719, 720, 721):
        with timezone.override("America/New_York"):
            timetable.tick(begin + minutes * MINUTE)

    local = {(begin + minutes * MINUTE).astimezone(ZoneInfo(zone)).date() for minutes in range(0, 36 * 60, 45)}
    assert set(told.days) == local
    assert all(window.today == at.astimezone(ZoneInfo(zone)).date() for _code, window, at in told.lines)


@pytest.mark.parametrize("jump", [HOUR, -HOUR, DAY, -DAY, -400 * DAY, 400 * DAY])
def test_a_clock_that_jumps_and_comes_back_leaves_the_same_contacts(jump: timedelta) -> None:
    for day in range(18, 27):
        cast.client(f"王{day}", birthday_month=11, birthday_day=day)
    timetable.tick(NOON - DAY)
    timetable.tick(NOON + jump)
    for days in range(3):
        timetable.tick(NOON + days * DAY + 2 * HOUR)

    last = TODAY + 2 * DAY
    found = ContactTask.objects.filter(status="open", planned_for__range=(TODAY - DAY, last))
    assert sorted(found.values_list("planned_for", flat=True)) == [TODAY + n * DAY for n in range(-1, 3)]


# Without beat, worker and broker.


def told_by(*words: str) -> str:
    out = StringIO()
    call_command("run_due", *words, stdout=out)
    return out.getvalue()


def test_run_due_does_what_a_tick_does(book: Callable[..., Book]) -> None:
    told = book("a")

    assert told_by() == "a: rows 1\n"
    assert told_by() == ""
    assert told_by("--now") == "a: rows 1\n"
    assert len(told.lines) == 2
    assert JobRun.objects.get(job=TICK).finished_at is not None


def test_run_due_for_a_day(book: Callable[..., Book]) -> None:
    told = book("a", not_before=time(23, 59))
    with timezone.override("Asia/Shanghai"):
        yesterday, tomorrow = timezone.localdate() - DAY, timezone.localdate() + DAY

    told_by("--date", yesterday.isoformat())
    assert told.days == [yesterday]
    with pytest.raises(CommandError, match="not come yet"):
        told_by("--date", tomorrow.isoformat())


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31"])
def test_run_due_refuses_days_before_any_salon(book: Callable[..., Book], day: str) -> None:
    told = book("a")
    with pytest.raises(CommandError, match="No salon can have been open"):
        told_by("--date", day)
    assert told.days == []
    told_by("--date", "2000-01-01")
    assert told.days == [date(2000, 1, 1)]


def test_run_due_says_what_failed(book: Callable[..., Book]) -> None:
    book("a", "b", failing="a")

    with pytest.raises(CommandError, match=r"a$"):
        told_by()
    assert JobRun.objects.get(job="b").done_to is not None


def test_a_tick_of_an_idle_salon_asks_little(django_assert_max_num_queries: Callable[..., object]) -> None:
    timetable.tick(NOON)

    with django_assert_max_num_queries(60):  # type: ignore[attr-defined]
        timetable.tick(NOON + MINUTE)
    assert Client.objects.count() == 0
