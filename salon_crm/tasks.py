"""What beat calls each minute. It goes through beat, broker, worker and database, so its age shows if all four work."""

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from outreach import timetable
from staff.encryption_check import check_keys


@shared_task(name="salon_crm.tasks.tick")
def tick() -> None:
    """Do the timed work that is due, and note that somebody does. `/readyz` and every page read how long ago."""
    timetable.tick(timezone.now())


@worker_init.connect
def refuse_a_wrong_key(**_told: object) -> None:
    """A worker that cannot read the salon's data does not begin."""
    check_keys()
