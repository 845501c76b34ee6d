"""The settings of the benchmarks: the program's own, on servers and databases of their own under var/bench."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("SALON_VAR", "var/bench")

from salon_crm.embedded import Embedded  # noqa: E402
from salon_crm.settings import *  # noqa: E402, F403
from salon_crm.settings import DATABASE_URL, DATABASES, MIDDLEWARE, SALON_VAR, TEMPLATES  # noqa: E402

EMBEDDED = Embedded(SALON_VAR, with_postgres=not DATABASE_URL, with_valkey=False)
DATABASES["default"]["NAME"] = os.environ.get("BENCH_DATABASE", "postgres")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "testserver"]

# The bare pages are served beside the real ones, by the same server and through the same middleware.
ROOT_URLCONF = "benchmarks.urls"
MIDDLEWARE = ["benchmarks.counting.Counting", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [ROOT / "templates", ROOT / "benchmarks" / "templates"]
