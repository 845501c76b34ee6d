"""The settings of the benchmarks: the program's own, on servers and databases of their own under var/bench."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ["SALON_VAR"] = str((ROOT / (os.environ.get("SALON_VAR") or "var")).absolute() / "bench")

from salon_crm.embedded import Embedded  # noqa: E402
from salon_crm.settings import *  # noqa: E402, F403
from salon_crm.settings import DATABASE_URL, DATABASES, SALON_VAR  # noqa: E402

EMBEDDED = Embedded(SALON_VAR, with_postgres=not DATABASE_URL, with_valkey=False)
DATABASES["default"]["NAME"] = os.environ.get("BENCH_DATABASE", "bench")
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
