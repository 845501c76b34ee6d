"""A visit is recorded whole or not at all, and never twice, even if Postgres is killed under the counters (P11)."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Salon:
    """A salon of its own with a database of its own, so that killing it hurts no other test."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.env = os.environ | {"SALON_VAR": str(var), "DJANGO_SETTINGS_MODULE": "salon_crm.settings"}
        for name in ("DATABASE_URL", "REDIS_URL"):
            self.env.pop(name, None)

    def manage(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=ROOT, env=self.env, capture_output=True, text=True, check=False)

    def counter(self, number: int, visits: int) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "tests.faults.writer", str(number), str(visits)]
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=subprocess.PIPE, text=True)

    def kill_postgres(self) -> None:
        postmaster = int((self.var / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)

    def counts(self, sql: str) -> list[str]:
        asked = (
            "from django.db import connection as c; k = c.cursor(); "
            f"k.execute({sql!r}); print('\\n'.join('ROW ' + '|'.join(map(str, r)) for r in k.fetchall()))"
        )
        answer = self.manage("shell", "-v", "0", "-c", asked)
        assert answer.returncode == 0, answer.stderr
        return [line[4:] for line in answer.stdout.splitlines() if line.startswith("ROW ")]


@pytest.fixture
def salon(tmp_path: Path) -> Iterator[Salon]:
    tmp_path.chmod(0o755)  # the database may run as another user when the tests run as root
    salon = Salon(tmp_path / "salon")
    for words in (("services", "start"), ("migrate", "-v", "0"), ("load_sample", "--clients", "40", "--visits", "80")):
        done = salon.manage(*words)
        assert done.returncode == 0, done.stdout + done.stderr
    yield salon
    salon.manage("services", "stop")


@pytest.mark.startup
@pytest.mark.parametrize(
    ("counters", "visits", "kills"), [(4, 40, 3), pytest.param(8, 1000, 20, marks=pytest.mark.drill)]
)
def test_killing_postgres_loses_and_doubles_nothing(salon: Salon, counters: int, visits: int, kills: int) -> None:
    before = int(salon.counts("SELECT count(*) FROM visits_visit")[0])
    running = [salon.counter(number, visits) for number in range(counters)]
    seeded = random.Random(11)
    for _kill in range(kills):
        time.sleep(seeded.uniform(0.8, 1.6))
        salon.kill_postgres()
        assert salon.manage("services", "start").returncode == 0
    told = [counter.communicate(timeout=500)[0].split() for counter in running]

    assert [counter.returncode for counter in running] == [0] * counters
    acknowledged = {key for keys in told for key in keys}
    assert len(acknowledged) == counters * visits
    recorded = salon.counts("SELECT checkout_key FROM visits_visit")
    assert acknowledged <= set(recorded)
    assert len(recorded) == before + counters * visits
    halves = (
        "SELECT visit.id FROM visits_visit AS visit WHERE visit.total <> "
        "(SELECT coalesce(sum(amount), 0) FROM visits_payment WHERE visit_id = visit.id) OR visit.gross <> "
        "(SELECT coalesce(sum(unit_price * quantity), 0) FROM visits_visitline WHERE visit_id = visit.id)"
    )
    assert salon.counts(halves) == []
    assert salon.manage("check_points").returncode == 0
