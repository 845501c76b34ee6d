"""`manage.py up`: the whole program with one command, and all of it ended with Ctrl-C."""

import contextlib
import errno
import hashlib
import signal
import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from clients.models import Client
from salon_crm import catalogue, running
from staff.encryption_check import check_keys

DEMO_ACCOUNTS = {
    "qiantai": "front desk 前台",
    "meirong": "beautician 美容师",
    "dianzhang": "manager 店长",
    "admin": "admin 管理员",
}
DEMO_PASSWORD = "salon-demo"  # noqa: S105 - printed for everybody who tries the program out
FOR_TRYING_OUT = """
The database and the broker that run here are built in, for trying out. For real data take a real Postgres, either
  docker compose up -d                                                everything in containers, or
  DATABASE_URL=postgres://... REDIS_URL=redis://... make start        with servers of your own.
docs/running.md has the steps for both."""
READY_WITHIN = 60  # seconds


class Stopped(Exception):
    """Somebody pressed Ctrl-C, closed the terminal or ended the process."""


class Command(BaseCommand):
    help = "Start everything: database, broker, web, worker and beat. Ctrl-C stops all of it."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the sample salon when there are no clients yet")
        parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
        parser.add_argument("--port", type=_port, default=8000)

    def handle(self, *args: Any, demo: bool, host: str, port: int, **options: Any) -> None:
        run = running.Running(settings.SALON_VAR)
        if not run.claim():
            sys.exit(f"Salon CRM is already running on {settings.SALON_VAR}. Stop that one first.")
        if refusal := running.refusal_to_listen(host, port):
            _explain(refusal, host, port, make="demo" if demo else "start")
        with contextlib.suppress(Stopped), contextlib.ExitStack() as stack:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, _stop)
            self._prepare(stack, demo=demo)
            stack.callback(run.stop)
            stack.callback(self._say, "Stopping ...")
            self._serve(run, host=host, port=port)
            self._welcome(host, port, demo=demo)
            self._watch(run)
        self._say("Stopped.")

    def _prepare(self, stack: contextlib.ExitStack, *, demo: bool) -> None:
        if settings.EMBEDDED:
            stack.callback(settings.EMBEDDED.stop)
            with self._step("Starting the built-in database and broker"):
                settings.EMBEDDED.start()
        with self._step("Bringing the database up to date"):
            call_command("migrate", interactive=False, verbosity=0)
        try:
            check_keys()
        except ImproperlyConfigured as wrong_key:
            sys.exit(str(wrong_key))
        catalogue.compile_translations()
        stamp = settings.STATIC_ROOT / ".collected"
        state = _state_of_static_files()
        if not stamp.exists() or stamp.read_text() != state:
            with self._step("Collecting styles and pictures"):
                call_command("collectstatic", interactive=False, verbosity=0, clear=True)
                stamp.write_text(state)
        if demo and not Client.objects.exists():
            self._say("Loading the sample salon ...")
            call_command("load_sample", "--no-accounts", stdout=self.stdout)
        connection.close()

    def _serve(self, run: running.Running, *, host: str, port: int) -> None:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        env = {"SALON_VAR": str(settings.SALON_VAR), "ALLOWED_HOSTS": ",".join({*settings.ALLOWED_HOSTS, host})}
        with self._step("Starting web server and worker"):
            run.start(
                *("web", "gunicorn", "salon_crm.wsgi", "--bind", address, "--worker-class", "gthread"),
                *("--workers", "2", "--threads", "4", "--timeout", "60", "--no-control-socket"),
                env=env,
            )
            run.start(
                *("worker", "celery", "-A", "salon_crm", "worker", "--beat", "--concurrency", "1"),
                *("--schedule", str(settings.SALON_VAR / "beat-schedule"), "--loglevel", "WARNING"),
                *("--without-gossip", "--without-mingle"),
                env=env,
            )
            deadline = time.monotonic() + READY_WITHIN
            while not running.answers(f"http://{address}/healthz"):
                _refuse_if_ended(run)
                if time.monotonic() > deadline:
                    sys.exit(f"The web server does not answer. It said:\n{_tail(run.log('web'))}")
                time.sleep(0.1)

    def _welcome(self, host: str, port: int, *, demo: bool) -> None:
        lines = ["", f"Salon CRM is ready:  http://{host}:{port}/"]
        if demo:
            lines += ["", f"Sign in with the password {DEMO_PASSWORD} as"]
            lines += [f"  {name:<10} {who}" for name, who in DEMO_ACCOUNTS.items()]
        else:
            lines += ["On an empty database the first page makes the owner's account."]
        if settings.EMBEDDED:
            lines += [FOR_TRYING_OUT]
        lines += ["", f"Data: {settings.SALON_VAR}    Ctrl-C ends everything."]
        self._say("\n".join(lines))

    def _watch(self, run: running.Running) -> None:
        while True:
            if name := run.ended_by_itself():
                self._say(f"The {name} process ended by itself; starting it again ...")
                if not run.start_again(name):
                    _refuse_if_ended(run)
            if settings.EMBEDDED and not all(settings.EMBEDDED.status().values()):
                self._say("The database or the broker ended by itself; starting it again ...")
                settings.EMBEDDED.start()
            time.sleep(0.5)

    @contextlib.contextmanager
    def _step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"{what} ...", ending="")
        self.stdout.flush()  # a redirected stdout is buffered
        try:
            yield
        except BaseException:
            self._say("")
            raise
        self._say(f" {time.monotonic() - began:.1f} s")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _explain(refusal: OSError, host: str, port: int, *, make: str) -> NoReturn:
    if refusal.errno != errno.EADDRINUSE:
        sys.exit(f"Cannot listen on {host}, port {port}: {refusal.strerror}.")
    free = next(other for other in range(8010, 65536) if not running.refusal_to_listen(host, other))
    sys.exit(f"Port {port} is taken by another program. Choose another:  PORT={free} make {make}")


def _port(text: str) -> int:
    port = int(text)
    if not 1 <= port <= 65535:
        raise ArgumentTypeError(f"{port} is no port: they go from 1 to 65535")
    return port


def _stop(number: int, frame: FrameType | None) -> None:
    for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # a second Ctrl-C must not leave servers behind
    raise Stopped


def _refuse_if_ended(run: running.Running) -> None:
    if name := run.ended_by_itself():
        sys.exit(f"The {name} process ended by itself. It said:\n{_tail(run.log(name))}")


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-15:])


def _state_of_static_files() -> str:
    """A digest that changes when any file does that `collectstatic` would collect."""
    digest = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            found = Path(storage.path(path)).stat()
            digest.update(f"{path} {found.st_mtime_ns} {found.st_size}\n".encode())
    return digest.hexdigest()
