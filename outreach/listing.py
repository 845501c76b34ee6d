"""The list of whom to contact: what is due, what comes up, what was done today. A page's rows are one question."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Allergy, Consent
from outreach.access import visible_tasks
from outreach.models import Contact, ContactTask, ContactTaskQuerySet, Kind, OutreachRules
from outreach.reasons import kind_name
from outreach.rows import Row
from staff.ids import LARGEST_ID, read_id
from staff.models import User
from staff.roles import Can
from visits.models import VisitLine

SHOWN = 30


class Shown(models.TextChoices):
    """Which part of the list."""

    DUE = "due", pgettext_lazy("contacts", "To do")
    UPCOMING = "upcoming", pgettext_lazy("contacts", "Coming days")
    DONE = "done", pgettext_lazy("contacts", "Done")


@dataclass(frozen=True)
class Filters:
    """What the address asks for."""

    when: str = Shown.DUE
    kind: str = ""
    mine: bool = False

    @classmethod
    def read(cls, query: QueryDict) -> "Filters":
        """The filters in an address; whatever makes no sense is left out."""
        when, kind = query.get("when", ""), query.get("kind", "")
        return cls(
            when if when in Shown.values else Shown.DUE,
            kind if kind in Kind.values else "",
            query.get("mine", "") == "1",
        )

    @property
    def query(self) -> str:
        """The address that shows this, such as /?kind=follow_up&mine=1, without its path."""
        parts = {"when": "" if self.when == Shown.DUE else self.when, "kind": self.kind, "mine": self.mine and "1"}
        return "?" + urlencode({name: value for name, value in parts.items() if value})

    def but(self, **changed: Any) -> "Filters":
        """The same with some parts changed."""
        return replace(self, **changed)


@dataclass(frozen=True)
class Chip:
    """A filter to tap: where it leads, how many it shows, and whether it is the one shown."""

    label: str
    count: int
    query: str
    is_current: bool


@dataclass(frozen=True)
class Tally:
    """How many there are of everything, as `user` may see it; `people` are the different clients to be contacted."""

    filters: Filters
    due: int
    people: int
    overdue: int
    upcoming: int
    done: int
    mine: int
    kinds: dict[str, int]

    @property
    def chips(self) -> list[Chip]:
        """All, and each kind of which there is one in the part shown."""
        now = self.filters
        chips = [Chip(str(_("All")), sum(self.kinds.values()), now.but(kind="").query, not now.kind)]
        for kind in Kind:
            if self.kinds[kind] or kind == now.kind:
                chips.append(Chip(kind_name(kind), self.kinds[kind], now.but(kind=kind).query, kind == now.kind))
        return chips

    @property
    def mine_query(self) -> str:
        """The same list with only mine, or with everybody's again."""
        return self.filters.but(mine=not self.filters.mine).query

    @property
    def all_query(self) -> str:
        """The part shown, without any other filter."""
        return self.filters.but(kind="", mine=False).query

    @property
    def parts(self) -> list[Chip]:
        """The parts of the list."""
        counts = {Shown.DUE: self.due, Shown.UPCOMING: self.upcoming, Shown.DONE: self.done}
        return [
            Chip(str(part.label), count, self.filters.but(when=part, kind="").query, self.filters.when == part)
            for part, count in counts.items()
        ]


@dataclass(frozen=True)
class Page:
    """One page of the list."""

    rows: list[Row]
    tally: Tally
    has_next: bool


def contacts(user: User, today: date, filters: Filters, *, page: int = 1, size: int = SHOWN) -> Page:
    """The part of the list that `filters` ask for, of what `user` may see. Three questions, whatever its length."""
    found = list(_annotated(_ordered(_narrowed(user, today, filters), filters), user)[(page - 1) * size :][: size + 1])
    pause = OutreachRules.load().pause_days
    rows = [Row(task, user, today, pause) for task in found[:size]]
    return Page(rows, tally(user, today, filters), len(found) > size)


def row_of(user: User, pk: int, today: date) -> Row | None:
    """The row of one task as it stands now, None when `user` may not see it. Two questions."""
    if not 0 < pk <= LARGEST_ID:
        return None
    found = _annotated(visible_tasks(user, today).filter(pk=pk), user).first()
    return Row(found, user, today, OutreachRules.load().pause_days) if found else None


@dataclass(frozen=True)
class Waiting:
    """A page of who waits for an answer; `after` is the id behind which the next page starts."""

    rows: list[Row]
    after: int | None


def waiting(user: User, today: date, after: str = "", size: int = SHOWN) -> Waiting:
    """Who was dissatisfied and has no answer yet, the longest waiting first. Two questions."""
    tasks = visible_tasks(user, today).waiting_for_an_answer()
    if before := read_id(after):
        tasks = tasks.filter(pk__gt=before)
    found = list(_annotated(tasks.order_by("pk"), user)[: size + 1])
    pause = OutreachRules.load().pause_days
    rows = [Row(task, user, today, pause) for task in found[:size]]
    return Waiting(rows, rows[-1].pk if len(found) > size else None)


def count_waiting(user: User, today: date) -> int:
    """How many were dissatisfied and have no answer yet."""
    return visible_tasks(user, today).waiting_for_an_answer().count()


def tally(user: User, today: date, filters: Filters) -> Tally:
    """The figures of the head and of the filters. One question."""
    parts = {part: _part(part, today) for part in Shown}
    mine = Q(assigned_to=user)
    shown = parts[Shown(filters.when)] & (mine if filters.mine else Q())
    asked = {
        "due": Count("pk", filter=parts[Shown.DUE]),
        "people": Count("client", filter=parts[Shown.DUE] & ~Q(kind=Kind.GIFT), distinct=True),
        "overdue": Count("pk", filter=parts[Shown.DUE] & Q(due_on__lt=today)),
        "upcoming": Count("pk", filter=parts[Shown.UPCOMING]),
        "done": Count("pk", filter=parts[Shown.DONE]),
        "mine": Count("pk", filter=parts[Shown(filters.when)] & mine),
    }
    kinds = {f"kind_{kind}": Count("pk", filter=shown & Q(kind=kind)) for kind in Kind}
    found = visible_tasks(user, today).filter(_or(*parts.values())).aggregate(**asked, **kinds)
    return Tally(filters, **{name: found[name] for name in asked}, kinds={kind: found[f"kind_{kind}"] for kind in Kind})


def _part(part: Shown, today: date) -> Q:
    opened = Q(status=ContactTask.Status.OPEN)
    if part == Shown.DUE:
        return opened & Q(due_on__lte=today)
    if part == Shown.UPCOMING:
        return opened & Q(due_on__gt=today, shown_from__lte=today)
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    by_somebody = Q(closed_by__isnull=False) | Q(status=ContactTask.Status.DONE)
    # Said once more as `not open`, because that is the condition of the index.
    return ~opened & Q(closed_at__gte=midnight) & by_somebody


def _or(*conditions: Q) -> Q:
    first, *others = conditions
    for other in others:
        first |= other
    return first


def _narrowed(user: User, today: date, filters: Filters) -> ContactTaskQuerySet:
    tasks = visible_tasks(user, today).filter(_part(Shown(filters.when), today))
    if filters.kind:
        tasks = tasks.filter(kind=filters.kind)
    return tasks.filter(assigned_to=user) if filters.mine else tasks


def _ordered(tasks: ContactTaskQuerySet, filters: Filters) -> ContactTaskQuerySet:
    """What is of today only stands first, then what waits longest, of one day the highest tier."""
    if filters.when == Shown.DONE:
        return tasks.order_by("-closed_at", "-pk")
    only_today = Case(
        When(kind__in=(Kind.BIRTHDAY, Kind.MEMORABLE_DAY), then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    rank = Coalesce(F("client__account__tier__position"), Value(-1), output_field=IntegerField())
    if filters.when == Shown.UPCOMING:
        return tasks.order_by("due_on", only_today, rank.desc(), "pk")
    return tasks.order_by(only_today, "due_on", rank.desc(), "pk")


def _annotated(tasks: ContactTaskQuerySet, user: User) -> ContactTaskQuerySet:
    """With everything a row shows to `user`, in the same question."""
    joined = ["client", "assigned_to", "closed_by", "memorable_day", "client__account", "visit"]
    if user.can(Can.SEE_POINTS):
        joined.append("client__account__tier")
    hidden = ["client__second_phone", "client__wechat_id", "client__email", "client__address", "client__family"]
    hidden += ["client__spending_background", "client__note", "client__search_keys", "visit__care_note"]
    hidden += [] if user.can(Can.SEE_MASKED_PHONE) else ["client__phone"]
    lines = VisitLine.objects.filter(visit=OuterRef("visit")).order_by("position", "pk")
    if not user.can(Can.FIND_ANY_CLIENT):
        lines = lines.filter(beautician=user)  # as the list of visits shows them to her
    of_client = Contact.objects.standing().filter(client=OuterRef("client"), is_marketing=True)
    last = Contact.objects.standing().filter(task=OuterRef("pk")).order_by("-pk")
    told = JSONObject(
        pk="pk", outcome="outcome", channel="channel", at="at", by="by__display_name", by_id="by", note="note"
    )
    tasks = (
        tasks.select_related(*joined)
        .defer(*hidden)
        .annotate(
            lines=ArraySubquery(lines.values(line=JSONObject(name="name", by="beautician__display_name"))),
            last=Subquery(last.values(told=told)[:1]),
            agreed=ArraySubquery(_agreed().values("channel")),
            greeted_on=Subquery(of_client.order_by("-day").values("day")[:1]),
        )
    )
    if user.can(Can.SEE_ALLERGIES):
        standing = Allergy.objects.standing().filter(client=OuterRef("client")).order_by("pk")
        tasks = tasks.annotate(allergens=ArraySubquery(standing.values("substance")))
    return tasks


def _agreed() -> "models.QuerySet[Consent]":
    """The consents to greetings and offers of the task's client that hold now, one for each channel."""
    acts = Consent.objects.filter(client=OuterRef("client"), purpose=Consent.Purpose.MARKETING)
    later = Consent.objects.filter(
        client=OuterRef("client"), purpose=Consent.Purpose.MARKETING, channel=OuterRef("channel"), pk__gt=OuterRef("pk")
    )
    return acts.filter(~Exists(later), given=True)
