"""The real settings with a clock that ticks each second: `manage.py up` over a folder of its own, in a hurry."""

import os
import select
import time

from salon_crm.settings import *  # noqa: F403
from salon_crm.settings import CELERY_BEAT_SCHEDULE, env

TICK_SECONDS = env.float("TICK_SECONDS", 1.0)
for entry in CELERY_BEAT_SCHEDULE.values():
    entry["schedule"] = TICK_SECONDS

if "FAKETIME_TIMESTAMP_FILE" in os.environ:
    # libfaketime 0.9.10 refuses the system call with which Python sleeps.
    time.sleep = lambda seconds: select.select((), (), (), float(seconds))  # type: ignore[assignment]
