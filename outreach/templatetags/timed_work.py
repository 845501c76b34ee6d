"""The state of the timed work for the admin's start page."""

from typing import Any

from django import template

from outreach.timetable_rows import rows

register = template.Library()


@register.inclusion_tag("outreach/_timed_work.html")
def timed_work() -> dict[str, Any]:
    """Which jobs failed when they were last tried. Two queries."""
    return {"failed": [row for row in rows() if row.has_failed]}
