"""The night's work on the books: points whose day has passed lapse, then everything is checked and the result kept."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction

from clients.models import Client
from loyalty.checking import accounts_checked, faults, one_moment, words
from loyalty.lapsing import lapse
from loyalty.models import BookFault
from staff.jobs import Counts, Window
from staff.models import JobRun

LAPSE, CHECK = "loyalty.lapse_points", "loyalty.check_books"
# More than these nobody reads; how many there are in all is kept beside them.
KEPT = 1000
APART = "\x1f"


def lapse_points(window: Window, at: datetime) -> Counts:
    """Let every lot lapse whose last day has passed. Returns how many lines that wrote.

    Not one transaction: it goes on from batch to batch, and a run that was stopped is made up for by the next.
    """
    return {"lapsed": lapse(window.today, at=at)}


def check_books(at: datetime) -> Counts:
    """Check all books and keep what is wrong in place of what was found before. Returns how many faults, of how many.

    A fault is kept only as a code and its figures, so that it is told in the language of whoever reads it.
    """
    with one_moment():
        found = faults()
        kept = [
            BookFault(client_id=one.client, told=_kept(one.code, one.one, one.other), found_at=at)
            for one in islice(found, KEPT)
        ]
        faulty = len(kept) + sum(1 for _more in found)
        accounts = accounts_checked()
    with transaction.atomic():
        BookFault.objects.all().delete()
        BookFault.objects.bulk_create(kept)
    return {"faults": faulty, "accounts": accounts}


@dataclass(frozen=True, slots=True)
class Told:
    """A fault as it is shown: the client, None for what is nobody's, and what is wrong in words."""

    client: Client | None
    words: str


@dataclass(frozen=True, slots=True)
class LastCheck:
    """The last check of the books: when it ended (None: never), of how many memberships, and what it found."""

    at: datetime | None
    accounts: int
    faults: int
    told: list[Told]

    @property
    def more(self) -> int:
        """Faults that are not told one by one."""
        return self.faults - len(self.told)


def last_check(most: int) -> LastCheck:
    """What the last check found, told for at most so many faults. Two queries, a third when there are faults."""
    run = JobRun.objects.filter(job=CHECK, finished_at__isnull=False).first()
    if run is None:
        return LastCheck(None, 0, 0, [])
    found = list(BookFault.objects.order_by("client_id", "pk")[:most])
    people = Client.objects.in_bulk({one.client_id for one in found}) if found else {}
    told = [Told(people.get(one.client_id), fault_words(one)) for one in found]
    return LastCheck(run.finished_at, run.counts.get("accounts", 0), run.counts.get("faults", len(found)), told)


def fault_words(fault: BookFault) -> str:
    """What is wrong, in the language of the screen."""
    code, one, other = (*fault.told.split(APART), "", "")[:3]
    return words(code, one, other)


def _kept(code: str, one: str, other: str) -> str:
    """A fault without a language: the check's code and its figures."""
    return APART.join((code, one[:100], other[:100]))
