"""What there was to contact the sample's clients for, as `outreach.planning` would have found it day by day."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cached_property
from typing import NamedTuple

from django.db.models import Q, Sum
from django.utils import timezone

from clients.calendars import days_between
from clients.models import Calendar, Client, Consent, FileRules, MemorableDay
from frontdesk.sample.calling import DAY, UNSEEN_BY_BEAUTICIANS, Because, Task
from loyalty.models import PointsEntry
from loyalty.months import months_after
from outreach.models import Kind, OutreachRules
from visits.models import Visit, VisitLine

THANKS_LATE = 7
ALWAYS = 10_000  # days: a reminder to come back is never too late
PLANNED_BACK = 7  # days of reminders that the planning takes in when it runs for the first time
Yearly = tuple[str, int | None, int | None]  # calendar, month, day


class Came(NamedTuple):
    """The last receipt of a client's day: its id, the day, who treated, of which category, and whether it ever paid."""

    pk: int
    day: date
    beautician: int | None
    about: str
    has_paid: bool


class Known(NamedTuple):
    """What a contact goes by of a client's file."""

    pk: int
    consultant: int | None
    birthday: Yearly
    opened: date
    tier: int


def categories_of(lines: Q) -> dict[int, str]:
    """The category of the first service on each visit of these receipt lines, by the visit's id."""
    found = VisitLine.objects.filter(lines, service__isnull=False).order_by("visit", "-position")
    return dict(found.values_list("visit", "service__category__name"))


class Occasions:
    """The occasions from the day `since` on that were shown before `today`."""

    def __init__(self, since: date, today: date) -> None:
        self.since, self.today = since, today
        self.rules = OutreachRules.load()

    def all(self) -> Iterator[Task]:
        """Client by client."""
        for known in self._known():
            came = self._came.get(known.pk, [])
            for task in (*self._of_visits(known, came), *self._yearly(known), *self._points(known)):
                if task.shown_from < self.today:
                    yield task

    def _known(self) -> Iterator[Known]:
        columns = ("pk", "consultant", "birthday_calendar", "birthday_month", "birthday_day", "created_at")
        rows = Client.objects.order_by("pk").values_list(*columns, "account__tier__position")
        for pk, consultant, calendar, month, day, opened, tier in rows.iterator():
            yield Known(pk, consultant, (calendar, month, day), timezone.localdate(opened), tier or 0)

    def _of_visits(self, known: Known, came: list[Came]) -> Iterator[Task]:
        for place, visit in enumerate(came):
            ends = came[place + 1].day if place + 1 < len(came) else None
            yield from self._calls(known, visit, ends)
            if visit.has_paid:
                yield from self._reminders(known, visit, ends)
        if came and came[0].day - known.opened <= DAY:
            first = came[0]
            yield self._task(known, Kind.THANK_YOU, f"visit:{first.pk}", first.day, THANKS_LATE, visit=first)

    def _calls(self, known: Known, visit: Came, ends: date | None) -> Iterator[Task]:
        shown = visit.day + timedelta(self.rules.follow_up_shown_days)
        if ends and ends <= shown:
            return
        due, late = visit.day + timedelta(self.rules.follow_up_days), self.rules.follow_up_late_days
        task = self._task(known, Kind.FOLLOW_UP, f"visit:{visit.pk}", due, late, visit=visit)
        task.shown_from, task.ends = shown, ends
        yield task

    def _reminders(self, known: Known, visit: Came, came_back: date | None) -> Iterator[Task]:
        steps = (self.rules.dormant_first, self.rules.dormant_second, self.rules.dormant_third)
        days = [months_after(visit.day, months) for months in steps]
        for months, due, newer in zip(steps, days, [*days[1:], None], strict=True):
            if due >= (came_back or self.today):
                return
            task = self._task(known, Kind.DORMANT, f"since:{visit.pk}:{months}", due, ALWAYS, visit=visit)
            task.facts = {"months": months}
            task.ends, task.ends_because = came_back, Because.RETURNED
            if newer and newer < (came_back or self.today):
                task.ends, task.ends_because = newer, Because.NEWER_REMINDER
            # Who agreed to nothing and stays away can be told nothing; those of long ago were never planned.
            if task.agreed or task.ends or due > self.today - timedelta(PLANNED_BACK):
                yield task

    def _yearly(self, known: Known) -> Iterator[Task]:
        late, least = self.rules.birthday_late_days, self.rules.gift_from_tier
        for on, occasion in self._kept(known, known.birthday):
            yield self._task(known, Kind.BIRTHDAY, occasion, on, late)
            if least and known.tier >= least.position:
                ahead = self.rules.gift_days
                gift = self._task(known, Kind.GIFT, occasion, on - timedelta(ahead), ahead)
                gift.planned_for = on
                yield gift
        for pk, yearly in self._memorable.get(known.pk, ()):
            for on, occasion in self._kept(known, yearly):
                task = self._task(known, Kind.MEMORABLE_DAY, f"{occasion}:{pk}", on, late)
                task.memorable_day = pk
                yield task

    def _kept(self, known: Known, yearly: Yearly) -> Iterator[tuple[date, str]]:
        """The days since the file was opened on which `yearly` was kept, and what they are called: S2026, L2026."""
        for on, year in self._days.get(yearly, ()):
            if on > known.opened:
                yield on, f"{yearly[0][0].upper()}{year}"

    def _points(self, known: Known) -> Iterator[Task]:
        for points, on in self._lapsed.get(known.pk, ()):
            ahead = self.rules.lapsing_days
            task = self._task(known, Kind.POINTS_LAPSING, f"lapse:{on}", on - timedelta(ahead), ahead)
            task.planned_for, task.facts = on, {"points": points, "on": on.isoformat()}
            yield task

    def _task(
        self, known: Known, kind: Kind, occasion: str, due: date, late: int, *, visit: Came | None = None
    ) -> Task:
        treated = visit.beautician if visit else None
        assigned = None if kind in UNSEEN_BY_BEAUTICIANS else known.consultant or treated
        task = Task(known.pk, kind, occasion, due, due, due, assigned)
        task.visit, task.gives_up, task.agreed = visit.pk if visit else None, late, known.pk in self._agreed
        task.about = visit.about if visit else ""
        return task

    @cached_property
    def _came(self) -> dict[int, list[Came]]:
        """The visit days of each client, in order."""
        lines = VisitLine.objects.filter(beautician__isnull=False, visit__day__gte=self.since)
        treated = dict(lines.order_by("visit", "-position").values_list("visit", "beautician"))
        about = categories_of(Q(visit__day__gte=self.since))
        visits = Visit.objects.completed().filter(client__isnull=False, day__gte=self.since)
        came: dict[int, list[Came]] = defaultdict(list)
        columns = ("client", "pk", "day", "total")
        for client, pk, day, total in visits.order_by("client", "day", "at", "pk").values_list(*columns).iterator():
            days = came[client]
            has_paid = total > 0 or bool(days and days[-1].has_paid)
            if days and days[-1].day == day:
                days.pop()
            days.append(Came(pk, day, treated.get(pk), about.get(pk, ""), has_paid))
        return came

    @cached_property
    def _agreed(self) -> set[int]:
        held = Consent.objects.holding(Consent.Purpose.MARKETING, Consent.Channel.WECHAT)
        return set(held.values_list("client", flat=True))

    @cached_property
    def _days(self) -> dict[Yearly, list[tuple[date, int]]]:
        """When each day of either calendar was kept, with the year of that calendar."""
        kept: dict[Yearly, list[tuple[date, int]]] = defaultdict(list)
        leap_day, ahead = FileRules.load().leap_day, self.today + timedelta(self.rules.gift_days)
        for calendar in Calendar.values:
            for on, year, month, day in days_between(calendar, self.since, ahead, leap_day):
                kept[calendar, month, day].append((on, year))
        return kept

    @cached_property
    def _memorable(self) -> dict[int, list[tuple[int, Yearly]]]:
        kept: dict[int, list[tuple[int, Yearly]]] = defaultdict(list)
        columns = ("client", "pk", "calendar", "month", "day")
        for client, pk, *yearly in MemorableDay.objects.order_by("pk").values_list(*columns):
            kept[client].append((pk, (yearly[0], yearly[1], yearly[2])))
        return kept

    @cached_property
    def _lapsed(self) -> dict[int, list[tuple[int, date]]]:
        """The points of each client that lapsed, and their last day."""
        gone: dict[int, list[tuple[int, date]]] = defaultdict(list)
        entries = PointsEntry.objects.filter(kind=PointsEntry.Kind.EXPIRE, expires_on__gte=self.since).order_by()
        for client, on, points in entries.values_list("account", "expires_on").annotate(sum=Sum("points")):
            if points < 0 and on:
                gone[client].append((-points, on))
        return gone
