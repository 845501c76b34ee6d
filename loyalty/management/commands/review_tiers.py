"""`manage.py review_tiers`: what the hourly task does, without any broker."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from loyalty import standing, tiers
from staff.clock import salon_time


class Command(BaseCommand):
    help = "Count every client's standing as of today, then hold the tier reviews that are due."

    def handle(self, *args: Any, **options: Any) -> None:
        with salon_time():
            today = timezone.localdate()
        counted = standing.rebuild_all(today)
        judged = tiers.review_due(today)
        self.stdout.write(f"{today}: {counted} standings counted anew, {judged} tiers judged.")
