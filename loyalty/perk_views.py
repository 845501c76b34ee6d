"""The tap that notes the use of a perk, and the manager's page that takes one back."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from clients.access import client_for
from clients.models import Client
from clients.opening import note_opening
from loyalty import perks
from loyalty.benefit_forms import TakeBackForm, TapForm
from loyalty.models import Perk, PerkUse
from loyalty.perks import PerkRefused
from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.roles import Can, StaffRequest, staff_page


def benefits_url(client: Client) -> str:
    """The client file, a floor above this one, opened at what the client has."""
    return f"{reverse('frontdesk:client_file', args=[client.pk])}?tab=benefits"


@require_POST
@staff_page(Can.USE_PERK)
def use_perk(request: StaffRequest, pk: int, perk_pk: int) -> HttpResponse:
    """Note one use of a perk. The form's key makes a double tap count once."""
    client = client_for(request.user, pk)
    perk = Perk.objects.filter(pk=perk_pk).first() if 0 < perk_pk <= LARGEST_ID else None
    if perk is None:
        raise Http404
    form = TapForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("This form was not complete. Please tap again."))
        return redirect(benefits_url(client))
    try:
        perks.use(client, perk, key=form.cleaned_data["key"], by=request.user, at=timezone.now())
    except PerkRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(perk)s is noted as used.") % {"perk": perk.label})
    return redirect(benefits_url(client))


@resumable(gettext_lazy("Take the use of a perk back"), TakeBackForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.UNDO_PERK)
def undo_perk(request: StaffRequest, pk: int, use_pk: int) -> HttpResponse:
    """Say what taking this use back does; POST does it, with a reason."""
    client = client_for(request.user, pk)
    used = _use_of(client, use_pk)
    note_opening(request, client.pk)
    if used.undone_at:
        messages.info(request, _("This use was already taken back."))
        return redirect(benefits_url(client))
    form = TakeBackForm(request.POST or None)
    if form.is_valid():
        try:
            perks.take_back(used, form.cleaned_data["reason"], by=request.user, at=timezone.now())
        except PerkRefused as refused:
            form.add_error(refused.field or None, str(refused))
        else:
            messages.success(request, _("The use of %(perk)s is taken back.") % {"perk": used.perk.label})
            return redirect(benefits_url(client))
    return render(request, "loyalty/perk_undo.html", {"client": client, "used": used, "form": form})


def _use_of(client: Client, use_pk: int) -> PerkUse:
    uses = PerkUse.objects.select_related("perk__tier", "by").filter(account=client.pk)
    used = uses.filter(pk=use_pk).first() if 0 < use_pk <= LARGEST_ID else None
    if used is None:
        raise Http404
    return used
