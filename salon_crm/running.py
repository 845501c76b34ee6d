"""The web server and the worker as child processes of `manage.py up`: started, watched, ended."""

import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from django.conf import settings

MARK = "salon_crm"  # stands in the command line of every process started here
MAX_LOG_BYTES = 10 * 1024 * 1024
# Started again so often within so many seconds, a process has a fault that starting it does not mend.
STARTS, WITHIN = 5, 300


class Running:
    """One run of the program over one folder. A second one over the same folder is refused."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {}
        self._started: dict[str, deque[float]] = {}
        self._claim: IO[str] | None = None

    def claim(self) -> bool:
        """Take the folder for this process; False when another `up` has it. Ends what a killed one left behind."""
        self.var.mkdir(parents=True, exist_ok=True)
        self._claim = open(self.var / ".up", "a+")  # noqa: SIM115 - held until the process ends
        try:
            fcntl.flock(self._claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        self._claim.seek(0)
        _end([int(word) for word in self._claim.read().split() if _is_ours(int(word))])
        self._note()
        return True

    def start(self, name: str, *words: str, env: dict[str, str]) -> None:
        """Run `python -m words…`; what it tells goes to logs/<name>.log."""
        self._commands[name] = words, env
        self._started.setdefault(name, deque(maxlen=STARTS)).append(time.monotonic())
        with open(self.log(name), "ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=settings.BASE_DIR,
                env=os.environ | env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal reaches us only, and we end them in order
                preexec_fn=_end_with_parent,
            )
        self._note()

    def log(self, name: str) -> Path:
        folder = self.var / "logs"
        folder.mkdir(exist_ok=True)
        path = folder / f"{name}.log"
        if name not in self.processes and path.exists() and path.stat().st_size > MAX_LOG_BYTES:
            path.replace(path.with_suffix(".old.log"))
        return path

    def ended_by_itself(self) -> str | None:
        """The name of a process that is no longer there, if any."""
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def start_again(self, name: str) -> bool:
        """Start one that ended by itself. False when it keeps ending: then it is left as it is."""
        started = self._started[name]
        if len(started) == STARTS and time.monotonic() - started[0] < WITHIN:
            return False
        _signal_group(self.processes[name].pid, signal.SIGKILL)  # children that it left behind
        words, env = self._commands[name]
        self.start(name, *words, env=env)
        return True

    def stop(self) -> None:
        """End every process: asked first, killed after 20 seconds."""
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()
        self._note()

    def _note(self) -> None:
        """Write down whom the next run must end if this one is killed."""
        if self._claim:
            self._claim.seek(0)
            self._claim.truncate()
            self._claim.write(" ".join(str(process.pid) for process in self.processes.values()))
            self._claim.flush()


def refusal_to_listen(host: str, port: int) -> OSError | None:
    """Why nobody can listen there now, or None. EADDRINUSE means that another program does."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
        return None


def answers(url: str) -> bool:
    """Whether a web server answers there, whatever it says."""
    try:
        urlopen(url, timeout=1).read()  # noqa: S310 - our own address
    except HTTPError:
        return True
    except (URLError, OSError):
        return False
    return True


def _end_with_parent() -> None:
    if sys.platform == "linux":  # kill -9 of `up` then leaves no web server or worker behind
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def _is_ours(pid: int) -> bool:
    if Path("/proc/self").exists():
        try:
            return MARK.encode() in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False
    told = subprocess.run(["/bin/ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return MARK in told


def _end(pids: list[int]) -> None:
    """End processes that are not our children, and wait until they have gone."""
    for attempt in range(100):
        pids = [pid for pid in pids if _is_ours(pid)]
        if not pids:
            return
        if attempt in (0, 50):
            for pid in pids:
                _signal_group(pid, signal.SIGTERM if attempt == 0 else signal.SIGKILL)
        time.sleep(0.1)


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        pass
