"""The page of messages that go out by themselves, and what is decided on it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from outreach import outbox
from outreach.models import Message, OutreachRules
from outreach.outbox_listing import Shown, channel_states, listed
from staff.ids import LARGEST_ID, read_id
from staff.roles import Can, StaffRequest, staff_page

TOLD = {
    outbox.Decision.WENT_OUT: gettext_lazy("Noted: it went out."),
    outbox.Decision.SEND_AGAIN: gettext_lazy("It is sent again within a minute or two, in the hours for messages."),
    outbox.Decision.BY_HAND: gettext_lazy("Noted. The contact stays on the list of today."),
}


@require_safe
@staff_page(Can.DECIDE_MESSAGES, Can.READ_CONTACTS)
def outbox_page(request: StaffRequest) -> HttpResponse:
    """What waits, what must be checked, what was not sent and what was."""
    found = listed(request.GET.get("show", ""), read_id(request.GET.get("after", "")))
    now = timezone.now()
    context = {"found": found, "channels": channel_states(now), "rules": OutreachRules.load(), "now": now}
    return render(request, "outreach/outbox.html", context | {"page": {"after": found.after}})


@require_POST
@staff_page(Can.DECIDE_MESSAGES)
def decide_message(request: StaffRequest, message_pk: int) -> HttpResponse:
    """Say of a message that broke off whether it went out, or what is to be done with it."""
    if not Message.objects.filter(pk=min(message_pk, LARGEST_ID)).exists():
        raise Http404
    show = request.POST.get("show", "")
    back = f"{reverse('outreach:outbox')}{f'?show={show}' if show in set(Shown) else ''}"
    try:
        decision = outbox.Decision(request.POST.get("decision", ""))
    except ValueError:
        messages.error(request, _("Choose what became of the message."))
        return redirect(back)
    try:
        outbox.decide(min(message_pk, LARGEST_ID), decision, by=request.user, at=timezone.now())
    except Message.DoesNotExist:
        raise Http404 from None
    except outbox.DecisionRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, str(TOLD[decision]))
    return redirect(back)
