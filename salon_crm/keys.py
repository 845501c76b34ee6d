"""Secrets: kept in files beside the embedded servers, given by the environment and checked strictly in production."""

import base64
import binascii
import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

MIN_SECRET_LENGTH = 50
MIN_KEY_BYTES = 32
GUESSABLE = {"admin", "changeme", "change-me", "password", "postgres", "root", "salon", "secret"}


def new_key() -> str:
    """Returns 32 random bytes, urlsafe base64."""
    return base64.urlsafe_b64encode(secrets.token_bytes(MIN_KEY_BYTES)).decode()


def kept_secret(path: Path, *, make: Callable[[], str] = lambda: secrets.token_urlsafe(64)) -> str:
    """The text in the file; the first call makes it, readable by its owner only. Safe when several start at once."""
    try:
        if not path.exists():
            _make_once(path, make())
        return path.read_text().strip()
    except PermissionError as refused:
        sys.exit(f"{refused.filename} belongs to another user: run as that user, or set SALON_VAR to a new folder.")


def _make_once(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mkstemp makes it 0600
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # another process was first: its secret counts
    finally:
        Path(draft).unlink()


def kept_keys(path: Path, *, database: Path) -> list[str]:
    """The encryption keys in the file, one a line, newest first. Never makes new ones beside an existing database."""
    if not path.exists() and (database / "PG_VERSION").exists():
        sys.exit(f"{path} is missing, and without it the encrypted fields in {database} cannot be read: put it back.")
    return kept_secret(path, make=new_key).split()


def key_problem(key: str) -> str | None:
    """What is wrong with one encryption key, or None."""
    try:
        size = len(base64.b64decode(key, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        return "SALON_KEYS holds a key that is not urlsafe base64."
    if size < MIN_KEY_BYTES:
        return f"SALON_KEYS holds a key of {size} bytes; at least {MIN_KEY_BYTES} are needed."
    return None


def production_problems(
    *, secret_key: str, salon_keys: list[str], debug: bool, allowed_hosts: list[str], database_url: str
) -> list[str]:
    """Every reason not to start on a real database, one sentence each; empty when it is safe to start."""
    problems = []
    if not secret_key:
        problems.append("SECRET_KEY is not set.")
    elif len(secret_key) < MIN_SECRET_LENGTH or len(set(secret_key)) < 10 or secret_key.startswith("django-insecure"):
        problems.append(f"SECRET_KEY is too easy to guess; at least {MIN_SECRET_LENGTH} random characters are needed.")
    if not salon_keys:
        problems.append("SALON_KEYS is not set.")
    problems += filter(None, (key_problem(key) for key in salon_keys))
    if debug:
        problems.append("DEBUG is on; it shows clients' data to anybody who meets an error.")
    if not allowed_hosts or any(host.startswith("*") for host in allowed_hosts):
        problems.append("ALLOWED_HOSTS must name the addresses that the salon uses, and not be '*'.")
    password = unquote(urlsplit(database_url).password or "")
    if password.lower() in GUESSABLE:
        problems.append("DATABASE_URL holds a password that anybody would try first.")
    return problems
