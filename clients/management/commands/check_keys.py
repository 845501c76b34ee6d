"""`manage.py check_keys`: whether SALON_KEYS fits this database."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from staff.encryption_check import check_keys


class Command(BaseCommand):
    help = "Exit with an error, naming the key, when this database was sealed with a key that SALON_KEYS lacks."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_keys()
        except ImproperlyConfigured as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write("The keys fit this database.")
