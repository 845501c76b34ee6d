"""The Celery app.

Tasks carry no truth: each one asks the database what is due, so a lost or doubled message is harmless.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "salon_crm.settings")

app = Celery("salon_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
