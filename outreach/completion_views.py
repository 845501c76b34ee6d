"""The manager's page of how the contacts are done."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from outreach.completion import BACK_WITHIN, Month, completion
from outreach.models import OutreachRules
from staff.leads import Lead, leads_for
from staff.roles import Can, StaffRequest, staff_page

LEADS = (
    Lead(
        "outreach:dissatisfied",
        _("Dissatisfied clients"),
        _("who waits for the salon's answer"),
        "emoji-frown",
        Can.ANSWER_DISSATISFIED,
    ),
    Lead("outreach:outbox", _("Messages"), _("waiting, sent, and what to decide"), "send", Can.DECIDE_MESSAGES),
    Lead("outreach:words", _("Texts"), _("what is said, in the salon's own words"), "chat-left-text", Can.WRITE_WORDS),
    Lead("outreach:timetable", _("Timed work"), _("when what runs, and how it went"), "clock-history", Can.RUN_JOBS),
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
        "leads": leads_for(request.user, LEADS),
    }
    return render(request, "outreach/completion.html", context)
