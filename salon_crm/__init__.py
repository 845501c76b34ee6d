"""The roof: wiring only. Settings, addresses, the Celery app, its timetable, and the embedded servers."""

from salon_crm.celery import app as celery_app

__all__ = ["celery_app"]
