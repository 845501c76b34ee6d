"""A visit is recorded whole or not at all, and never twice, even if Postgres is killed under the counters (P11)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from tests.faults.conftest import NewSalon
from tests.faults.whole_salon import ROOT, WholeSalon


@pytest.fixture
def salon(new_salon: NewSalon) -> Iterator[WholeSalon]:
    with new_salon() as salon:
        salon.run("manage.py", "load_sample", "--clients", "40", "--visits", "80")
        yield salon


def counter(salon: WholeSalon, number: int, visits: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "tests.faults.writer", str(number), str(visits)]
    return subprocess.Popen(command, cwd=ROOT, env=salon.env, stdout=subprocess.PIPE, text=True)


def kill_postgres(salon: WholeSalon) -> None:
    postmaster = int((salon.var / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)


@pytest.mark.startup
@pytest.mark.parametrize(
    ("counters", "visits", "kills"), [(4, 40, 3), pytest.param(8, 1000, 20, marks=pytest.mark.drill)]
)
def test_killing_postgres_loses_and_doubles_nothing(salon: WholeSalon, counters: int, visits: int, kills: int) -> None:
    before = salon.rows("SELECT count(*) FROM visits_visit")[0][0]
    running = [counter(salon, number, visits) for number in range(counters)]
    seeded = random.Random(11)
    for _kill in range(kills):
        time.sleep(seeded.uniform(0.8, 1.6))
        kill_postgres(salon)
        salon.run("manage.py", "services", "start")
    told = [one.communicate(timeout=500)[0].split() for one in running]

    assert [one.returncode for one in running] == [0] * counters
    acknowledged = {key for keys in told for key in keys}
    assert len(acknowledged) == counters * visits
    recorded = [key for (key,) in salon.rows("SELECT checkout_key::text FROM visits_visit")]
    assert acknowledged <= set(recorded)
    assert len(recorded) == before + counters * visits
    halves = (
        "SELECT visit.id FROM visits_visit AS visit WHERE visit.total <> "
        "(SELECT coalesce(sum(amount), 0) FROM visits_payment WHERE visit_id = visit.id) OR visit.gross <> "
        "(SELECT coalesce(sum(unit_price * quantity), 0) FROM visits_visitline WHERE visit_id = visit.id)"
    )
    assert salon.rows(halves) == []
    salon.run("manage.py", "check_points")
