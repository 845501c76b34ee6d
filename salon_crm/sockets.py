"""Unix sockets of the embedded servers: where they may lie, and whether somebody answers there."""

import hashlib
import os
import socket
import sys
import tempfile
from pathlib import Path

LONGEST = 100  # bytes; the kernel's own limit is 108 on Linux and 104 on macOS
SPECIAL = set("'\",\\$`?%#")  # these mean something to the shell, to Postgres's list of directories, or in an address


def directory_for(base: Path) -> Path:
    """`base` when sockets in it have short and simple enough names, else a directory of ours in the temporary one."""
    short = len(os.fsencode(base / ".s.PGSQL.5432.lock")) < LONGEST
    if short and not SPECIAL & set(str(base)):
        return base
    digest = hashlib.sha256(os.fsencode(base)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"salon-{os.getuid()}-{digest}"


def make_private(directory: Path) -> None:
    """Make the directory for us alone. Exits when somebody else was there first, as anybody may be in /tmp."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = directory.lstat()
    if os.geteuid() != 0 and (found.st_uid != os.geteuid() or found.st_mode & 0o077):
        sys.exit(f"{directory} belongs to somebody else or is open to others.")


def answers(path: Path) -> bool:
    """Whether a server accepts connections there. Unlike a pid file, this cannot be fooled by a zombie."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(2)
        try:
            client.connect(str(path))
        except OSError:
            return False
        return True
