"""Beat's whole timetable: one tick. What is due is told by rows; when each job is done, by `outreach.timetable`."""

from datetime import timedelta
from typing import Any

MINUTE = timedelta(minutes=1)
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "every minute: do what is due": {
        "task": "salon_crm.tasks.tick",
        "schedule": MINUTE,
        # A tick that waited longer than a minute says nothing that the next one does not say.
        "options": {"expires": int(MINUTE.total_seconds())},
    },
}
