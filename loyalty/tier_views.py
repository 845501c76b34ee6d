"""The manager's page for a client's tier: why it is what it is, and setting another by hand for a time."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clients.access import client_for
from clients.models import Client
from loyalty import tiers
from loyalty.membership import membership_of
from loyalty.reversal_forms import TierForm
from loyalty.tiers import TierRefused
from staff.form_names import resumable
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page


@resumable(gettext_lazy("Set the tier"), TierForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.SET_TIER)
def set_tier(request: StaffRequest, pk: int) -> HttpResponse:
    """Set a client's tier by hand, with a reason and a last day."""
    client = client_for(request.user, pk)
    membership = membership_of(client, timezone.localdate())
    now = membership.account.tier_id if membership.account else None
    form = TierForm(request.POST or None, initial={"tier": now})
    if form.is_valid() and _set(client, form, request.user):
        messages.success(request, _("The tier of %(client)s is set.") % {"client": client.name})
        return redirect(reverse("frontdesk:client_file", kwargs={"pk": client.pk}) + "?tab=points")
    context = {
        "client": client,
        "form": form,
        "membership": membership,
    }
    return render(request, "loyalty/set_tier.html", context)


def _set(client: Client, form: TierForm, user: User) -> bool:
    sent = form.cleaned_data
    try:
        tiers.set_by_hand(client, sent["tier"], sent["until"], sent["reason"], by=user, at=timezone.now())
    except TierRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return False
    return True
