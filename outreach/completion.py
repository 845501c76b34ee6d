"""How the contacts of a month were done, for each kind and each person; and whom they won back. Reads only.

A contact belongs to the month of its occasion, wherever it was put off to; points and vouchers that lapse to the month
in which the client is told of it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, NamedTuple, Self

from django.db.models import Case, Count, DateField, Exists, ExpressionWrapper, F, OuterRef, Q, Sum, Value, When
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _

from outreach.models import Contact, ContactTask, Kind
from visits.models import Visit

BACK_WITHIN = 30  # days from a win-back contact to the visit that counts as its success
GRACE = {Kind.THANK_YOU: 1}  # days after the occasion that are still on time: thanks follow within 24 hours
LAPSING = (Kind.POINTS_LAPSING, Kind.VOUCHER_LAPSING)
TOLD = (Contact.Outcome.REACHED, Contact.Outcome.SENT, Contact.Outcome.MENTIONED)  # the client heard of it

Status = ContactTask.Status


class Month(NamedTuple):
    """A calendar month, as it stands in an address: 2026-11."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The month in a URL; None when it is not one."""
        try:
            day = date.fromisoformat(f"{text}-01")
        except ValueError:
            return None
        return cls(day.year, day.month) if 2000 <= day.year < 2200 else None

    @classmethod
    def of(cls, day: date) -> Self:
        return cls(day.year, day.month)

    @property
    def first(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return self.after().first - timedelta(days=1)

    def after(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    def before(self) -> "Month":
        return Month.of(self.first - timedelta(days=1))

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"


@dataclass
class Done:
    """Contacts counted. `points` and `told` are of satisfaction: the sum of what was answered, and how often."""

    label: str = ""
    planned: int = 0
    done: int = 0
    on_time: int = 0
    unreached: int = 0
    missed: int = 0
    not_needed: int = 0
    open: int = 0
    points: int = 0
    told: int = 0
    attempts: int = 0

    def add(self, status: str, count: int, on_time: int, points: int, told: int) -> None:
        """Count `count` contacts of this status more."""
        self.planned += count
        self.on_time += on_time
        self.points += points
        self.told += told
        name = COUNTED_AS[status]
        setattr(self, name, getattr(self, name) + count)

    @property
    def wanted(self) -> int:
        """What was to be done: all but what nobody needs any more."""
        return self.planned - self.not_needed

    @property
    def percent(self) -> int | None:
        """Done of what was to be done; None when there was nothing to do."""
        return _percent(self.done, self.wanted)

    @property
    def on_time_percent(self) -> int | None:
        return _percent(self.on_time, self.wanted)

    @property
    def satisfaction(self) -> float | None:
        """The mean of 1 to 5; None when nobody said."""
        return self.points / self.told if self.told else None


COUNTED_AS: dict[str, str] = {
    Status.OPEN: "open",
    Status.DONE: "done",
    Status.NO_ANSWER: "unreached",
    Status.SKIPPED: "missed",
    Status.CANCELLED: "not_needed",
}


@dataclass(frozen=True, slots=True)
class WonBack:
    """Clients told that they are missed, how many of them came within 30 days, and who still has days left."""

    told: int
    back: int
    waiting: int

    @property
    def percent(self) -> int | None:
        """Of those who came or whose days are over: who still has days left has not failed to come."""
        return _percent(self.back, self.told - self.waiting)


@dataclass
class Completion:
    """A month's contacts: by kind, by person, all together."""

    month: Month
    kinds: list[Done] = field(default_factory=list)
    people: list[Done] = field(default_factory=list)
    total: Done = field(default_factory=Done)
    won_back: WonBack = field(default_factory=lambda: WonBack(0, 0, 0))
    owed: int = 0


def completion(month: Month, today: date, told_before: int) -> Completion:
    """The contacts whose occasion fell into `month`. Four queries, however many there are.

    `told_before`: so many days before they lapse, a client is told of points and vouchers.
    """
    rows = list(_counted(month, today, timedelta(days=told_before)))
    found = Completion(month, won_back=won_back(month, today))
    found.owed = ContactTask.objects.waiting_for_an_answer().count()
    kinds = _summed(rows, lambda row: row["kind"])
    found.kinds = [kinds[kind] for kind in Kind if kind in kinds]
    for kind, done in kinds.items():
        done.label = str(Kind(kind).label)
    found.people = _people(rows, month)
    for row in rows:
        found.total.add(*_figures(row))
    return found


def _counted(month: Month, today: date, told_before: timedelta) -> Any:
    """Rows of kind, state, who, and their counts; without what is open and comes later than today."""
    of_day = Case(
        *(When(kind=kind, then=F("planned_for") + Value(timedelta(days=days))) for kind, days in GRACE.items()),
        default=F("planned_for"),
    )
    late = Q(closed_on__gt=F("until"))
    lapsing, later = Q(kind__in=LAPSING), {"status": Status.OPEN, "planned_for__gt": today}
    told = Q(planned_for__range=(month.first + told_before, month.last + told_before))
    kept = Q(planned_for__range=(month.first, month.last)) & ~Q(**later)
    return (
        ContactTask.objects.filter((lapsing & told) | (~lapsing & kept))
        .annotate(closed_on=TruncDate("closed_at"), until=ExpressionWrapper(of_day, DateField()))
        .annotate(state=_state(), who=_who("id"), name=_who("display_name"))
        .order_by()
        .values("kind", "state", "who", "name")
        .annotate(
            n=Count("pk"),
            on_time=Count("pk", filter=Q(status=Status.DONE) & ~late),
            points=Sum("satisfaction", default=0),
            told=Count("satisfaction"),
        )
    )


def _state() -> Case:
    """The status, in which what nobody wants or needs is told from what was missed."""
    not_wanted = Q(status=Status.SKIPPED) & ~Q(because=ContactTask.Because.TOO_LATE)
    return Case(When(not_wanted, then=Value(Status.CANCELLED.value)), default=F("status"))


def _who(name: str) -> Case:
    """Whose it was: who did it, else to whom it was given."""
    return Case(When(status=Status.DONE, then=F(f"closed_by__{name}")), default=F(f"assigned_to__{name}"))


def _figures(row: dict[str, Any]) -> tuple[str, int, int, int, int]:
    return row["state"], row["n"], row["on_time"], row["points"], row["told"]


def _summed(rows: Iterable[dict[str, Any]], key: Callable[[dict[str, Any]], Any]) -> dict[Any, Done]:
    sums: dict[Any, Done] = {}
    for row in rows:
        sums.setdefault(key(row), Done()).add(*_figures(row))
    return sums


def _people(rows: list[dict[str, Any]], month: Month) -> list[Done]:
    """Each person's, who did most first; at the end what went out by itself, and what was nobody's."""
    sums = _summed(rows, _person)
    names = {_person(row): row["name"] for row in rows}
    for row in _attempts(month):
        person = (row["by"], "") if row["by"] else (None, Status.DONE)
        names.setdefault(person, row["by__display_name"])
        sums.setdefault(person, Done()).attempts = row["n"]
    for person, done in sums.items():
        nobody = _("went out by itself") if person[1] else _("given to nobody")
        done.label = names[person] if person[0] else nobody
    return [sums[one] for one in sorted(sums, key=lambda one: (one[0] is None, -sums[one].done, sums[one].label))]


def _person(row: dict[str, Any]) -> tuple[int | None, str]:
    """Without a person, what is done went out by itself, and the rest was given to nobody."""
    return (row["who"], "") if row["who"] else (None, Status.DONE if row["state"] == Status.DONE else "")


def _attempts(month: Month) -> Any:
    made = Contact.objects.standing().filter(day__range=(month.first, month.last))
    made = made.exclude(outcome=Contact.Outcome.PREPARED).order_by()
    return made.values("by", "by__display_name").annotate(n=Count("pk"))


def won_back(month: Month, today: date) -> WonBack:
    """Of the clients told in `month` that they are missed: who came within 30 days after it. One query."""
    told = (
        Contact.objects.standing()
        .filter(kind=Kind.DORMANT, outcome__in=TOLD, day__range=(month.first, min(month.last, today)))
        .order_by()
    )
    soon = Visit.objects.completed().filter(
        client=OuterRef("client"), day__gt=OuterRef("day"), day__lte=OuterRef("day") + Value(timedelta(BACK_WITHIN))
    )
    told = told.annotate(came=Exists(soon))
    running = Q(came=False, day__gt=today - timedelta(days=BACK_WITHIN))
    sums = told.aggregate(
        told=Count("client", distinct=True),
        back=Count("client", distinct=True, filter=Q(came=True)),
        waiting=Count("client", distinct=True, filter=running),
    )
    return WonBack(sums["told"], sums["back"], sums["waiting"])


def _percent(part: int, whole: int) -> int | None:
    return round(100 * part / whole) if whole else None
