"""`manage.py run_due [--date D]`: the timed work without beat, worker and broker."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from outreach import timetable
from staff.clock import EARLIEST, salon_time
from staff.jobs import Counts


class Command(BaseCommand):
    help = (
        "Do the timed work that is due now, as each tick does: for cron, each minute, where no worker runs. "
        "With --now every job, whatever its hour; with --date every job as on that day, which may lie in the past."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        day = parser.add_mutually_exclusive_group()
        day.add_argument("--date", type=date.fromisoformat, metavar="YYYY-MM-DD")
        day.add_argument("--now", action="store_true")

    def handle(self, *args: Any, date: date | None, now: bool, **options: Any) -> None:
        at = timezone.now()
        with salon_time():
            today = timezone.localdate(at)
        if date is not None and date > today:
            raise CommandError("That day has not come yet: what is due then would go out today.")
        if date is not None and date < EARLIEST:
            raise CommandError(f"No salon can have been open on that day: give one from {EARLIEST} on.")
        done = timetable.run_due(date or today, at) if date or now else timetable.tick(at)
        for job, counts in done.items():
            self.stdout.write(f"{job}: {_told(counts)}")
        if failed := timetable.failed_since(at):
            raise CommandError(f"Failed, will be tried again: {', '.join(failed)}")


def _told(counts: Counts) -> str:
    return ", ".join(f"{what} {number}" for what, number in counts.items() if number) or "nothing to do"
