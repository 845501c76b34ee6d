"""The night's work on the books: points whose day has passed lapse, then everything is checked and the result kept."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from django.db import transaction

from clients.models import Client
from loyalty.checking import accounts_checked, faults, one_moment, words
from loyalty.lapsing import lapse
from loyalty.models import BookFault
from staff.models import JobRun

LAPSE, CHECK = "loyalty.lapse_points", "loyalty.check_books"
LAPSED_FOR, CHECKED_FOR = "lapsed_for", "checked_for"
# More than these nobody reads; how many there are in all is kept beside them.
KEPT = 1000
APART = "\x1f"


def lapse_for(today: date, *, at: datetime) -> int | None:
    """Let points lapse unless it was done for today already. Returns how many lots lapsed; None when done before.

    Not one transaction: it goes on from batch to batch, and a run that was stopped is made up for by the next.
    """
    if _is_done(LAPSE, LAPSED_FOR, today, at):
        return None
    lapsed = lapse(today, at=at)
    _done(LAPSE, at, {LAPSED_FOR: today.isoformat(), "lapsed": lapsed})
    return lapsed


def check_for(today: date, *, at: datetime) -> int | None:
    """Check all books unless it was done for today already. Returns how many faults; None when done before."""
    return None if _is_done(CHECK, CHECKED_FOR, today, at) else check_now(today, at=at)


def check_now(today: date, *, at: datetime) -> int:
    """Check all books and keep what is wrong in place of what was found before. Returns how many faults there are."""
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
        _done(CHECK, at, {CHECKED_FOR: today.isoformat(), "faults": faulty, "accounts": accounts})
    return faulty


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


def _is_done(job: str, mark: str, today: date, at: datetime) -> bool:
    run, _made = JobRun.objects.get_or_create(job=job, defaults={"started_at": at})
    return bool(run.finished_at) and run.counts.get(mark) == today.isoformat()


def _done(job: str, at: datetime, counts: dict[str, int | str]) -> None:
    JobRun.objects.update_or_create(job=job, defaults={"started_at": at, "finished_at": at, "counts": counts})
