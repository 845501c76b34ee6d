"""Points by hand: the manager's form, and the list on which a second person agrees."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.access import client_for
from clients.models import Client
from loyalty import adjusting
from loyalty.adjusting import AdjustmentRefused
from loyalty.adjustment_forms import AdjustForm
from loyalty.models import Adjustment, LoyaltyAccount, LoyaltyRules
from staff.form_names import resumable
from staff.ids import LARGEST_ID, read_id
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page

LINES_A_PAGE = 30
AGREE, REFUSE = "agree", "refuse"


@resumable(gettext_lazy("Adjust points"), AdjustForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.ADJUST_POINTS)
def adjust(request: StaffRequest, pk: int) -> HttpResponse:
    """Add points to a client's balance or take them, with the reason. The key in the form makes it happen once."""
    client = client_for(request.user, pk)
    form = AdjustForm(request.POST or None, initial={"key": AdjustForm.new_key()})
    if form.is_valid() and (made := _adjust(client, form, request.user)):
        if made.status == Adjustment.Status.PENDING:
            messages.info(request, _("Saved. It counts once a second person has agreed."))
        else:
            messages.success(request, _("%(points)s points.") % {"points": f"{made.points:+,}"})
        return redirect(reverse("frontdesk:client_file", kwargs={"pk": client.pk}) + "?tab=points")
    context = {
        "client": client,
        "form": form,
        "account": LoyaltyAccount.objects.filter(client=client).first(),
        "limit": LoyaltyRules.load().adjust_limit,
        "waiting": Adjustment.objects.filter(account=client.pk, status=Adjustment.Status.PENDING).select_related("by"),
    }
    return render(request, "loyalty/adjust.html", context)


@require_safe
@staff_page(Can.AGREE_ADJUSTMENT, Can.ADJUST_POINTS)
def adjustments(request: StaffRequest) -> HttpResponse:
    """What waits for a second person, oldest first, and below it what was decided, newest first."""
    told = Adjustment.objects.select_related("account__client", "by", "decided_by")
    after = read_id(request.GET.get("after", ""))
    done = told.exclude(status=Adjustment.Status.PENDING).order_by("-pk")
    if after:
        done = done.filter(pk__lt=after)
    lines = list(done[: LINES_A_PAGE + 1])
    context = {
        "waiting": [] if after else list(told.filter(status=Adjustment.Status.PENDING).order_by("pk")),
        "done": lines[:LINES_A_PAGE],
        "page": {"after": lines[LINES_A_PAGE - 1].pk if len(lines) > LINES_A_PAGE else None},
    }
    return render(request, "loyalty/adjustments.html", context)


@require_POST
@staff_page(Can.AGREE_ADJUSTMENT)
def decide(request: StaffRequest, adjustment_pk: int) -> HttpResponse:
    """Agree to an adjustment or refuse it."""
    found = Adjustment.objects.select_related("account__client").filter(pk=min(adjustment_pk, LARGEST_ID)).first()
    if found is None:
        raise Http404
    decision = request.POST.get("decision")
    if decision not in (AGREE, REFUSE):
        messages.error(request, _("Choose whether you agree."))
        return redirect("loyalty:adjustments")
    try:
        adjusting.decide(found, decision == AGREE, by=request.user, at=timezone.now())
    except AdjustmentRefused as refused:
        messages.error(request, str(refused))
    else:
        words = _("Agreed: %(points)s points for %(client)s.") if decision == AGREE else _("Refused.")
        messages.success(request, words % {"points": f"{found.points:+,}", "client": found.account.client.name})
    return redirect("loyalty:adjustments")


def _adjust(client: Client, form: AdjustForm, user: User) -> Adjustment | None:
    sent = form.cleaned_data
    try:
        return adjusting.adjust(client, sent["signed"], sent["reason"], key=sent["key"], by=user, at=timezone.now())
    except AdjustmentRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return None
