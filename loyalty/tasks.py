"""Timed work of the membership. A task only calls the rule; run late, twice or not at all it does no harm."""

from celery import shared_task
from django.utils import timezone

from loyalty import bookkeeping, offers, voucher_rules
from loyalty.reviewing import review
from staff.clock import salon_time
from staff.daily import once_a_day


@shared_task(name="loyalty.tasks.review_tiers")
def review_tiers() -> None:
    """Hold the reviews that are due today."""
    with salon_time():
        review(timezone.localdate(), at=timezone.now())


@shared_task(name="loyalty.tasks.close_books")
def close_books() -> None:
    """Once a day let points lapse whose last day has passed, then check all books."""
    with salon_time():
        today = timezone.localdate()
        bookkeeping.lapse_for(today, at=timezone.now())
        bookkeeping.check_for(today, at=timezone.now())


@shared_task(name="loyalty.tasks.count_pairs")
def count_pairs() -> None:
    """Count once a day which services are bought together."""
    with salon_time():
        once_a_day(
            "loyalty.count_pairs",
            timezone.localdate(),
            at=timezone.now(),
            work=lambda today: {"pairs": offers.count_pairs(today)},
        )


@shared_task(name="loyalty.tasks.issue_vouchers")
def issue_vouchers() -> None:
    """Give the vouchers that are due by rule."""
    with salon_time():
        voucher_rules.issue_hourly(timezone.localdate(), at=timezone.now())
