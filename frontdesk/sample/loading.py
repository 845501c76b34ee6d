"""Putting the sample into an empty database: one client at a time, sent by COPY, all of it or nothing."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

import pgtrigger
from django.db import connection, transaction
from django.utils import timezone

from clients.models import Attendance, Client
from clients.tagging import apply_rules
from frontdesk.sample import words
from frontdesk.sample.accounts import make_team
from frontdesk.sample.benefits import give_benefits
from frontdesk.sample.catalogue import make_catalogue
from frontdesk.sample.contacts import give_contacts
from frontdesk.sample.drafts import leave_draft
from frontdesk.sample.files import Files
from frontdesk.sample.known import known_days, known_sale
from frontdesk.sample.membership import Membership, Rules
from frontdesk.sample.people import People, Person
from frontdesk.sample.rhythm import SPAN, Course, Shape
from frontdesk.sample.selling import Sale, Till, payments
from loyalty import standing
from loyalty.importing.copying import Table, continue_ids
from loyalty.models import LoyaltyAccount, PointsEntry, Tier, TierChange
from staff.models import Salon
from visits.models import ZERO, Payment, Refund, RefundLine, Visit, VisitLine
from visits.pricing import Quote

KEYS = uuid.UUID("b1ea6c52-7f3d-5d0e-8a41-60f0c2d9e7aa")  # the name space of the sample's checkout keys
NAME = "花间美容"
VOIDED, REFUNDED = 0.004, 0.008


class NotEmpty(Exception):
    """The database holds clients: the sample must not be mixed with them."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows of the main tables were made."""

    clients: int
    visits: int
    entries: int


@transaction.atomic
def load(shape: Shape, progress: Callable[[str, int, int], None]) -> Loaded:
    """Fill the database. `progress` gets what is being done, how far it is, and of how much.

    Raises NotEmpty when there are clients.
    """
    with connection.cursor() as cursor:
        cursor.execute('LOCK TABLE "clients_client", "visits_visit" IN SHARE ROW EXCLUSIVE MODE')
    if Client.objects.exists() or Visit.objects.exists():
        raise NotEmpty
    _name_the_salon(shape)
    with connection.cursor() as cursor:
        # What a row points at is there when it is sent; checked at once, Postgres need not remember it for later.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pgtrigger.ignore("clients.SkinRecord:audited", "clients.Allergy:audited"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")  # tells the triggers, for the whole transaction, that nobody entered these by hand
        loading = Loading(shape, progress)
        loaded = loading.run()
    progress("standing", shape.visits, shape.visits)
    standing.rebuild_all(shape.today)
    apply_rules()
    give_benefits(shape.today, loading.team)
    progress("contacts", shape.visits, shape.visits)
    give_contacts(shape, loading.team)
    return loaded


def _name_the_salon(shape: Shape) -> None:
    salon = Salon.load()
    salon.name, salon.phone, salon.address = NAME, "0571-8888 0000", "杭州市西湖区文三路 118 号"
    salon.closed_days = [day.isoformat() for day in shape.closed_days]
    salon.save(update_fields=["name", "phone", "address", "closed_days"])


class Loading:
    """One run: the tables that are being filled, and the counters that give ids."""

    def __init__(self, shape: Shape, progress: Callable[[str, int, int], None]) -> None:
        self.shape, self.progress = shape, progress
        self.zone = timezone.get_current_timezone()
        self.team = make_team(shape.visits)
        self.till = Till(make_catalogue(), self.team, shape.today, self.zone)
        self.people = People(shape, len(self.team.beauticians))
        self.rules = Rules.load()
        self.files = Files(self.team, shape.today)
        self._open_tables()
        self.lines_made = self.refunds_made = self.visits_made = 0
        self.next_on_day = self._count_days()

    def _open_tables(self) -> None:
        clients = self.files.clients
        self.accounts = Table(LoyaltyAccount, "client", "balance", "tier", "tier_since", "review_on", after=[clients])
        self.visits = Table(
            Visit,
            *("id", "checkout_key", "content_hash", "client", "at", "day", "status", "gross", "tier_discount"),
            *("manual_discount", "total", "refunded", "tier_name", "tier_name_en"),
            *("care_note", "next_care", "by", "recorded_at"),
            *("voided_at", "voided_by", "void_reason"),
            after=[clients],
        )
        self.lines = Table(
            VisitLine,
            *("id", "visit", "position", "service", "product", "name", "beautician", "quantity", "unit_price"),
            *("tier_discount", "manual_discount", "discount_reason", "amount"),
            after=[self.visits],
        )
        self.payments = Table(Payment, "visit", "method", "amount", after=[self.visits])
        self.refunds = Table(
            Refund, "id", "key", "visit", "amount", "method", "reason", "at", "by", after=[self.visits]
        )
        self.refund_lines = Table(RefundLine, "refund", "line", "amount", after=[self.refunds, self.lines])
        self.entries = Table(
            PointsEntry,
            *("account", "kind", "points", "balance_after", "occasion", "visit", "refund", "expires_on", "why"),
            *("by", "at"),
            after=[self.accounts, self.visits, self.refunds],
        )
        self.moves = Table(
            TierChange,
            *("account", "from_tier", "to_tier", "why", "figures", "on", "at", "by"),
            after=[self.accounts],
        )
        self.attendances = Table(Attendance, "client", "user", "last_on", after=[clients])
        self.tables = (
            *(*self.files.tables, self.accounts, self.visits, self.lines, self.payments, self.refunds),
            *(self.refund_lines, self.entries, self.moves, self.attendances),
        )

    def _count_days(self) -> list[int]:
        """For each day the number of its first receipt: receipts are numbered in the order of days."""
        counts = [0] * (SPAN + 1)
        for number, course, count in self.shape.courses():
            self.progress("days", number, self.shape.clients)
            for day in self._days(number, course, count):
                counts[day] += 1
        for number in range(self.shape.walk_ins):
            counts[self.shape.walk_in_day(number)] += 1
        first = 1
        for day, count in enumerate(counts):
            counts[day], first = first, first + count
        return counts

    def _days(self, number: int, course: Course, count: int) -> list[int]:
        return known_days(count) if number == self.shape.known else self.shape.days_of(number, course, count)

    def run(self) -> Loaded:
        """Make everything, and let the sequences go on after it."""
        for number, course, count in self.shape.courses():
            self._client(number, course, self._days(number, course, count))
            self.progress("visits", self.visits_made, self.shape.visits)
        for number in range(self.shape.walk_ins):
            self._walk_in(number)
            self.progress("visits", self.visits_made, self.shape.visits)
        for table in self.tables:
            table.send()
        continue_ids(Client, Visit, VisitLine, Refund)
        leave_draft(self.shape, self.team, self.till, self.shape.known + 1)
        return Loaded(self.files.clients.count, self.visits.count, self.entries.count)

    def _client(self, number: int, course: Course, days: list[int]) -> None:
        pk = number + 1
        person = self.people.person(number, course)
        draw = self.shape.draw("life", number)
        joined = self.shape.day(days[0] if days else course.joined)
        on = [self.shape.day(day) for day in days]
        self.files.add(pk, person, course, joined, on, draw)
        membership = self._membership(pk, person)
        taste = self.till.taste(person, draw)
        attended: dict[int, date] = {}
        for place, day in enumerate(days):
            following = on[place + 1] if place + 1 < len(on) else self.shape.today + timedelta(days=1)
            if person.is_known:
                sale = known_sale(self.till, on[place], len(days) - place)
            else:
                sale = self.till.sale(draw, on[place], taste, first=not place)
            membership.pass_time(on[place], self.zone)
            if self._visit(day, sale, pk, membership, following, draw):
                attended |= {line.beautician: sale.day for line in sale.lines if line.beautician}
        membership.pass_time(self.shape.today, self.zone)
        self._close(pk, membership, attended)

    def _membership(self, pk: int, person: Person) -> Membership:
        kept = person.birthday
        client = Client(pk=pk, birthday_calendar=kept.calendar, birthday_month=kept.month, birthday_day=kept.day)
        return Membership(client, self.rules)

    def _close(self, pk: int, membership: Membership, attended: dict[int, date]) -> None:
        """The account, with the book and the moves that led to it."""
        self.accounts.add(pk, membership.balance, membership.tier.pk, membership.since, membership.review_on)
        for entry in membership.entries:
            self.entries.add(
                *(pk, entry.kind, entry.points, entry.balance, entry.occasion, entry.visit, entry.refund),
                *(entry.expires_on, entry.why, entry.by, entry.at),
            )
        for move in membership.moves:
            self.moves.add(pk, move.old, move.new, move.why, move.figures, move.on, move.at, move.by)
        for user, day in attended.items():
            self.attendances.add(pk, user, day)

    def _visit(self, day: int, sale: Sale, client: int, membership: Membership, following: date, draw: Random) -> bool:
        """One visit with all that hangs on it. Returns whether it counts: a voided one does not."""
        tier: Tier = membership.tier
        quote = sale.priced(tier.discount_percent)
        pk = self._take_number(day)
        past = sale.day < self.shape.today
        if past and draw.random() < VOIDED and not membership.would_move(sale.day, None, quote.total):
            self._write(pk, client, sale, quote, tier, draw, void=draw.choice(words.VOIDS))
            voided = sale.at + timedelta(minutes=20)
            membership.void(pk, sale.day, quote.total, at=sale.at, voided=voided, by=sale.by)
            return False
        earned = membership.visit(pk, sale.day, quote.total, at=sale.at, by=sale.by)
        back = self._given_back(sale, quote, draw) if past else None
        back_on = min(sale.day + timedelta(days=1), following)
        if back and back_on < following and not membership.would_move(sale.day, ZERO, -back[1]):
            place, amount = back
            lines = self._write(pk, client, sale, quote, tier, draw, refunded=amount)
            at = datetime.combine(back_on, time(14, 30), self.zone)
            self._refund(pk, lines + place, amount, at, draw)
            membership.refund(self.refunds_made, pk, sale.day, quote.total, amount, earned, at=at, by=self.team.manager)
        else:
            self._write(pk, client, sale, quote, tier, draw)
        return True

    @staticmethod
    def _given_back(sale: Sale, quote: Quote, draw: Random) -> tuple[int, Decimal] | None:
        """Which line is refunded, and how much of it; None for nearly all visits."""
        if draw.random() >= REFUNDED:
            return None
        place = draw.randrange(len(sale.lines))
        amount = quote.lines[place].amount
        amount = amount if draw.random() < 0.5 else Decimal(int(amount) // 2)
        return (place, amount) if amount else None

    def _refund(self, visit: int, line: int, amount: Decimal, at: datetime, draw: Random) -> None:
        self.refunds_made += 1
        key, reason = uuid.uuid5(KEYS, f"refund:{visit}"), draw.choice(words.REFUNDS)
        self.refunds.add(*(self.refunds_made, key, visit, amount, Payment.Method.WECHAT, reason, at, self.team.manager))
        self.refund_lines.add(self.refunds_made, line, amount)

    def _walk_in(self, number: int) -> None:
        draw = self.shape.draw("walk-in sale", number)
        day = self.shape.walk_in_day(number)
        taste = self.till.anybody(draw)
        sale = self.till.sale(draw, self.shape.day(day), taste, first=False)
        self._write(self._take_number(day), None, sale, sale.priced(0), None, draw)

    def _take_number(self, day: int) -> int:
        self.next_on_day[day] += 1
        self.visits_made += 1
        return self.next_on_day[day] - 1

    def _write(
        self,
        pk: int,
        client: int | None,
        sale: Sale,
        quote: Quote,
        tier: Tier | None,
        draw: Random,
        *,
        refunded: Decimal = ZERO,
        void: str = "",
    ) -> int:
        """Write visit, lines and payments. Returns the id of the first line."""
        voided = (sale.at + timedelta(minutes=20), self.team.manager) if void else (None, None)
        self.visits.add(
            *(pk, uuid.uuid5(KEYS, f"visit:{pk}"), hashlib.sha256(f"sample:{pk}".encode()).hexdigest(), client),
            *(sale.at, sale.day, Visit.Status.VOID if void else Visit.Status.COMPLETED),
            *(quote.gross, quote.tier_discount, quote.manual_discount, quote.total, refunded),
            *((tier.name, tier.name_en) if tier else ("", "")),
            *(sale.care_note, sale.next_care, sale.by, sale.at, *voided, void),
        )
        first = self.lines_made + 1
        for place, (line, priced) in enumerate(zip(sale.lines, quote.lines, strict=True)):
            self.lines_made += 1
            service, product = (line.item.pk, None) if line.item.is_service else (None, line.item.pk)
            reason = line.reason if priced.manual_discount else ""
            self.lines.add(
                *(self.lines_made, pk, place, service, product, line.item.name, line.beautician, line.quantity),
                *(line.unit_price, priced.tier_discount, priced.manual_discount, reason, priced.amount),
            )
        for method, amount in payments(draw, quote.total):
            self.payments.add(pk, method, amount)
        return first
