"""A real gunicorn: one worker with one thread, so that what a request costs is told apart from what others cost."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings

from benchmarks.settings import ROOT

READY_WITHIN = 60  # seconds
TOKEN = "b" * 32


@dataclass(frozen=True, slots=True)
class Answer:
    """What one request took: ms on the wire, ms of the application's and of Postgres' CPU, queries; status, bytes."""

    wall: float
    app: float
    postgres: float
    queries: int
    status: int
    size: int


class Browser:
    """One keep-alive connection, signed in."""

    def __init__(self, port: int, session: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        self.headers = {"Cookie": f"sessionid={session}; csrftoken={TOKEN}"}

    def get(self, path: str, *, part: bool = False) -> Answer:
        """Ask for a page; for a part of it as htmx does."""
        return self._ask("GET", path, None, self.headers | ({"HX-Request": "true"} if part else {}))

    def post(self, path: str, form: dict[str, str]) -> Answer:
        """Send a form."""
        headers = self.headers | {"Content-Type": "application/x-www-form-urlencoded"}
        return self._ask("POST", path, urlencode(form | {"csrfmiddlewaretoken": TOKEN}), headers)

    def _ask(self, method: str, path: str, body: str | None, headers: dict[str, str]) -> Answer:
        began = time.perf_counter()
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        wall = (time.perf_counter() - began) * 1000
        told = response.headers
        return Answer(
            wall,
            int(told.get("X-App", 0)) / 1e6,
            int(told.get("X-Postgres", 0)) / 1e6,
            int(told.get("X-Queries", 0)),
            response.status,
            len(content),
        )


@contextmanager
def serving(database: str, session: str) -> Iterator[Browser]:
    """A server on that database, and a signed-in browser."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    surroundings = os.environ | {"BENCH_DATABASE": database, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    command = [sys.executable, "-m", "gunicorn", "salon_crm.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--threads", "1", "--worker-class", "gthread", "--keep-alive", "120"]
    command += ["--no-control-socket", "--log-level", "warning"]
    with open(settings.SALON_VAR / "server.log", "w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=surroundings, stderr=log)
        try:
            yield _ready(port, session, server)
        finally:
            print(f"memory of the worker: {memory_of(server.pid):.0f} MB")
            server.terminate()
            server.wait(30)


def _ready(port: int, session: str, server: "subprocess.Popen[bytes]") -> Browser:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            browser = Browser(port, session)
            if browser.get("/bare/empty/").status == 200:
                return browser
            sys.exit("The server answers, but the sign-in did not hold.")
        except OSError:
            time.sleep(0.2)
    sys.exit("The server did not start.")


def memory_of(server: int) -> float:
    """MB of the resident memory of a process' first child, the worker; 0 where the system does not tell."""
    try:
        worker = Path(f"/proc/{server}/task/{server}/children").read_text().split()[0]
        lines = Path(f"/proc/{worker}/status").read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))
    except (OSError, IndexError, StopIteration):
        return 0.0
