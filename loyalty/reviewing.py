"""The hourly look at all memberships: the standing as of today, then the tiers that are due."""

from datetime import date, datetime

from loyalty import standing, tiers
from staff.models import JobRun

JOB = "loyalty.review_tiers"


def review(today: date, *, at: datetime) -> dict[str, int]:
    """Count every standing again once a day, then judge who is due. Returns how many accounts each step wrote.

    The 12 months move on at midnight, so the day's first run counts; the rest of the day each checkout counts its own.
    """
    run, _made = JobRun.objects.get_or_create(job=JOB, defaults={"started_at": at})
    counted = 0
    if run.finished_at is None or run.counts.get("counted_for") != today.isoformat():
        counted = standing.rebuild_all(today)
    judged = tiers.review_due(today)
    JobRun.objects.filter(job=JOB).update(
        started_at=at,
        finished_at=at,
        counts={"counted": counted, "judged": judged, "counted_for": today.isoformat()},
    )
    return {"counted": counted, "judged": judged}
