"""The heartbeat. It goes through beat, broker, worker and database, so its age shows whether all four work."""

from celery import shared_task
from celery.signals import worker_init
from django.utils import timezone

from staff.encryption_check import check_keys
from staff.models import JobRun

TICK = "tick"


@shared_task(name="salon_crm.tasks.tick")
def tick() -> None:
    """Note in the database that scheduled work is being done. `/readyz` reads how long ago that was."""
    now = timezone.now()
    JobRun.objects.update_or_create(job=TICK, defaults={"started_at": now, "finished_at": now})


@worker_init.connect
def refuse_a_wrong_key(**_told: object) -> None:
    """A worker that cannot read the salon's data does not begin."""
    check_keys()
