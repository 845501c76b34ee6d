"""`manage.py rotate_keys`: seal all client data with the newest key while the salon works."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandError

from clients import key_rotation
from staff.encryption import keys, newest
from staff.encryption_check import check_keys

MOST_NAMED = 200


class Command(BaseCommand):
    help = (
        "Seal all client data with the newest key of SALON_KEYS. Before: put a new key in front of the others, and"
        " restart every web process and worker with both. May be stopped and started again. Ends with an error, naming"
        " each, when there are values that could not be opened."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            check_keys()
        except ImproperlyConfigured as wrong:
            raise CommandError(str(wrong)) from wrong
        self._say_what_must_be_first()
        self._working_on = ""
        done = key_rotation.rotate(self._show)
        self.stdout.write(f"\n{done.written} rows written.")
        if done.unopened:
            raise CommandError(_told(done.unopened))
        left = key_rotation.keys_in_use() - {newest().fingerprint}
        if left:
            raise CommandError(
                f"Some values were changed meanwhile and still need key {', '.join(sorted(left))}: run this once more."
                " If it says so again, a web process or worker is still running without the newest key: restart it."
            )
        removable = [fingerprint for fingerprint in keys() if fingerprint != newest().fingerprint]
        if removable:
            self.stdout.write(f"Nothing needs these keys any more; they may be removed: {', '.join(removable)}.")
            self.stdout.write("Keep them with the backups that were made before today.")
        else:
            self.stdout.write("There is only this one key: nothing to remove.")

    def _say_what_must_be_first(self) -> None:
        self.stdout.write(
            f"Sealing with key {newest().fingerprint}. First every web process and worker must have been restarted with"
            f" all of these keys, the newest in front: {', '.join(keys())}. One that has only the old key cannot read"
            " what is sealed anew, and shows (cannot be read) until it is restarted. After that the salon may go on"
            " working meanwhile."
        )

    def _show(self, subject: str, rows: int) -> None:
        if subject != self._working_on:
            self.stdout.write("")
            self._working_on = subject
        self.stdout.write(f"\r{subject}: {rows}", ending="")
        self.stdout.flush()


def _told(unopened: list[key_rotation.Unopened]) -> str:
    lines = [str(one) for one in unopened[:MOST_NAMED]]
    if len(unopened) > MOST_NAMED:
        lines.append(f"… and {len(unopened) - MOST_NAMED} more.")
    return "\n".join(
        [
            f"Everything else is sealed with key {newest().fingerprint}, but {len(unopened)} values could not be opened"
            " and stay as they were. Enter them anew on their pages, or put them back from a backup, then run this"
            " once more. Until then keep the old keys.",
            *lines,
        ]
    )
