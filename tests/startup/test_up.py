"""The whole program, really started: it answers, survives kill -9, and leaves nothing behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from salon_crm.running import answers
from tests.ports import free_port

pytestmark = pytest.mark.startup
SETTINGS_OF_TESTS = {"DJANGO_SETTINGS_MODULE", "DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SALON_KEYS", "HTTPS"}


@pytest.fixture
def var() -> Iterator[Path]:
    """An empty data folder with a space and Chinese characters in its name, where the database's user can reach it."""
    outer = Path(tempfile.mkdtemp(dir=settings.SALON_VAR))
    outer.chmod(0o755)
    folder = outer / "沙龙 test"
    folder.mkdir()
    yield folder
    run(folder, "services", "stop")
    shutil.rmtree(outer)


@pytest.fixture
def port() -> int:
    return free_port()


def command(*words: str) -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), *words]


def environment(var: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_TESTS}
    return kept | {"SALON_VAR": str(var)}


def run(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), env=environment(var), capture_output=True, text=True, timeout=60)


class Up:
    """`manage.py up` in a process of its own."""

    def __init__(self, var: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}/healthz"
        self.told = var.parent / "told.txt"
        with self.told.open("w") as told:
            self.process = subprocess.Popen(
                command("up", "--port", str(port)), env=environment(var), stdout=told, stderr=told
            )

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: "is ready" in self.told.read_text())

    def wait_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not done():
            assert self.process.poll() is None, self.told.read_text()
            assert time.monotonic() < deadline, self.told.read_text()
            time.sleep(0.1)

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def processes_of(var: Path) -> list[str]:
    """The command lines of all processes that were started for the folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(var).encode() in words and process.name != str(os.getpid()):
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def send_raw(port: int, line: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sent:
        sent.sendall(line + b"\r\n\r\n")
        return sent.recv(4096)


def test_it_starts_survives_a_kill_and_ends_with_ctrl_c(var: Path, port: int) -> None:
    first = Up(var, port)
    first.wait_until_ready()
    assert answers(first.url)
    assert b"400" in send_raw(port, b"GET /search/?q=13900002222")  # no request line: gunicorn tells its log of it
    told = (var / "logs" / "web.log").read_text()
    assert "Invalid HTTP request line" in told
    assert "13900002222" not in told

    second = run(var, "up", "--port", str(port + 1))
    assert second.returncode == 1
    assert "already running" in second.stderr

    first.end(signal.SIGKILL)
    again = Up(var, port)
    again.wait_until_ready()
    assert answers(again.url)

    for process in (var / ".up").read_text().split():  # the web server and the worker
        os.kill(int(process), signal.SIGKILL)
    again.wait_until(lambda: again.told.read_text().count("starting it again") == 2 and answers(again.url))

    assert again.end(signal.SIGINT) == 0
    assert not answers(again.url)
    if Path("/proc/self").exists():
        assert processes_of(var) == []


def test_a_taken_port_is_named_and_nothing_stays_behind(var: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        refused = run(var, "up", "--demo", "--port", str(taken))

    assert refused.returncode == 1
    assert f"Port {taken} is taken" in refused.stderr
    assert "PORT=" in refused.stderr
    assert "make demo" in refused.stderr
    if Path("/proc/self").exists():
        assert processes_of(var) == []


def test_four_at_once_start_one_database_and_one_broker(var: Path) -> None:
    starts = [
        subprocess.Popen(command("services", "start"), env=environment(var), stdout=subprocess.PIPE) for _ in range(4)
    ]
    assert [start.wait(60) for start in starts] == [0, 0, 0, 0]

    running = [line for line in processes_of(var) if "-D" in line or "unixsocket" in line]
    if Path("/proc/self").exists():
        assert len([line for line in running if "postgres" in line]) == 1
        assert len([line for line in running if "valkey" in line]) == 1


def test_a_killed_database_comes_back(var: Path) -> None:
    run(var, "services", "start")
    postmaster = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)

    started = run(var, "services", "start")

    assert started.returncode == 0, started.stderr
    assert "postgres: running" in started.stdout


def test_keys_are_never_made_anew_beside_a_database(var: Path) -> None:
    (var / "postgres").mkdir()
    (var / "postgres" / "PG_VERSION").write_text("18\n")

    refused = run(var, "services", "status")

    assert refused.returncode == 1
    assert "salon_keys is missing" in refused.stderr
    (var / "postgres" / "PG_VERSION").unlink()


def test_secrets_are_for_their_owner_only(var: Path) -> None:
    run(var, "services", "status")

    assert {(var / name).stat().st_mode & 0o777 for name in ("secret_key", "salon_keys")} == {0o600}
