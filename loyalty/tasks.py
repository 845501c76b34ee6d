"""Timed work of the membership. A task only calls the rule; run late, twice or not at all it does no harm."""

from celery import shared_task
from django.utils import timezone

from loyalty.reviewing import review
from staff.clock import salon_time


@shared_task(name="loyalty.tasks.review_tiers")
def review_tiers() -> None:
    """Hold the reviews that are due today."""
    with salon_time():
        review(timezone.localdate(), at=timezone.now())
