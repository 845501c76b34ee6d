"""The whole timetable. Beat is only a tick: every task here may run late, twice, or not at all without harm."""

from datetime import timedelta
from typing import Any

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "every minute: show that beat and worker are alive": {
        "task": "salon_crm.tasks.tick",
        "schedule": timedelta(minutes=1),
        # A tick that waited longer than its own period says nothing new.
        "options": {"expires": 60},
    },
    "every hour: review membership tiers that are due": {
        "task": "loyalty.tasks.review_tiers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "every hour, done once a day: let points lapse, then check the books": {
        "task": "loyalty.tasks.close_books",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "every hour, done once a day: count which services are bought together": {
        "task": "loyalty.tasks.count_pairs",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "every hour: give the vouchers that are due by rule": {
        "task": "loyalty.tasks.issue_vouchers",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3600},
    },
    "every six hours: bring tags that rules put on in line with the files": {
        "task": "clients.tasks.apply_tag_rules",
        "schedule": timedelta(hours=6),
        "options": {"expires": 3600},
    },
}
