"""Who brought whom: entering it on a client's file, and the manager's page of the best referrers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import client_for, visible_clients
from clients.guessing import counted
from clients.models import Client
from clients.opening import note_opening
from loyalty import referrals
from loyalty.benefit_forms import PeriodForm
from loyalty.perk_views import benefits_url
from loyalty.referrals import ReferrerRefused
from loyalty.referring import Place, best_referrers
from staff.form_names import resumable
from staff.ids import read_id
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page
from visits.draft import readable

UNPROCESSABLE = 422
CLIENTS_SHOWN = 12
SHOWN = ("id", "name", "honorific", "phone", "status")


@resumable(gettext_lazy("Who brought this client?"), labels={"referrer": gettext_lazy("Brought by")})
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.EDIT_CLIENT)
def set_referrer(request: StaffRequest, pk: int) -> HttpResponse:
    """Look up who brought this client and tap the name. POST without a name: nobody did."""
    client = client_for(request.user, pk)
    refused = ""
    if request.method == "POST":
        chosen = request.POST.get("referrer", "")
        referrer = _chosen(request.user, chosen)
        try:
            if chosen and referrer is None:
                raise ReferrerRefused(_("No client has this number, phone or name."))
            referrals.set_referrer(client, referrer, by=request.user, at=timezone.now())
        except ReferrerRefused as told:
            refused = str(told)
        else:
            messages.success(request, _told(client, referrer))
            return redirect(benefits_url(client))
    asked = readable(request.GET.get("who", "")).strip()
    context = {"client": client, "query": asked, "found": _found(request.user, client, asked), "refused": refused}
    if request.htmx:
        return render(request, "loyalty/_referrer_found.html", context)
    note_opening(request, client.pk)
    context["why_fixed"] = referrals.why_fixed(client)
    return render(request, "loyalty/set_referrer.html", context, status=UNPROCESSABLE if refused else None)


@require_safe
@staff_page(Can.READ_LOYALTY)
def best(request: StaffRequest) -> HttpResponse:
    """Who brought most clients of a period, how many of those came, and what they spent."""
    form = PeriodForm(request.GET)
    found = best_referrers(form.since(timezone.localdate()), Place.read(request.GET.get("after", "")))
    is_first = not request.GET.get("after")
    context = {"form": form, "best": found, "is_first": is_first, "page": {"after": found.more}}
    return render(request, "loyalty/referrals.html", context)


def _chosen(user: User, number: str) -> Client | None:
    pk = read_id(number)
    return visible_clients(user).filter(pk=pk).first() if pk else None


def _found(user: User, client: Client, text: str) -> list[Client]:
    if not text:
        return []
    found = visible_clients(user).matching(text).exclude(pk=client.pk)
    rows = found.only(*SHOWN).order_by("-touched_at", "-pk")[:CLIENTS_SHOWN]
    return list(counted(user, text, lambda: list(rows)))


def _told(client: Client, referrer: Client | None) -> str:
    words = {"client": client.name, "referrer": referrer.name if referrer else ""}
    if referrer is None:
        return _("Nobody is noted as having brought %(client)s.") % words
    return _("%(referrer)s is noted as having brought %(client)s.") % words
