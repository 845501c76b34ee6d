"""Work that is due once a day."""

from datetime import date, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.utils import timezone

from staff.daily import DONE_FOR, once_a_day
from staff.models import JobRun

TODAY = date(2026, 11, 22)
JOB = "tests.work"


def _noted(done: list[date], today: date) -> dict[str, int]:
    done.append(today)
    return {"rows": len(done)}


@pytest.mark.django_db
def test_it_is_done_once_a_day_and_again_the_next() -> None:
    done: list[date] = []
    for day in (TODAY, TODAY, TODAY + timedelta(days=1)):
        once_a_day(JOB, day, at=timezone.now(), work=lambda today: _noted(done, today))

    assert done == [TODAY, TODAY + timedelta(days=1)]
    assert JobRun.objects.get(job=JOB).counts[DONE_FOR] == "2026-11-23"


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_what_failed_half_way_is_not_marked_and_done_again() -> None:
    def fails(today: date) -> dict[str, int]:
        JobRun.objects.create(job="tests.half", started_at=timezone.now())
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        once_a_day(JOB, TODAY, at=timezone.now(), work=fails)

    assert not JobRun.objects.filter(job="tests.half").exists()
    assert once_a_day(JOB, TODAY, at=timezone.now(), work=lambda today: {"rows": 3}) == {"rows": 3}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_at_once_one_does_it() -> None:
    JobRun.objects.create(job=JOB, started_at=timezone.now())
    done: list[date] = []
    together = Barrier(8)

    def one() -> None:
        together.wait()
        once_a_day(JOB, TODAY, at=timezone.now(), work=lambda today: _noted(done, today))
        connection.close()

    threads = [Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert done == [TODAY]
