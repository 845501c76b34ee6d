"""Why somebody is contacted, in words: one line that a person at the counter takes in at a glance.

Each function takes a task as `listing` annotates it: with `lines` of its visit, and the client's account.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clients.birthdays import days_away_text
from clients.calendars import lunar_text, solar_text
from clients.lunar import lunar_date
from clients.models import Calendar
from outreach.models import ContactTask, Kind
from staff.listed import listed
from staff.models import User
from staff.roles import Can

SHORT = {
    Kind.BIRTHDAY: gettext_lazy("Birthday"),
    Kind.GIFT: gettext_lazy("Gift"),
    Kind.MEMORABLE_DAY: gettext_lazy("Memorable day"),
    Kind.FOLLOW_UP: gettext_lazy("Follow-up"),
    Kind.THANK_YOU: gettext_lazy("First visit"),
    Kind.DORMANT: gettext_lazy("Win back"),
    Kind.POINTS_LAPSING: gettext_lazy("Points lapse"),
    Kind.VOUCHER_LAPSING: gettext_lazy("Voucher lapses"),
}


@dataclass(frozen=True)
class Part:
    """A piece of the line; `tone` is the class of the theme that it stands in."""

    text: str
    tone: str = ""


def kind_name(kind: str) -> str:
    """The kind as a chip and a badge say it."""
    return str(SHORT[Kind(kind)])


def reason(task: ContactTask, user: User, today: date) -> list[Part]:
    """Why this client, and what to know of it, as `user` may see it."""
    about = {
        Kind.BIRTHDAY: _birthday,
        Kind.GIFT: _gift,
        Kind.MEMORABLE_DAY: _memorable_day,
        Kind.FOLLOW_UP: _visited,
        Kind.THANK_YOU: _visited,
        Kind.DORMANT: _dormant,
        Kind.POINTS_LAPSING: _points,
        Kind.VOUCHER_LAPSING: _vouchers,
    }[Kind(task.kind)]
    return [*_when(task, today), *about(task, user, today)]


def _when(task: ContactTask, today: date) -> Iterator[Part]:
    if not task.is_open:
        return
    late = (today - task.due_on).days
    if late > 0:
        yield Part(ngettext("overdue by %(n)s day", "overdue by %(n)s days", late) % {"n": late}, "late")
    elif late < 0:
        yield Part(_("due on %(day)s") % {"day": _day(task.due_on, today)}, "soon")
    elif task.belated_days and task.kind != Kind.THANK_YOU:
        yield Part(_("to be made up for"), "soon")


def _birthday(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    client = task.client
    age = None
    if user.can(Can.SEE_BIRTH_YEAR) and client.birthday_year and task.occasion[1:].isdigit():
        age = int(task.occasion[1:]) - client.birthday_year
    words = {"when": _away(task.planned_for, today), "day": _both_calendars(task.planned_for, client.birthday_calendar)}
    if age:
        yield Part(_("turns %(age)s %(when)s, %(day)s") % (words | {"age": age}))
    else:
        yield Part(_("birthday %(when)s, %(day)s") % words)
    yield from _last_visit(task, today)


def _gift(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    words = {"when": _away(task.planned_for, today), "day": _day(task.planned_for, today)}
    yield Part(_("birthday %(when)s (%(day)s): have the gift ready") % words)


def _memorable_day(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    kept = task.memorable_day
    label = kept.label if kept else _("memorable day")
    calendar = kept.calendar if kept else Calendar.SOLAR
    day = _both_calendars(task.planned_for, calendar)
    words = {"occasion": label, "when": _away(task.planned_for, today), "day": day}
    yield Part(_("%(occasion)s %(when)s, %(day)s") % words)
    year = task.occasion[1:].partition(":")[0]
    if kept and kept.year and year.isdigit() and int(year) > kept.year:
        years = int(year) - kept.year
        yield Part(ngettext("%(n)s year", "%(n)s years", years) % {"n": years})
    yield from _last_visit(task, today)


def _visited(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    visit = task.visit
    if visit is None:
        return
    items = " + ".join(_items(task))
    amount = f" ¥{_yuan(visit.total - visit.refunded)}" if user.can(Can.SEE_SPEND) else ""
    yield Part(f"{_day(visit.day, today)} {items}{amount}".strip())
    yield from _beauticians(task)
    if task.kind == Kind.THANK_YOU:
        yield Part(_("first visit"))


def _dormant(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    visit = task.visit
    if visit is None:
        return
    words = {"day": f"{visit.day:%Y-%m-%d}", "ago": _how_long(visit.day, today)}
    yield Part(_("last here %(day)s (%(ago)s)") % words)
    if items := _items(task):
        yield Part(" + ".join(items))
    yield from _beauticians(task)
    account = getattr(task.client, "account", None)
    if account and user.can(Can.SEE_SPEND) and account.lifetime_spend:
        yield Part(_("¥%(yuan)s in all") % {"yuan": _yuan(account.lifetime_spend)})


def _points(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    facts = task.facts
    if "points" in facts:
        words = {"points": f"{facts['points']:,}", "day": _day_in(facts, today)}
        yield Part(_("%(points)s points lapse on %(day)s") % words)
    yield from _last_visit(task, today)


def _vouchers(task: ContactTask, user: User, today: date) -> Iterator[Part]:
    facts = task.facts
    number = int(facts.get("vouchers", 1))
    words = {"n": number, "day": _day_in(facts, today)}
    yield Part(ngettext("%(n)s voucher lapses on %(day)s", "%(n)s vouchers lapse on %(day)s", number) % words)
    yield from _last_visit(task, today)


def _last_visit(task: ContactTask, today: date) -> Iterator[Part]:
    account = getattr(task.client, "account", None)
    if account and account.last_visit_on:
        yield Part(_("last here %(day)s") % {"day": _day(account.last_visit_on, today)})


def _items(task: ContactTask) -> list[str]:
    return list(dict.fromkeys(line["name"] for line in task.lines))  # type: ignore[attr-defined]


def beauticians(task: ContactTask) -> list[str]:
    """Who treated the client on the visit that the task is about, by name."""
    return list(dict.fromkeys(line["by"] for line in task.lines if line["by"]))  # type: ignore[attr-defined]


def _beauticians(task: ContactTask) -> Iterator[Part]:
    if names := beauticians(task):
        yield Part(_("beautician %(who)s") % {"who": listed(names)})


def _away(day: date, today: date) -> str:
    days = (day - today).days
    if days >= 0:
        return days_away_text(days)
    return ngettext("%(n)s day ago", "%(n)s days ago", -days) % {"n": -days} if days < -1 else _("yesterday")


def _both_calendars(day: date, calendar: str) -> str:
    """In the client's own calendar first: 11 月 22 日（农历十月十四）."""
    lunar = lunar_date(day)
    words = solar_text(day), lunar_text(lunar.month, lunar.day, leap=lunar.leap)
    own, other = reversed(words) if calendar == Calendar.LUNAR else words
    return _("%(own)s (%(other)s)") % {"own": own, "other": other}


def _how_long(day: date, today: date) -> str:
    """How long since, in whole months; in days before the first is full."""
    months = (today.year - day.year) * 12 + today.month - day.month - (today.day < day.day)
    if months > 0:
        return ngettext("%(n)s month", "%(n)s months", months) % {"n": months}
    days = (today - day).days
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def _day_in(facts: dict[str, str], today: date) -> str:
    try:
        return _day(date.fromisoformat(facts.get("on", "")), today)
    except ValueError:
        return "—"


def _day(day: date, today: date) -> str:
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.0f}"
