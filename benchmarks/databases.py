"""The databases that are measured: the sample salon in two sizes, built once and used again until the code changes."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from benchmarks.settings import ROOT

VISITS_PER_CLIENT = 10
MAINTENANCE = "postgres"  # the database that every server has
# What the rows depend on.
SOURCES = ("*/migrations/*.py", "frontdesk/sample/*.py", "loyalty/importing/copying.py", "clients/search.py")


def use(database: str) -> None:
    """Connect to that database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = database


def fingerprint() -> str:
    """Twelve hex digits that change with the tables and the sample."""
    files = sorted(path for pattern in SOURCES for path in ROOT.glob(pattern) if ".venv" not in path.parts)
    return hashlib.sha256(b"".join(Path(path).read_bytes() for path in files)).hexdigest()[:12]


def build(clients: int) -> str:
    """The name of a database with that many clients; built now unless there is one that fits."""
    name, wanted = f"bench_{clients}", fingerprint()
    use(MAINTENANCE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name])
        found = cursor.fetchone()
        if found and found[0] == wanted:
            print(f"{name}: built before, used again")
            return name
        print(f"{name}: building {clients:,} clients and {clients * VISITS_PER_CLIENT:,} visits", flush=True)
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}"')
        _manage(name, "migrate", "--verbosity", "0")
        _manage(name, "load_sample", "--clients", str(clients), "--visits", str(clients * VISITS_PER_CLIENT))
        cursor.execute(f"COMMENT ON DATABASE \"{name}\" IS '{wanted}'")
    return name


@contextmanager
def copy_of(database: str) -> Iterator[str]:
    """The name of a copy that is there until the end of the block."""
    name = f"{database}_copy"
    use(MAINTENANCE)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{database}" STRATEGY file_copy')
    try:
        yield name
    finally:
        use(MAINTENANCE)
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def collect_static() -> None:
    """Gather what templates point at, as the program's own start does."""
    _manage(MAINTENANCE, "collectstatic", "--noinput", "--verbosity", "0")


def _manage(database: str, *words: str) -> None:
    surroundings = os.environ | {"BENCH_DATABASE": database, "DJANGO_SETTINGS_MODULE": "benchmarks.settings"}
    subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=surroundings, check=True)
