"""The manager's page of how the contacts are done."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from outreach.completion import BACK_WITHIN, Month, completion
from outreach.models import OutreachRules
from staff.links import address
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Leads:
    """A page that this one leads to, for whom the matrix lets through."""

    to: str
    label: "StrOrPromise"
    hint: "StrOrPromise"
    icon: str
    right: Can


LEADS = (
    Leads(
        "outreach:dissatisfied",
        _("Dissatisfied clients"),
        _("who waits for the salon's answer"),
        "emoji-frown",
        Can.ANSWER_DISSATISFIED,
    ),
    Leads("outreach:outbox", _("Messages"), _("waiting, sent, and what to decide"), "send", Can.DECIDE_MESSAGES),
    Leads("outreach:words", _("Texts"), _("what is said, in the salon's own words"), "chat-left-text", Can.WRITE_WORDS),
    Leads("outreach:timetable", _("Timed work"), _("when what runs, and how it went"), "clock-history", Can.RUN_JOBS),
)


@require_safe
@staff_page(Can.READ_CONTACTS)
def completion_page(request: StaffRequest) -> HttpResponse:
    """The contacts of the month in the address, this month when it names none: by kind, by person, and won back."""
    today = timezone.localdate()
    now = Month.of(today)
    month = min(Month.read(request.GET.get("month", "")) or now, now)
    rules = OutreachRules.load()
    context = {
        "found": completion(month, today, rules.lapsing_days),
        "month": month,
        "earlier": month.before(),
        "later": month.after() if month < now else None,
        "rules": rules,
        "back_within": BACK_WITHIN,
        "leads": _leads(request.user),
    }
    return render(request, "outreach/completion.html", context)


def _leads(user: User) -> list[dict[str, object]]:
    return [
        {"url": url, "label": one.label, "hint": one.hint, "icon": one.icon}
        for one in LEADS
        if user.can(one.right) and (url := _url(one.to))
    ]


def _url(name: str) -> str:
    try:
        return address(name)
    except NoReverseMatch:
        return ""
