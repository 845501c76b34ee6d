"""The whole timetable. Beat is only a tick: every task here may run late, twice, or not at all without harm."""

from datetime import timedelta
from typing import Any


def every(period: timedelta, task: str, *, at_most: timedelta | None = None) -> dict[str, Any]:
    """An entry for `task`. A call that waited longer than `at_most`, or its own period, is dropped: it says no news."""
    return {"task": task, "schedule": period, "options": {"expires": int((at_most or period).total_seconds())}}


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "every minute: show that beat and worker are alive": every(MINUTE, "salon_crm.tasks.tick"),
    "every hour: review membership tiers that are due": every(HOUR, "loyalty.tasks.review_tiers"),
    "every hour, done once a day: let points lapse, then check the books": every(HOUR, "loyalty.tasks.close_books"),
    "every hour, done once a day: count which services are bought together": every(HOUR, "loyalty.tasks.count_pairs"),
    "every hour: give the vouchers that are due by rule": every(HOUR, "loyalty.tasks.issue_vouchers"),
    "every six hours: bring tags that rules put on in line with the files": every(
        6 * HOUR, "clients.tasks.apply_tag_rules", at_most=HOUR
    ),
}
