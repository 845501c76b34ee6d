"""`manage.py load_sample`: fills an empty database with a believable Chinese salon, of any size."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from frontdesk.sample.accounts import DEMO, PASSWORD
from frontdesk.sample.loading import NotEmpty, load
from frontdesk.sample.rhythm import Shape
from loyalty.importing.progress import Progress

VISITS_PER_CLIENT = 9_000 / 1_300


class Command(BaseCommand):
    help = (
        "Fill an empty database with the sample salon: the same for the same day, seed and size. "
        "Refuses to touch a database that holds clients."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--clients", type=int, default=1_300, help="how many clients (1300)")
        parser.add_argument("--visits", type=int, help="how many visits in two years (about 7 a client)")
        parser.add_argument(
            "--no-accounts", dest="tell_accounts", action="store_false", help="do not say how to sign in"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number gives another salon (1)")
        parser.add_argument("--today", type=date.fromisoformat, help="the sample's present day, as 2026-11-22 (today)")

    def handle(self, *args: Any, **options: Any) -> None:
        clients, visits = options["clients"], options["visits"]
        if visits is None:
            visits = round(clients * VISITS_PER_CLIENT)
        if not (1 <= clients <= 1_000_000 and 0 <= visits <= 20_000_000):
            raise CommandError(_("Between 1 and 1,000,000 clients, and at most 20,000,000 visits."))
        shape = Shape(clients, visits, options["seed"], options["today"] or timezone.localdate())
        told = {
            "days": _("choosing days"),
            "visits": _("visits"),
            "standing": _("counting everybody's standing"),
            "contacts": _("calls and greetings"),
        }
        progress = Progress(self.stdout.write)
        try:
            loaded = load(shape, lambda what, done, whole: progress(told[what], done, whole))
        except NotEmpty:
            raise CommandError(
                _(
                    "There are clients or visits in this database already; the sample goes into an empty one only. "
                    "Nothing was changed."
                )
            ) from None
        if not connection.in_atomic_block:
            with connection.cursor() as cursor:
                # Postgres learns the sizes of all tables at once instead of some minutes later.
                cursor.execute("VACUUM (ANALYZE)")
        self.stdout.write(
            self.style.SUCCESS(
                _("The sample salon is ready: %(clients)s clients, %(visits)s visits.")
                % {"clients": f"{loaded.clients:,}", "visits": f"{loaded.visits:,}"}
            )
        )
        if options["tell_accounts"]:
            names = ", ".join(f"{username} ({name})" for username, name, _role in DEMO)
            self.stdout.write(
                _("Sign in as %(names)s; password %(password)s.") % {"names": names, "password": PASSWORD}
            )
