"""The hourly look at all memberships: the standing as of today, the segments, then the tiers that are due."""

from zlib import crc32

from loyalty import segments, standing, tiers
from loyalty.models import SegmentRules
from staff.jobs import Counts, Window
from staff.models import JobRun

JOB = "loyalty.review_tiers"


def review(window: Window) -> Counts:
    """Count every standing again once a day, then the segments, then judge whose tier is due. Returns who was written.

    The 12 months move on at midnight, so the day's first run counts; the rest of the day each checkout counts its own.
    Segments are told anew too within the hour after their rules were changed.
    """
    rules = _mark_of(SegmentRules.load())
    last = JobRun.objects.filter(job=JOB).values_list("counts", flat=True).first() or {}
    counted = 0 if window.is_repeat else standing.rebuild_all(window.today)
    is_settled = window.is_repeat and last.get("rules") == rules
    moved = 0 if is_settled else segments.rebuild_all(window.today)
    return {"counted": counted, "moved": moved, "judged": tiers.review_due(window.today), "rules": rules}


def _mark_of(rules: SegmentRules) -> int:
    """A number that changes with the rules, to be kept beside the run and compared with the next one's."""
    figures = [str(getattr(rules, field.attname)) for field in rules._meta.concrete_fields]
    return crc32("\n".join(figures).encode())
