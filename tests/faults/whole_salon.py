"""A salon with a database and a broker of its own, with real workers and beats that can be killed."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2  # type: ignore[import-untyped]

from salon_crm.embedded import Embedded
from tests.outreach.providers import Reply, Request, alibaba_signature, serving

ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]
# Debian's package libfaketime: the clock of a process without a change to the machine's.
FAKE_CLOCK = next(iter(sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), None)


class Gateway:
    """Alibaba Cloud on this machine. Counts each call as it arrives, before it answers, by the message's key."""

    def __init__(self, seconds: float) -> None:
        self.calls: Counter[str] = Counter()
        self.seconds = seconds
        self.address = ""
        self._lock = threading.Lock()

    def __call__(self, asked: Request) -> Reply:
        if asked.headers["authorization"] != alibaba_signature(asked):
            return 400, {"Code": "SignatureDoesNotMatch"}
        with self._lock:
            self.calls[asked.query["OutId"]] += 1
        time.sleep(self.seconds)
        return 200, {"Code": "OK", "BizId": asked.query["OutId"]}

    @contextlib.contextmanager
    def open(self) -> Iterator["Gateway"]:
        """Serve until the end of the block."""
        with serving(self, keep=False) as provider:
            self.address = provider.address
            yield self


class WholeSalon:
    """The folder of one salon; `tick` is the seconds between two ticks of its beats."""

    def __init__(self, var: Path, *, tick: float = 1.0) -> None:
        self.var = var
        self.var.mkdir()
        settings = {"SALON_VAR": str(var), "DJANGO_SETTINGS_MODULE": "tests.faults.ticking", "TICK_SECONDS": str(tick)}
        dropped = {"DATABASE_URL", "REDIS_URL", "SALON_TESTS_IN", "SECRET_KEY", "SALON_KEYS"}
        self.env = {name: value for name, value in os.environ.items() if name not in dropped} | settings
        self.embedded = Embedded(var)
        self.running: dict[str, Process] = {}
        self.started = 0
        self.clock: dict[str, str] = {}
        self.ahead = timedelta(0)

    def make(self) -> Path:
        """Make its tables; its folder, with the servers stopped."""
        self.run("manage.py", "services", "start")
        self.run("manage.py", "migrate", "-v", "0")
        self.run("manage.py", "services", "stop")
        return self.var

    def open(self, made: Path) -> None:
        """Begin as a copy of the folder `made`, and start its servers."""
        # With the owners: Postgres' files belong to another user when the tests run as root.
        subprocess.run(["cp", "-a", f"{made}/.", self.var], check=True)
        self.run("manage.py", "services", "start")

    def close(self) -> None:
        """Kill what still runs, stop the servers."""
        self.kill_all()
        with contextlib.suppress(OSError):
            os.kill(self.valkey(), signal.SIGCONT)
        self.run("manage.py", "services", "stop")

    def set_clock(self, ahead: timedelta) -> None:
        """Set the clocks of what is run and started here so much ahead, also of what runs already."""
        assert FAKE_CLOCK
        self.ahead = ahead
        file = self.var / "clock"
        file.write_text(f"{ahead.total_seconds():+.0f}")
        self.clock = {"LD_PRELOAD": str(FAKE_CLOCK), "FAKETIME_TIMESTAMP_FILE": str(file)}
        self.clock |= {"FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def now(self) -> datetime:
        """What those clocks show."""
        return datetime.now(UTC) + self.ahead

    def kill_all(self) -> None:
        """kill -9 of every worker and beat."""
        for name in list(self.running):
            self.kill(name)

    def kill(self, name: str) -> None:
        """kill -9 of one of them and its children, and wait until it has gone."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def run(self, *words: str) -> str:
        """Run a Python program of the house in this salon; what it printed."""
        done = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env | self.clock, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def worker(self) -> Process:
        """A worker as `manage.py up` starts it, but without a beat of its own."""
        return self._start("worker", "--concurrency", "1")

    def beat(self) -> Process:
        """One more beat, with a schedule file of its own."""
        return self._start("beat", "--pidfile", "", "--schedule", str(self.var / f"beat-{self.started}"))

    def _start(self, *words: str) -> Process:
        self.started += 1
        name = f"{words[0]}-{self.started}"
        with (self.var / "celery.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "salon_crm", *words],
                cwd=ROOT,
                env=self.env | self.clock | {"PGAPPNAME": name},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.running[name] = process
        return process

    def at_work(self) -> str:
        """The name of the worker that holds the tick; "" when none does."""
        found = self.rows(
            "SELECT application_name FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE locktype = 'advisory' AND application_name LIKE 'worker-%' LIMIT 1"
        )
        return str(found[0][0]) if found else ""

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database answers."""
        settings = self.embedded.database()
        with (
            contextlib.closing(
                psycopg2.connect(
                    host=settings["HOST"], port=settings["PORT"], user=settings["USER"], dbname=settings["NAME"]
                )
            ) as wire,
            wire.cursor() as cursor,
        ):
            cursor.execute(sql, values or None)
            return list(cursor.fetchall())

    def states(self) -> Counter[str]:
        """How many messages are in each state."""
        return Counter(dict(self.rows("SELECT status, count(*) FROM outreach_message GROUP BY 1")))

    def until(self, done: Callable[[], bool], within: float) -> None:
        """Wait until it is so. Fails with the worker's log when it takes longer than so many seconds."""
        deadline = time.monotonic() + within
        while not done():
            assert time.monotonic() < deadline, f"{self.states()}\n{(self.var / 'celery.log').read_text()[-5000:]}"
            time.sleep(0.05)

    def valkey(self) -> int:
        """The broker's process."""
        return int((self.var / "valkey" / "server.pid").read_text())
