"""A salon that lives: each day people come, are entered late, voided, edited; and the plain list is told the same.

What happens is written as the program writes it, in bulk, so that two years pass in seconds.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from django.db.models import F

from clients.calendars import YearlyDay
from clients.models import Client, MemorableDay
from frontdesk.sample.loading import load
from frontdesk.sample.rhythm import Shape
from loyalty import lapsing, standing
from loyalty.models import LoyaltyAccount, PointsEntry, Tier, Voucher, VoucherKind
from outreach.models import ContactTask
from outreach.planning import birthdays, follow_ups, reminders, sweep
from outreach.planning import lapsing as notices
from staff.jobs import Window
from staff.models import User
from tests.loyalty.books import noon
from tests.loyalty.plain import PlainBook
from tests.outreach.plain import Person, PlainList, Seen, Slip
from tests.outreach.plain_start import told
from visits.models import Visit, VisitLine

PLANS = (
    birthdays.plan,
    birthdays.plan_gifts,
    birthdays.plan_memorable_days,
    follow_ups.plan,
    follow_ups.plan_thanks,
    reminders.plan,
    notices.plan,
    notices.plan_vouchers,
)
Row = tuple[int, str, str, date, date, int, str, str, int | None]


def plan_all(first: date | None, today: date) -> None:
    """What a tick does once a day, and the closing that it does each minute."""
    for plan in PLANS:
        plan(Window(first, today), noon(today))
    sweep.sweep(today, noon(today))


def rows() -> set[Row]:
    """The list as the database has it."""
    return set(
        ContactTask.objects.values_list(
            *("client", "kind", "occasion", "planned_for", "due_on", "belated_days", "status", "because"),
            "assigned_to",
        )
    )


def plain_rows(plain: PlainList) -> set[Row]:
    return {
        (
            *(who, task.kind, task.occasion, task.planned_for, task.due_on),
            *(task.belated, task.status, task.because, task.assigned),
        )
        for who, tasks in plain.tasks.items()
        for task in tasks.values()
    }


@dataclass
class Salon:
    """The sample salon, what happens in it from its present day on, and the plain list beside it."""

    draw: Random
    today: date
    plain: PlainList
    staff: list[User]
    habits: dict[int, float]
    planned_to: date | None = None
    receipts: int = 0
    late: list[tuple[date, int, int]] = field(default_factory=list)

    @classmethod
    def opened(cls, clients: int, visits: int, today: date, seed: int) -> "Salon":
        """The sample as it is loaded; its contacts, if it has any, are the plain list's too."""
        load(Shape(clients=clients, visits=visits, seed=seed, today=today), lambda *_told: None)
        draw = Random(seed)  # nothing secret is drawn
        plain = told()
        staff = list(User.objects.order_by("pk"))
        salon = cls(draw, today, plain, staff, {pk: draw.choice((0.0, 0.01, 0.02, 0.05)) for pk in plain.people})
        salon.receipts = Visit.objects.count()
        return salon

    def anybody(self) -> Person:
        return self.plain.people[self.draw.choice(list(self.plain.people))]

    def told_of(self, kind: str) -> Person:
        """Somebody with such a contact open; anybody when there is none."""
        told = [
            pk
            for pk, tasks in self.plain.tasks.items()
            if any(task.kind == kind and task.status == "open" for task in tasks.values())
        ]
        return self.plain.people[self.draw.choice(told)] if told else self.anybody()

    def live(self) -> None:
        """One day passes: who comes, what is corrected, what the staff do of the list."""
        self.today += timedelta(days=1)
        coming = [(self.today, pk, 0) for pk, often in self.habits.items() if self.draw.random() < often]
        self.late += [(day, pk, 1) for day, pk, _late in coming if self.draw.random() < 0.06]
        postponed = {pk for _day, pk, _late in self.late}
        entered = [one for one in coming if one[1] not in postponed]
        entered += [one for one in self.late if self.draw.random() < 0.25]
        self.late = [one for one in self.late if one not in entered]
        if self.draw.random() < 0.3:
            entered.append((self.today, self.newcomer().pk, 0))
        for chance, happens in (
            (0.15, self.void),
            (0.3, self.edit_birthday),
            (0.1, self.memorable_day),
            (0.05, self.let_alone),
            (0.02, self.off_file),
            (0.3, self.voucher),
            (0.2, self.use_voucher),
            (0.2, self.spend_points),
            (0.05, self.reach_tier),
        ):
            if self.draw.random() < chance:
                happens()
        self.enter(entered)

    def plan(self) -> None:
        """The plan of the day, by the program and by hand."""
        if self.today.month == 1:
            lapsing.lapse(self.today, at=noon(self.today))
            for person in self.plain.people.values():
                person.book.night(self.today)
        first = self.planned_to + timedelta(days=1) if self.planned_to else None
        plan_all(first, self.today)
        self.plain.plan(first, self.today)
        self.planned_to = self.today

    def work_the_list(self) -> None:
        """Some of what is due is done, some is put off."""
        for row in ContactTask.objects.due(self.today).order_by("pk"):
            task, luck = self.plain.tasks[row.client_id][row.kind, row.occasion], self.draw.random()
            if luck < 0.3:
                ContactTask.objects.filter(pk=row.pk).update(status="done", closed_at=noon(self.today))
                task.status = "done"
            elif luck < 0.4:
                task.due_on = self.today + timedelta(days=self.draw.randrange(1, 12))
                ContactTask.objects.filter(pk=row.pk).update(due_on=task.due_on, attempts=F("attempts") + 1)

    def newcomer(self) -> Person:
        client = Client.objects.create(name="新客", consultant=self.draw.choice([None, *self.staff]))
        person = Person(client.pk, consultant=client.consultant_id)
        self.plain.people[client.pk] = person
        self.habits[client.pk] = self.draw.choice((0.0, 0.01, 0.03))
        return person

    def enter(self, entered: list[tuple[date, int, int]]) -> None:
        """Receipts, each with one line by somebody, and what they earn."""
        visits, lines, entries = [], [], []
        for day, pk, _late in entered:
            person, paid = self.plain.people[pk], self.draw.choice((0, 128, 468, 680))
            if not person.on_file:
                continue
            self.receipts += 1
            imported = self.draw.random() < 0.03
            at = noon(day) + timedelta(seconds=self.receipts % 3600)
            visit = Visit(client_id=pk, at=at, day=day, gross=paid, total=paid, recorded_at=noon(self.today))
            visit.imported_from = "old" if imported else ""
            visits.append(visit)
            by = self.draw.choice([None, *self.staff])
            price = Decimal(paid)
            lines.append(VisitLine(visit=visit, name="护理", unit_price=price, amount=price, beautician=by))
            seen = Seen(0, day, self.receipts % 3600, paid * 100, by.pk if by else None, imported)
            person.visits.append(seen)
            entries.append((visit, seen, paid))
        Visit.objects.bulk_create(visits)
        VisitLine.objects.bulk_create(lines)
        for visit, seen, _paid in entries:
            seen.pk = visit.pk
        standing.rebuild_all(self.today)  # opens the accounts of new clients
        self._book([(visit.client_id or 0, paid, f"earn:visit:{visit.pk}") for visit, _seen, paid in entries if paid])

    def _book(self, lines: list[tuple[int, int, str]], kind: PointsEntry.Kind = PointsEntry.Kind.EARN) -> None:
        lapses = date(self.today.year + 1, 12, 31) if kind == PointsEntry.Kind.EARN else None
        PointsEntry.objects.bulk_create(
            PointsEntry(
                account_id=pk,
                kind=kind,
                points=points,
                balance_after=0,
                occasion=occasion,
                expires_on=lapses,
                at=noon(self.today) + timedelta(hours=6),
            )
            for pk, points, occasion in lines
        )
        for pk, points, _occasion in lines:
            book: PlainBook = self.plain.people[pk].book
            if lapses:
                book.came[lapses] += points
            else:
                book.spent -= points

    def void(self) -> None:
        person = self.anybody()
        if (seen := person.latest()) and not seen.imported:
            now = noon(self.today)
            Visit.objects.filter(pk=seen.pk).update(status="void", voided_at=now, void_reason="记错")
            seen.void = True

    def edit_birthday(self) -> None:
        """To some day near today, of either calendar, or to none."""
        person, near = self.anybody(), self.today + timedelta(days=self.draw.randrange(-20, 21))
        chosen = self.draw.choice(("solar", "lunar", "none"))
        if chosen == "none":
            person.birthday = None
        elif chosen == "solar":
            person.birthday = YearlyDay("solar", near.month, near.day)
        else:
            person.birthday = YearlyDay("lunar", self.draw.randrange(1, 13), self.draw.randrange(1, 31))
        kept = person.birthday
        Client.objects.filter(pk=person.pk).update(
            birthday_calendar=kept.calendar if kept else "solar",
            birthday_month=kept.month if kept else None,
            birthday_day=kept.day if kept else None,
            birthday_leap_month=False,
        )

    def memorable_day(self) -> None:
        person, near = self.anybody(), self.today + timedelta(days=self.draw.randrange(-2, 21))
        if person.days and self.draw.random() < 0.4:
            pk = self.draw.choice(list(person.days))
            MemorableDay.objects.filter(pk=pk).delete()
            del person.days[pk]
            for task in self.plain.of(person).values():
                if task.day == pk:
                    task.day = -1 if task.status == "open" else None
            return
        day = MemorableDay.objects.create(client_id=person.pk, label="结婚纪念日", month=near.month, day=near.day)
        person.days[day.pk] = YearlyDay("solar", near.month, near.day)

    def let_alone(self) -> None:
        person = self.anybody()
        person.let_alone = not person.let_alone
        Client.objects.filter(pk=person.pk).update(do_not_contact=person.let_alone)

    def off_file(self) -> None:
        person = self.anybody()
        person.on_file = False
        Client.objects.filter(pk=person.pk).update(status=Client.Status.ERASED)

    def voucher(self) -> None:
        person, kind = self.anybody(), VoucherKind.objects.all()[0]
        if not LoyaltyAccount.objects.filter(pk=person.pk).exists():
            return
        last = self.today + timedelta(days=self.draw.choice((5, 10, 20, 30, 90)))
        given = Voucher.objects.create(
            code=f"{Voucher.objects.count() + 70_000_000:08d}",
            account_id=person.pk,
            kind=kind,
            name=kind.name,
            worth=kind.worth,
            value=kind.value,
            issued_on=self.today,
            expires_on=last,
            source=Voucher.Source.RULE,
        )
        person.vouchers.append(Slip(given.pk, self.today, last))

    def use_voucher(self) -> None:
        person = self.told_of("voucher_lapsing")
        left = [slip for slip in person.vouchers if not slip.used]
        if left:
            slip = self.draw.choice(left)
            Voucher.objects.filter(pk=slip.pk).update(
                status="withdrawn", withdrawn_at=noon(self.today), withdrawn_reason="收回"
            )
            slip.used = True

    def spend_points(self) -> None:
        person = self.told_of("points_lapsing")
        if (points := person.book.balance) > 0:
            spent = self.draw.choice((points, points // 2 + 1))
            self._book([(person.pk, -spent, f"spent:{person.pk}:{self.today}")], PointsEntry.Kind.REDEEM)

    def reach_tier(self) -> None:
        person = self.anybody()
        tier = Tier.objects.get(position=self.draw.randrange(1, 5))
        if LoyaltyAccount.objects.filter(pk=person.pk).update(tier=tier):
            person.place = tier.position


def differing(salon: Salon) -> tuple[list[Row], list[Row]]:
    """What only the plain list has, and what only the database has."""
    found, wanted = rows(), plain_rows(salon.plain)
    return sorted(wanted - found, key=str), sorted(found - wanted, key=str)
