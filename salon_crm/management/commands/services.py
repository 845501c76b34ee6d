"""`manage.py services start|stop|status`: the embedded Postgres and Valkey, without the rest of the program."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from salon_crm.embedded import Embedded


class Command(BaseCommand):
    help = "Start, stop or look at the embedded database and broker under SALON_VAR."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("what", choices=["start", "stop", "status"])

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        embedded: Embedded = settings.EMBEDDED
        if not embedded:
            raise CommandError("DATABASE_URL and REDIS_URL are set: there is nothing embedded to start or stop.")
        if what == "start":
            embedded.start()
        if what == "stop":
            embedded.stop()
        for name, answers in embedded.status().items():
            self.stdout.write(f"{name}: {'running' if answers else 'stopped'}")
