"""The page that the front desk lives on: whom to contact, who is here, what comes up."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.models import Client
from frontdesk import days
from frontdesk.paging import Turn, page_in
from frontdesk.serving import treatments
from frontdesk.today import unfinished, visits_on
from outreach.listing import Filters, contacts, count_waiting
from outreach.outbox_listing import count_to_check
from staff.roles import Can, StaffRequest, staff_page
from visits.models import Service


@require_safe
@staff_page()
def today(request: StaffRequest) -> HttpResponse:
    """Whom to contact, today's visits, checkouts to take up again, and what the coming week brings.

    `?only=` shows the birthdays and memorable days themselves in place of the contacts, as it is for who works on none.
    """
    on, user = timezone.localdate(), request.user
    context: dict[str, Any] = {"today": on, "visits": visits_on(on, user), "drafts": unfinished(user)}
    context["treatments"] = treatments(user, on)
    only = request.GET.get("only", "")
    if user.can(Can.SEE_BIRTHDAY) and (only in days.ONLY or not user.can(Can.WORK_CONTACTS)):
        context |= _occasions(request, only if only in days.ONLY else days.ALL)
    else:
        context |= _contacts(request)
        if user.can(Can.SEE_BIRTHDAY):
            context["week"] = days.counts(user, on)
    if user.can(Can.ANSWER_DISSATISFIED):
        context["waiting"] = count_waiting(user, on)
    if user.can(Can.DECIDE_MESSAGES):
        context["to_check"] = count_to_check()
    if not context["visits"].count and not _has_something(context):
        context |= _first_steps()
    return render(request, "frontdesk/today.html", context)


def _contacts(request: StaffRequest) -> dict[str, Any]:
    number = page_in(request.GET)
    found = contacts(request.user, timezone.localdate(), Filters.read(request.GET), page=number)
    context = {"contacts": found, "today_count": found.tally.due, "back": request.get_full_path()}
    return context | {"page": Turn(number, found.has_next)}


def _occasions(request: StaffRequest, only: str) -> dict[str, Any]:
    number = page_in(request.GET)
    start = (number - 1) * days.SHOWN
    found = days.occasions(request.user, timezone.localdate(), only=only, start=start)
    return {"only": only, "occasions": found, "week": found.counts, "page": Turn(number, found.has_next)}


def _has_something(context: dict[str, Any]) -> bool:
    week = context.get("week")
    contacted = context.get("contacts")
    return bool((week and any(week.values())) or (contacted and (contacted.rows or contacted.tally.done)))


def _first_steps() -> dict[str, bool]:
    """Whether a salon on a quiet day has anything to work with at all."""
    return {"lacks_clients": not Client.objects.exists(), "lacks_catalogue": not Service.objects.exists()}
