"""The pages of rewards: what a client may have for points, the slip to sign, and taking it back."""

import uuid
from dataclasses import dataclass
from typing import Self

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import client_for
from clients.models import Client
from clients.opening import note_opening
from loyalty import proving, redeeming
from loyalty.models import LoyaltyAccount, Redemption
from loyalty.receipt_views import PAPERS
from loyalty.redeeming import AlreadyCancelled, Offer, RedemptionRefused
from loyalty.reward_forms import CancelForm, RedeemForm
from staff import audit
from staff.drafts import is_local
from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.models import AuditEntry, User
from staff.roles import Can, StaffRequest, staff_page
from visits.models import Draft


@dataclass(frozen=True, slots=True)
class Back:
    """Where one came from: the checkout that was under way, a page of the house, or else the client's file."""

    url: str
    query: str = ""
    is_checkout: bool = False

    @classmethod
    def of(cls, request: StaffRequest, client: Client) -> Self:
        draft = request.GET.get("draft", "")
        if draft and (key := _unfinished(client, draft)):
            return cls(reverse("loyalty:checkout", args=[key]), urlencode({"draft": str(key)}), is_checkout=True)
        after = request.GET.get("next", "")
        if after and is_local(after):
            return cls(after, urlencode({"next": after}))
        return cls(reverse("frontdesk:client_file", args=[client.pk]) + "?tab=benefits")


@resumable(gettext_lazy("Redeem points"), RedeemForm)
@sensitive_post_parameters("proof")
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.REDEEM)
def redeem(request: StaffRequest, pk: int) -> HttpResponse:
    """The rewards for this client; `?reward=` one of them, to be redeemed. `?draft=` or `?next=` leads back."""
    client = client_for(request.user, pk)
    back = Back.of(request, client)
    note_opening(request, client.pk)
    if request.method != "POST":
        return _page(request, client, back, chosen=request.GET.get("reward", ""))
    form = RedeemForm(request.POST, digits=proving.asks_digits(client))
    refused = None
    if form.is_valid():
        try:
            return _redeemed(request, client, form, back)
        except RedemptionRefused as found:
            refused = found
            if found.field == "proof":
                form.add_error("proof", str(found))
    if form.is_garbled:
        messages.error(request, _("Please choose the reward again."))
        return redirect(request.get_full_path())
    told = str(refused) if refused and refused.field != "proof" else ""
    return _page(request, client, back, form=form, told=told, chosen=str(form["reward"].value()))


@require_safe
@staff_page(Can.SEE_POINTS)
def slip(request: StaffRequest, redemption_pk: int) -> HttpResponse:
    """What was redeemed, to be printed and signed. `?print` is noted in the trail."""
    redemption = _redemption_for(request.user, redemption_pk)
    client, printing = redemption.account.client, "print" in request.GET
    if printing:
        audit.record(
            AuditEntry.Action.PRINTED, by=request.user, client=client.pk, what=redemption.number, request=request
        )
    else:
        note_opening(request, client.pk)
    paper, may_cancel = request.GET.get("paper", ""), request.user.can(Can.CANCEL_REDEMPTION)
    context = {
        "redemption": redemption,
        "client": client,
        "salon": request.salon,
        "back": Back.of(request, client),
        "printing": printing,
        "paper": paper if paper in PAPERS else PAPERS[0],
        "may_cancel": may_cancel and redeeming.why_not_cancelled(redemption, timezone.now()) is None,
    }
    return render(
        request, "loyalty/redemption_slip_print.html" if printing else "loyalty/redemption_slip.html", context
    )


@resumable(gettext_lazy("Cancel the redemption"), CancelForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.CANCEL_REDEMPTION)
def cancel(request: StaffRequest, redemption_pk: int) -> HttpResponse:
    """Say what cancelling gives back; POST does it. Sent twice, the second one only tells that it is done."""
    redemption = _redemption_for(request.user, redemption_pk)
    at, form = timezone.now(), CancelForm(request.POST or None)
    refused = redeeming.why_not_cancelled(redemption, at)
    if refused is None and form.is_valid():
        try:
            redeeming.cancel(redemption, form.cleaned_data["reason"], by=request.user, at=at)
        except RedemptionRefused as found:
            refused = found
        else:
            told = _("%(number)s is cancelled; %(points)s points are back.")
            words = {"number": redemption.number, "points": f"{redemption.points:,}"}
            messages.success(request, told % words)
            return redirect("loyalty:redemption_slip", redemption_pk=redemption.pk)
    if isinstance(refused, AlreadyCancelled):
        messages.info(request, str(refused))
        return redirect("loyalty:redemption_slip", redemption_pk=redemption.pk)
    if refused and refused.field:
        form.add_error(refused.field, str(refused))
        refused = None
    context = {"redemption": redemption, "client": redemption.account.client, "form": form, "refused": refused}
    return render(request, "loyalty/redemption_cancel.html", context)


def _page(
    request: StaffRequest, client: Client, back: Back, *, chosen: str, form: RedeemForm | None = None, told: str = ""
) -> HttpResponse:
    """All rewards, or the one that is `chosen` with its form while it can be had; `told` is why it was refused."""
    account = LoyaltyAccount.objects.select_related("tier").filter(client=client).first()
    offers = redeeming.offers(account)
    balance = account.balance if account else 0
    offer = next((one for one in offers if str(one.reward.pk) == chosen), None)
    context = {"client": client, "balance": balance, "offers": offers, "back": back, "told": told}
    if offer and offer.is_possible:
        if form is None:
            form = RedeemForm(initial=RedeemForm.first(offer.reward), digits=proving.asks_digits(client))
        else:
            form.at_points(offer.reward.points)
        context |= {"offer": offer, "form": form, "after": balance - offer.reward.points}
    elif chosen and not told:
        context["told"] = _why_not(offer)
    return render(request, "loyalty/redeem.html", context)


def _why_not(offer: Offer | None) -> str:
    """Why a reward that was asked for by its address is not to be had now."""
    if offer is None:
        return _("This reward is no longer on offer.")
    return _("%(reward)s cannot be redeemed now.") % {"reward": offer.reward.label}


def _redeemed(request: StaffRequest, client: Client, form: RedeemForm, back: Back) -> HttpResponse:
    sent, at = form.cleaned_data, timezone.now()
    done = redeeming.redeem(
        client, sent["reward"], key=sent["key"], proof=sent["proof"], by=request.user, at=at, shown=sent["shown"]
    )
    if done.at == at:
        messages.success(request, _("Redeemed. Print the slip and let the client sign it."))
    else:
        messages.info(request, _("Already done; there is no need to send it again."))
    url = reverse("loyalty:redemption_slip", args=[done.pk])
    return redirect(f"{url}?{back.query}" if back.query else url)


def _redemption_for(user: User, pk: int) -> Redemption:
    """The redemption of a client whom `user` may see. Raises Http404 when there is none."""
    with_parts = Redemption.objects.select_related("reward", "account", "entry", "by", "cancelled_by", "service")
    found = with_parts.select_related("voucher__used_visit").filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    found.account.client = client_for(user, found.account_id)
    return found


def _unfinished(client: Client, key: str) -> uuid.UUID | None:
    """The key of this client's checkout that is under way; None for anything else."""
    try:
        found = uuid.UUID(key)
    except ValueError:
        return None
    return found if Draft.objects.filter(pk=found, client=client).exists() else None
