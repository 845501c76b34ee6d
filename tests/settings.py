"""The settings of the tests: a database of their own under SALON_VAR/test, and nothing slow for safety's sake."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Kept under a name of its own too: what the tests start (xdist's workers, servers) reads this file once more, and must
# stay in the same folder.
FOLDER = os.environ.setdefault(
    "SALON_TESTS_IN", str((ROOT / (os.environ.get("SALON_VAR") or "var")).absolute() / "test")
)
os.environ["SALON_VAR"] = FOLDER
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright runs an event loop in the test's own thread

from salon_crm.catalogue import compile_translations  # noqa: E402
from salon_crm.embedded import Embedded  # noqa: E402
from salon_crm.settings import *  # noqa: E402, F403
from salon_crm.settings import DATABASE_URL, DATABASES, LOCALE_PATHS, REDIS_URL, SALON_VAR, STORAGES  # noqa: E402

EMBEDDED = Embedded(SALON_VAR, with_postgres=not DATABASE_URL, with_valkey=not REDIS_URL, durable=False)

# A live server's thread must not keep a connection that hinders dropping the test database.
DATABASES["default"]["CONN_MAX_AGE"] = 0
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
WHITENOISE_AUTOREFRESH = True

# Before Django reads the catalogue: it keeps what it found the first time, a missing file too.
compile_translations(LOCALE_PATHS)
