"""The hourly look at all memberships: the standing as of today, the segments, then the tiers that are due."""

from datetime import date, datetime
from typing import Any

from loyalty import segments, standing, tiers
from loyalty.models import SegmentRules
from staff.models import JobRun

JOB = "loyalty.review_tiers"


def review(today: date, *, at: datetime) -> dict[str, int]:
    """Count every standing again once a day, then the segments, then judge whose tier is due. Returns who was written.

    The 12 months move on at midnight, so the day's first run counts; the rest of the day each checkout counts its own.
    Segments are told anew too within the hour after their rules were changed.
    """
    run, _made = JobRun.objects.get_or_create(job=JOB, defaults={"started_at": at})
    is_new_day = run.finished_at is None or run.counts.get("counted_for") != today.isoformat()
    segmented_by = _figures(SegmentRules.load())
    counted = standing.rebuild_all(today) if is_new_day else 0
    moved = segments.rebuild_all(today) if is_new_day or run.counts.get("segmented_by") != segmented_by else 0
    judged = tiers.review_due(today)
    JobRun.objects.filter(job=JOB).update(
        started_at=at,
        finished_at=at,
        counts={
            "counted": counted,
            "moved": moved,
            "judged": judged,
            "counted_for": today.isoformat(),
            "segmented_by": segmented_by,
        },
    )
    return {"counted": counted, "moved": moved, "judged": judged}


def _figures(rules: SegmentRules) -> dict[str, Any]:
    """The rules as they can be kept beside the run and compared with the next one's."""
    return {field.attname: str(getattr(rules, field.attname)) for field in rules._meta.concrete_fields}
