"""Whom to contact, once more, in slow plain Python: one client, one day and one rule at a time.

Written from DESIGN §4 and the agreed words of the contacts, not from the statements that it is held against. Nothing
here asks the database.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from clients import lunar
from clients.calendars import YearlyDay, solar_day_kept
from loyalty.months import months_after
from tests.loyalty.plain import PlainBook

FOLLOW_UP_DUE, FOLLOW_UP_SHOWN, FOLLOW_UP_LATE = 7, 3, 14
GREETING_LATE, GIFT_DAYS, THANKS_LATE, REMINDER_LATE, LAPSING = 3, 3, 7, 14, 14
MONTHS = (6, 9, 12)
APART = 180
MISTAKEN = timedelta(days=30)


@dataclass
class Seen:
    """A visit, by number of the receipt. `order` is its place among the receipts of the day."""

    pk: int
    day: date
    order: int
    paid: int
    beautician: int | None
    imported: bool = False
    void: bool = False


@dataclass
class Slip:
    """A voucher."""

    pk: int
    given: date
    last: date
    used: bool = False


@dataclass
class Person:
    """A client's file, as somebody would read it."""

    pk: int
    on_file: bool = True
    let_alone: bool = False
    birthday: YearlyDay | None = None
    days: dict[int, YearlyDay] = field(default_factory=dict)
    consultant: int | None = None
    place: int = 0
    visits: list[Seen] = field(default_factory=list)
    book: PlainBook = field(default_factory=PlainBook)
    vouchers: list[Slip] = field(default_factory=list)

    def came(self) -> list[Seen]:
        """The visits that count, in the order of days."""
        return sorted((one for one in self.visits if not one.void), key=lambda one: (one.day, one.order, one.pk))

    def latest(self, *, own: bool = False) -> Seen | None:
        """The last visit that counts; with `own` the last that was not taken over from elsewhere."""
        seen = [one for one in self.came() if not (own and one.imported)]
        return seen[-1] if seen else None


@dataclass
class Task:
    """A line of the list."""

    kind: str
    occasion: str
    planned_for: date
    due_on: date
    belated: int = 0
    status: str = "open"
    because: str = ""
    assigned: int | None = None
    visit: Seen | None = None
    day: int | None = None

    closed_on: date | None = None

    def close(self, because: str, on: date) -> None:
        self.status, self.because = ("skipped" if because == "too_late" else "cancelled"), because
        self.closed_on = on


def is_kept(yearly: YearlyDay, on: date) -> bool:
    """Whether a day of the year is kept on this day; 29 February on the 28th in other years."""
    if yearly.calendar == "solar":
        return solar_day_kept(on.year, yearly.month, yearly.day, "feb28") == on
    year = lunar.lunar_date(on).year
    return lunar.kept_in(year, yearly.month, yearly.day) == on


def year_of(yearly: YearlyDay, on: date) -> str:
    return f"S{on.year}" if yearly.calendar == "solar" else f"L{lunar.lunar_date(on).year}"


def each_day(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)


@dataclass
class PlainList:
    """The list of contacts, and the people it is about. `may_greet` are the staff who may see birthdays and points."""

    people: dict[int, Person]
    at_work: set[int]
    may_greet: set[int]
    gift_from: int
    tasks: dict[int, dict[tuple[str, str], Task]] = field(default_factory=dict)

    def of(self, person: Person) -> dict[tuple[str, str], Task]:
        return self.tasks.setdefault(person.pk, {})

    # The plan of a day: `first` is the first day that was not planned yet, None on the first day of all.

    def plan(self, first: date | None, today: date) -> None:
        for person in self.people.values():
            self.tidy(person, today)
            if person.on_file and not person.let_alone:
                self.birthday(person, first, today)
                self.gift(person, first, today)
                self.memorable(person, first, today)
                self.follow_up(person, first, today)
                self.thanks(person, first, today)
                self.away(person, first, today)
                self.points(person, first, today)
                self.slips(person, first, today)
            self.tidy(person, today)

    def put(self, person: Person, task: Task, today: date, *, is_over: bool, again: str = "") -> None:
        """Put it in once. What was closed for the reason `again` may come back, or by a tick that was a mistake.

        A reminder does not: it is of its day.
        """
        had = self.of(person).get((task.kind, task.occasion))
        gone = {again} if task.kind == "dormant" else {again, "do_not_contact"}
        if had is not None and not (had.status == "cancelled" and had.because in gone):
            return
        task.belated = max((today - task.due_on).days, 0)
        if is_over:
            task.close("too_late", today)
        else:
            task.due_on = max(task.due_on, today)
            task.assigned = self.whose(person, task)
        self.of(person)[task.kind, task.occasion] = task

    def whose(self, person: Person, task: Task) -> int | None:
        is_private = task.kind in ("birthday", "gift", "memorable_day", "points_lapsing", "voucher_lapsing")
        able = self.at_work & self.may_greet if is_private else self.at_work
        if person.consultant in able:
            return person.consultant
        visit = task.visit or max(person.came(), key=lambda one: (one.day, one.pk), default=None)
        return visit.beautician if visit and visit.beautician in able else None

    def birthday(self, person: Person, first: date | None, today: date) -> None:
        if person.birthday is None:
            return
        late = today - timedelta(days=GREETING_LATE)
        for on in each_day(late if first is None else min(first, late), today):
            if is_kept(person.birthday, on) and not self.greeted(person, "birthday", on):
                task = Task("birthday", year_of(person.birthday, on), on, on)
                self.put(person, task, today, is_over=on < late, again="date_changed")

    def gift(self, person: Person, first: date | None, today: date) -> None:
        if person.birthday is None or person.place < self.gift_from:
            return
        ahead = timedelta(days=GIFT_DAYS)
        for on in each_day(today if first is None else min(first + ahead, today), today + ahead):
            if is_kept(person.birthday, on) and not self.greeted(person, "gift", on):
                task = Task("gift", year_of(person.birthday, on), on, on - ahead)
                self.put(person, task, today, is_over=on < today, again="date_changed")

    def memorable(self, person: Person, first: date | None, today: date) -> None:
        late = today - timedelta(days=GREETING_LATE)
        for pk, yearly in person.days.items():
            for on in each_day(late if first is None else min(first, late), today):
                if is_kept(yearly, on) and not self.greeted(person, "memorable_day", on, pk):
                    task = Task("memorable_day", f"{year_of(yearly, on)}:{pk}", on, on, day=pk)
                    self.put(person, task, today, is_over=on < late, again="date_changed")

    def greeted(self, person: Person, kind: str, on: date, day: int | None = None) -> bool:
        """Whether there is a greeting so near that another one would be a second one."""
        for task in self.of(person).values():
            if task.kind == kind and task.status != "cancelled":
                near = abs((task.planned_for - on).days) <= APART
                if (near and task.day == day) or (day and task.day is None and task.planned_for == on):
                    return True
        return False

    def follow_up(self, person: Person, first: date | None, today: date) -> None:
        visit = person.latest(own=True)
        if visit is None or visit.day + timedelta(days=FOLLOW_UP_SHOWN) > today:
            return
        due = visit.day + timedelta(days=FOLLOW_UP_DUE)
        is_over = due + timedelta(days=FOLLOW_UP_LATE) < today
        if is_over and (first is None or visit.day + timedelta(days=FOLLOW_UP_SHOWN) < first):
            return
        calls = [task for task in self.of(person).values() if task.kind == "follow_up" and task.status != "cancelled"]
        if any(task.status == "open" or (task.visit and task.visit.day == visit.day) for task in calls):
            return
        task = Task("follow_up", f"visit:{visit.pk}", due, due, visit=visit)
        self.put(person, task, today, is_over=is_over, again="newer_visit")

    def thanks(self, person: Person, first: date | None, today: date) -> None:
        visits = person.came()
        if not visits or visits[0].imported or visits[0].day > today:
            return
        visit = visits[0]
        is_over = visit.day + timedelta(days=THANKS_LATE) < today
        if is_over and (first is None or visit.day < first):
            return
        if any(task.kind == "thank_you" and task.status != "cancelled" for task in self.of(person).values()):
            return
        task = Task("thank_you", f"visit:{visit.pk}", visit.day, visit.day, visit=visit)
        self.put(person, task, today, is_over=is_over)

    def away(self, person: Person, first: date | None, today: date) -> None:
        self.not_back(person, today)
        visits = person.came()
        if not visits or sum(one.paid for one in visits) <= 0:
            return
        last = max(visits, key=lambda one: (one.day, one.pk))
        since = today - timedelta(days=6) if first is None else min(first, today)
        for months in MONTHS:
            on = months_after(last.day, months)
            occasion = f"since:{last.pk}:{months}"
            if not since <= on <= today or ("dormant", occasion) in self.of(person):
                continue
            is_over = on + timedelta(days=REMINDER_LATE) < today
            for task in self.of(person).values():
                if not is_over and task.kind == "dormant" and task.status == "open":
                    task.close("newer_reminder", today)
            self.put(person, Task("dormant", occasion, on, on, visit=last), today, is_over=is_over)

    def not_back(self, person: Person, today: date) -> None:
        """The visit by which somebody seemed to come back lately was void: the last reminder stands again."""
        reminders = [task for task in self.of(person).values() if task.kind == "dormant"]
        last = reminders[-1] if reminders else None
        if last is None or last.visit is None or last.closed_on is None or last.visit.void:
            return
        is_back = any(one.day > last.visit.day for one in person.came())
        if last.because == "returned" and today - last.closed_on <= MISTAKEN and not is_back:
            last.status, last.because = "open", ""

    def points(self, person: Person, first: date | None, today: date) -> None:
        ahead = timedelta(days=LAPSING)
        for on, points in person.book.left().items():
            if points > 0 and today <= on <= today + ahead:
                task = Task("points_lapsing", f"lapse:{on}", on, on - ahead)
                self.put(person, task, today, is_over=False)
        for on, points in person.book.gone.items():
            if points > 0 and first is not None and first + ahead <= on < today:
                task = Task("points_lapsing", f"lapse:{on}", on, on - ahead)
                self.put(person, task, today, is_over=True)

    def slips(self, person: Person, first: date | None, today: date) -> None:
        days: dict[date, list[date]] = {}
        for slip in person.vouchers:
            told = max(slip.last - timedelta(days=LAPSING), slip.given + timedelta(days=7))
            if not slip.used and slip.given + timedelta(days=7) < slip.last:
                days.setdefault(slip.last, []).append(told)
        for last, tolds in days.items():
            told = min(tolds)
            if told <= today and (last >= today or (first is not None and told >= first)):
                task = Task("voucher_lapsing", f"vouchers:{last}", last, told)
                self.put(person, task, today, is_over=last < today)

    # What is no longer needed.

    def tidy(self, person: Person, today: date) -> None:
        for task in self.of(person).values():
            if task.status == "open" and (because := self.no_longer(person, task, today)):
                task.close(because, today)

    def no_longer(self, person: Person, task: Task, today: date) -> str:
        if not person.on_file:
            return "not_on_file"
        if person.let_alone:
            return "do_not_contact"
        if task.visit is not None and task.visit.void:
            return "visit_void"
        if task.visit is not None and task.kind in ("dormant", "follow_up"):
            last = person.latest(own=task.kind == "follow_up")
            if last and last.day > task.visit.day:
                return "returned" if task.kind == "dormant" else "newer_visit"
        if task.kind in ("birthday", "gift", "memorable_day") and not self.fits(person, task):
            return "date_changed"
        if task.kind != "dormant" and today > self.last_day(task):
            return "too_late"
        if task.kind == "points_lapsing" and not person.book.left().get(task.planned_for):
            return "used"
        if task.kind == "voucher_lapsing" and all(
            slip.used for slip in person.vouchers if slip.last == task.planned_for
        ):
            return "used"
        return ""

    def fits(self, person: Person, task: Task) -> bool:
        yearly = person.birthday if task.day is None else person.days.get(task.day)
        return yearly is not None and is_kept(yearly, task.planned_for)

    def last_day(self, task: Task) -> date:
        """The last day on which it is worth doing."""
        if task.kind == "gift":
            return max(task.planned_for, task.due_on)
        if task.kind in ("points_lapsing", "voucher_lapsing"):
            return task.planned_for
        late = {"follow_up": FOLLOW_UP_LATE, "thank_you": THANKS_LATE}.get(task.kind, GREETING_LATE)
        return task.due_on + timedelta(days=late)
