"""Beat sends only tasks that exist, and nothing that could lose work."""

from celery import current_app
from django.conf import settings

from salon_crm import celery_app


def test_every_entry_names_a_task_that_the_worker_knows() -> None:
    celery_app.loader.import_default_modules()

    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= set(celery_app.tasks)


def test_messages_are_json_and_come_back_when_a_worker_dies() -> None:
    told = current_app.conf

    assert told.accept_content == ["json"]
    assert told.task_acks_late
    assert told.task_reject_on_worker_lost
    assert told.worker_prefetch_multiplier == 1
    assert told.task_soft_time_limit < told.task_time_limit < told.broker_transport_options["visibility_timeout"]
