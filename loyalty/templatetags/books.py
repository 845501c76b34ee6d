"""The state of the books for the start pages of the manager and the admin."""

from typing import Any

from django import template

from loyalty.adjusting import waiting
from loyalty.bookkeeping import last_check

register = template.Library()
FAULTS_TOLD = 10


@register.inclusion_tag("loyalty/_book_faults.html")
def book_faults() -> dict[str, Any]:
    """What the last check of the books found, with the clients concerned. Two queries or three."""
    return {"books": last_check(FAULTS_TOLD)}


@register.inclusion_tag("loyalty/_adjustments_waiting.html")
def adjustments_waiting() -> dict[str, Any]:
    """How many adjustments of points wait for a second person. One query."""
    return {"waiting": waiting()}
