"""Telling the plain list what the database holds at the beginning."""

from datetime import timedelta

from django.utils import timezone

from clients.calendars import YearlyDay
from clients.models import Client
from loyalty import lapsing
from loyalty.models import PointsEntry, Voucher
from outreach.models import ContactTask, OutreachRules
from staff.models import User
from staff.roles import Role
from tests.loyalty.plain import FOREVER
from tests.outreach.plain import Person, PlainList, Seen, Slip, Task
from visits.models import Visit, VisitLine

HALF_A_DAY = timedelta(hours=12)


def told() -> PlainList:
    """The clients with all that is known of them, and the contacts that are planned already."""
    gift_from = OutreachRules.load().gift_from_tier
    assert gift_from is not None
    greeting, treating = _members(Role.FRONT_DESK, Role.MANAGER), _members(Role.BEAUTICIAN)
    clients = Client.objects.select_related("account__tier").order_by("pk")  # whom a seed draws is the same each time
    people = {client.pk: _person(client) for client in clients}
    plain = PlainList(people, greeting | treating, greeting, gift_from.position)
    tell_visits(plain)
    tell_books(plain)
    tell_tasks(plain)
    return plain


def tell_visits(plain: PlainList) -> None:
    lines = VisitLine.objects.exclude(beautician=None).order_by("-position")
    treated = dict(lines.values_list("visit", "beautician"))
    for order, visit in enumerate(Visit.objects.exclude(client=None).order_by("at", "pk")):
        person = plain.people[visit.client_id or 0]
        is_void = visit.status == Visit.Status.VOID
        person.visits.append(
            Seen(visit.pk, visit.day, order, int(visit.paid * 100), treated.get(visit.pk), void=is_void)
        )


def tell_books(plain: PlainList) -> None:
    kinds = PointsEntry.Kind
    for entry in PointsEntry.objects.order_by("pk"):
        book, day = plain.people[entry.account_id].book, entry.expires_on or FOREVER
        names_its_day = entry.kind != kinds.REVERSE if entry.points > 0 else entry.kind in lapsing.FROM_THEIR_OWN
        if names_its_day:
            book.came[day] += entry.points
        else:
            book.spent -= entry.points
        if entry.kind == kinds.EXPIRE:
            book.gone[day] -= entry.points
    for voucher in Voucher.objects.order_by("pk"):
        slip = Slip(voucher.pk, voucher.issued_on, voucher.expires_on, voucher.status != Voucher.Status.OPEN)
        plain.people[voucher.account_id].vouchers.append(slip)


def tell_tasks(plain: PlainList) -> None:
    seen = {visit.pk: visit for person in plain.people.values() for visit in person.visits}
    for row in ContactTask.objects.order_by("pk"):
        task = Task(row.kind, row.occasion, row.planned_for, row.due_on, row.belated_days, row.status, row.because)
        task.assigned, task.visit, task.day = row.assigned_to_id, seen.get(row.visit_id or 0), row.memorable_day_id
        # A plan is made at noon: what was closed before noon is as old for it as what was closed the day before.
        task.closed_on = timezone.localdate(row.closed_at - HALF_A_DAY) if row.closed_at else None
        plain.tasks.setdefault(row.client_id, {})[row.kind, row.occasion] = task


def _members(*roles: Role) -> set[int]:
    return set(User.objects.filter(groups__name__in=roles).values_list("pk", flat=True))


def _person(client: Client) -> Person:
    month, day = client.birthday_month, client.birthday_day
    account = getattr(client, "account", None)
    return Person(
        client.pk,
        on_file=client.is_on_file,
        let_alone=client.do_not_contact,
        birthday=YearlyDay(client.birthday_calendar, month, day) if month and day else None,
        days={one.pk: YearlyDay(one.calendar, one.month, one.day) for one in client.memorable_days.all()},
        consultant=client.consultant_id,
        place=account.tier.position if account else 0,
    )
