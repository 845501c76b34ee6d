"""`manage.py import_visits FILE --map client=1,date=2,…`: past visits from another system."""

from argparse import ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clients.tagging import apply_rules
from loyalty import segments, standing
from loyalty.importing.cutting import WHITESPACE
from loyalty.importing.progress import Progress
from loyalty.importing.reading import Contents, Layout, NotReadable, Refused, parsed_map, read
from loyalty.importing.recording import Recorded, record
from loyalty.importing.summary import Summary, summary
from staff import audit
from staff.clock import salon_time
from staff.models import AuditEntry

DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", WHITESPACE: WHITESPACE}
REFUSED_SHOWN = 200
SOURCE_LENGTH = 40


def delimiter(text: str) -> str:
    """One character, or a word for one."""
    found = DELIMITERS.get(text, text)
    if found != WHITESPACE and (len(found) != 1 or found in '"\r\n'):
        raise ArgumentTypeError(f"{text!r} is neither one character nor one of {', '.join(DELIMITERS)}")
    return found


class Command(BaseCommand):
    help = (
        "Take over past visits from another system. They earn no points, count for tiers' figures and the dormant "
        "list, and come once however often the file is given."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument(
            "--map",
            required=True,
            help="which column is what: client=1,date=2,amount=4 and if there are any quantity=, item=, name=, phone=; "
            "numbers from 1, or headings",
        )
        parser.add_argument("--delimiter", type=delimiter, default=",", help="one character, tab, or whitespace (,)")
        parser.add_argument("--no-header", action="store_true", help="the first row is a visit already")
        parser.add_argument("--date-format", default="", help="such as %%d.%%m.%%Y, when dates are written unusually")
        parser.add_argument("--source", default="import", help="name of the other system, one for all its files")
        parser.add_argument("--today", type=date.fromisoformat, help="report who is dormant as of this day (today)")

    def handle(self, *args: Any, **options: Any) -> None:
        with salon_time():
            today = timezone.localdate()
        source = options["source"].strip()
        if not 0 < len(source) <= SOURCE_LENGTH:
            raise CommandError(_("The source needs a name of 1 to %(most)d characters.") % {"most": SOURCE_LENGTH})
        try:
            layout = Layout(
                parsed_map(options["map"]), options["delimiter"], not options["no_header"], options["date_format"]
            )
            contents = read(options["file"], layout, today=today)
        except NotReadable as failure:
            raise CommandError(str(failure)) from failure
        recorded = self._record(contents, source, options["file"].name)
        standing.rebuild_all(today)
        segments.rebuild_all(today)
        apply_rules()
        self._tell(contents, recorded, summary(source, options["today"] or today))

    def _record(self, contents: Contents, source: str, name: str) -> Recorded:
        progress = Progress(self.stdout.write)
        with transaction.atomic():
            recorded = record(
                contents.rows,
                source=source,
                at=timezone.now(),
                progress=lambda done, whole: progress(_("rows"), done, whole),
            )
            if recorded.added:
                audit.record(
                    AuditEntry.Action.IMPORTED,
                    by=None,
                    what=f"import_visits {source}: {name}",
                    count=recorded.added,
                )
        return recorded

    def _tell(self, contents: Contents, recorded: Recorded, now: Summary) -> None:
        refused = sorted([*contents.refused, *recorded.refused], key=lambda one: one.number)
        self._tell_refused(refused)
        whole = len(contents.rows) + len(contents.refused)
        self._line(_("Rows in the file"), f"{whole:,}")
        self._line(_("Added now"), f"{recorded.added:,}")
        self._line(_("Visits made of them"), f"{recorded.visits:,}")
        self._line(_("There already"), f"{recorded.known:,}")
        self._line(_("Rows refused"), f"{len(refused):,}")
        self.stdout.write(_("On file from this source:"))
        self._line(_("Purchases"), f"{now.rows:,}")
        self._line(_("Total"), f"{now.total:,.2f}")
        self._line(_("Clients"), f"{now.clients:,}")
        self._line(_("Visits (a client's distinct days)"), f"{now.visits:,}")
        self._line(
            _("Dormant: last visit on %(boundary)s or before") % {"boundary": now.boundary.isoformat()},
            f"{now.dormant:,}",
        )

    def _tell_refused(self, refused: list[Refused]) -> None:
        for one in refused[:REFUSED_SHOWN]:
            self.stderr.write(_("Line %(number)d refused: %(reason)s") % {"number": one.number, "reason": one.reason})
        if len(refused) > REFUSED_SHOWN:
            self.stderr.write(_("… and %(more)d more.") % {"more": len(refused) - REFUSED_SHOWN})

    def _line(self, what: str, figure: str) -> None:
        self.stdout.write(f"  {what}: {figure}")
