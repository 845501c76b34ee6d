#!/usr/bin/env python3
"""Makes .venv and installs the locked requirements in it: `python3 install.py [--tests]`.

Does nothing when they are already there. Needs only Python's standard library, and is written so that an older
Python can at least say what is missing.
"""

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / ".installed.json"
SLOW_NETWORK = (
    "Could not install the requirements. If the package index cannot be reached from here, name a nearer one, "
    "for example  PIP_INDEX_URL=https://pypi.tuna.tsinghua.edu.cn/simple"
)


def main() -> None:
    names = ["requirements.txt", "requirements-dev.txt"] if "--tests" in sys.argv[1:] else ["requirements.txt"]
    wanted = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in names}
    installed = json.loads(STAMP.read_text()) if STAMP.exists() and PYTHON.exists() else {}
    if wanted.items() <= installed.items():
        return
    refuse_unfit_python()
    if (
        subprocess.run([str(PYTHON), "-m", "pip", "--version"], capture_output=True).returncode
        if PYTHON.exists()
        else 1
    ):
        say("Making a virtual environment in .venv ...\n")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    install(names)
    STAMP.write_text(json.dumps({**installed, **wanted}))


def refuse_unfit_python() -> None:
    if sys.version_info < (3, 11):
        sys.exit(f"Salon CRM needs Python 3.11 or newer; this is {sys.version.split()[0]}. PYTHON=... chooses another.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        sys.exit("Python's venv module is missing. On Debian and Ubuntu:  apt-get install python3-venv")


def install(names: list) -> None:  # type: ignore[type-arg]
    """Run pip with hashes, showing how far it is instead of what it says."""
    began = time.monotonic()
    total = sum(
        line[:1].isalpha() and "==" in line for name in names for line in (ROOT / name).read_text().splitlines()
    )
    command = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    for name in names:
        command += ["-r", str(ROOT / name)]
    told, count = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT) as pip:
        for line in pip.stdout or ():
            told.append(line)
            if line.startswith(("Collecting ", "Requirement already")):
                count += 1
                progress(f"Installing the requirements: {min(count, total)} of {total} fetched", log=count % 20 == 0)
            elif line.startswith("Installing collected"):
                progress("Installing the requirements: unpacking")
    if pip.returncode:
        sys.exit("\n" + "".join(told[-20:]) + SLOW_NETWORK)
    progress(f"Installed the requirements in {time.monotonic() - began:.0f} s")
    if sys.stdout.isatty():
        say("\n")


def progress(text: str, *, log: bool = True) -> None:
    """One line that is written over on a terminal; a line of its own in a log, when it is for the log."""
    if sys.stdout.isatty():
        say(f"\r\x1b[K{text}")
    elif log:
        say(f"{text}\n")


def say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("\nStopped half-way. The same command goes on from there.")
