"""`manage.py rotate_keys`: seal all client data with the newest key while the salon works."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from clients import key_rotation
from staff.encryption import keys, newest


class Command(BaseCommand):
    help = (
        "Seal all client data with the newest key of SALON_KEYS. Before: put a new key in front of the others and"
        " restart. May be stopped and started again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Sealing with key {newest().fingerprint}. The salon may go on working.")
        self._working_on = ""
        try:
            written = key_rotation.rotate(self._show)
            in_use = key_rotation.keys_in_use()
        except ImproperlyConfigured as missing:
            raise CommandError(str(missing)) from missing
        self.stdout.write(f"\n{written} rows written.")
        left = in_use - {newest().fingerprint}
        if left:
            raise CommandError(
                f"Some values were changed meanwhile and still need key {', '.join(sorted(left))}: run this once more."
            )
        removable = [fingerprint for fingerprint in keys() if fingerprint != newest().fingerprint]
        if removable:
            self.stdout.write(f"Nothing needs these keys any more; they may be removed: {', '.join(removable)}.")
            self.stdout.write("Keep them with the backups that were made before today.")
        else:
            self.stdout.write("There is only this one key: nothing to remove.")

    def _show(self, subject: str, rows: int) -> None:
        if subject != self._working_on:
            self.stdout.write("")
            self._working_on = subject
        self.stdout.write(f"\r{subject}: {rows}", ending="")
        self.stdout.flush()
