"""The salon's day, whatever the machine's clock and zone do. Promise P6."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from clients.models import Client
from loyalty.models import VoucherKind
from outreach.models import ContactTask
from outreach.planning import birthdays
from staff import jobs
from staff.clock import salon_time
from staff.jobs import Counts, Window
from tests.loyalty.books import TODAY, came, client, days_before, noon
from tests.loyalty.gifts import given
from tests.outreach.living import PLANS

pytestmark = pytest.mark.django_db
DAYS = 20


@pytest.fixture
def machine_zone() -> Iterator[Callable[[str], None]]:
    """`machine_zone("America/New_York")` is what a container's TZ does."""
    before = os.environ.get("TZ")

    def put(zone: str | None) -> None:
        if zone is None:
            os.environ.pop("TZ", None)
        else:
            os.environ["TZ"] = zone
        time.tzset()

    yield put
    put(before)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_each_minute_belongs_to_the_salons_day(zone: str, machine_zone: Callable[[str], None]) -> None:
    """On the day on which New York's clocks go forward."""
    machine_zone(zone)
    people = Client.objects.bulk_create(
        Client(name="王丽华", birthday_month=3, birthday_day=day) for day in range(6, 11)
    )
    start = datetime(2026, 3, 7, 12, tzinfo=UTC)  # 20:00 in Shanghai
    with salon_time():
        for minute in range(2 * 1440):
            at = start + timedelta(minutes=minute)
            today = timezone.localdate(at)
            assert today == (at + timedelta(hours=8)).date()
            if minute % 60 == 0 or 230 < minute % 1440 < 250:  # every minute about midnight
                run(birthdays.plan, "outreach.birthday", today, at)
    found = ContactTask.objects.filter(client__in=people, planned_for__gt=date(2026, 3, 7))
    told = set(found.values_list("planned_for", "due_on", "belated_days", "created_at"))
    midnights = {date(2026, 3, day): datetime(2026, 3, day - 1, 16, tzinfo=UTC) for day in (8, 9)}
    assert told == {(day, day, 0, at) for day, at in midnights.items()}


def tick(today: date) -> None:
    """What a tick on this day plans, each kind with the mark of its own."""
    for number, plan in enumerate(PLANS):
        run(plan, f"plan {number}", today, noon(today))


def run(plan: Callable[[Window, datetime], Counts], job: str, today: date, at: datetime) -> None:
    jobs.run(job, today, at=at, work=lambda window: plan(window, at))


def someone_of_each_kind() -> None:
    """Who is due something on the days that follow."""
    for number in range(DAYS):
        on = TODAY + timedelta(days=number)
        client(birthday_month=on.month, birthday_day=on.day)
        friend = client()
        friend.memorable_days.create(label="结婚纪念日", month=on.month, day=on.day)
        came(client(), "468", days_before(number))
        came(client(), "468", on.replace(month=on.month - 6) if on.month > 6 else on)
        given(friend, VoucherKind.objects.all()[0], on=days_before(60), expires_on=on + timedelta(days=14))


def listed() -> set[tuple[object, ...]]:
    """The list up to the last of those days. Who does it is left out: what was skipped was nobody's, and stays so.

    When it is due is left out for what was belated on the first day: a clock that is behind takes that for its own day.
    """
    found = ContactTask.objects.filter(planned_for__lt=TODAY + timedelta(days=DAYS))
    belated = found.filter(planned_for__lt=TODAY).values_list("client", "kind", "planned_for", "status", "because")
    on_time = found.filter(planned_for__gte=TODAY).values_list(
        "client", "kind", "planned_for", "due_on", "belated_days", "status", "because"
    )
    return set(belated) | set(on_time)


@pytest.mark.parametrize("jump", [1, 3, 40, -1, -3, -400])
def test_a_clock_that_jumps_and_comes_back_changes_nothing(jump: int) -> None:
    someone_of_each_kind()
    days = [TODAY + timedelta(days=number) for number in range(DAYS)]
    clean = _list_after(days)
    assert len(clean) >= 3 * DAYS
    assert _list_after([*days[:5], days[4] + timedelta(days=jump), *days[5:]]) == clean


def _list_after(days: list[date]) -> set[tuple[object, ...]]:
    with transaction.atomic():
        for day in days:
            tick(day)
        found = listed()
        transaction.set_rollback(True)
    return found
