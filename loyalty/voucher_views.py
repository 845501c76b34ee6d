"""The pages of vouchers: the list with what it would cost, giving one by hand, withdrawing one."""

from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import client_for
from clients.models import Client
from loyalty import voucher_listing, vouchers
from loyalty.models import LoyaltyAccount, Voucher, VoucherKind
from loyalty.voucher_costs import costs
from loyalty.voucher_forms import GiveForm, WithdrawForm
from loyalty.voucher_listing import State
from loyalty.vouchers import VoucherGone, VoucherRefused
from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page


@require_safe
@staff_page(Can.SEE_POINTS, Can.READ_LOYALTY)
def voucher_list(request: StaffRequest) -> HttpResponse:
    """Look up a code or a client's vouchers; who reads the reports sees all, and what the open ones would cost."""
    today, user = timezone.localdate(), request.user
    filters, reads_all = voucher_listing.read_filters(request.GET), user.can(Can.READ_LOYALTY)
    context = {
        "filters": filters,
        "typed": request.GET,
        "page": voucher_listing.page(user, filters, today, request.GET.get("after", "")),
        "reads_all": reads_all,
        "states": State.choices,
        "withins": voucher_listing.WITHIN,
        "kinds": VoucherKind.objects.all() if reads_all else [],
        "costs": costs(today) if reads_all and not request.GET.get("after") else None,
    }
    return render(request, "loyalty/vouchers.html", context)


@resumable(gettext_lazy("Give a voucher"), GiveForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.ISSUE_VOUCHER)
def voucher_new(request: StaffRequest, pk: int) -> HttpResponse:
    """Give a client a voucher by hand or to make good. The key in the form makes it happen once."""
    client = client_for(request.user, pk)
    form = GiveForm(request.POST or None, initial={"key": GiveForm.new_key()})
    if form.is_valid() and (made := _given(client, form, request.user)):
        words = {"voucher": made.label, "code": made.spoken_code, "day": made.expires_on}
        if made.status == Voucher.Status.OPEN:
            messages.success(request, _("Given: %(voucher)s, code %(code)s, valid until %(day)s.") % words)
        else:  # the same form once more, and meanwhile it was used or withdrawn
            messages.info(request, str(vouchers.gone(made.account, made.pk, timezone.localdate())))
        return redirect(_file(client.pk))
    return render(request, "loyalty/voucher_new.html", {"client": client, "form": form})


@resumable(gettext_lazy("Withdraw a voucher"), WithdrawForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.ISSUE_VOUCHER)
def voucher_withdraw(request: StaffRequest, voucher_pk: int) -> HttpResponse:
    """Withdraw a voucher that nobody used. Sent twice, the second one only tells that it is done."""
    voucher = _voucher_for(request.user, voucher_pk)
    at = timezone.now()
    form = WithdrawForm(request.POST or None)
    state = voucher_listing.state_of(voucher, timezone.localdate(at))
    if state == State.OPEN and form.is_valid():
        try:
            _withdraw(voucher, form.cleaned_data["reason"], request.user, at)
        except VoucherGone as gone:
            messages.info(request, str(gone))
        else:
            words = {"voucher": voucher.label, "code": voucher.spoken_code}
            messages.success(request, _("%(voucher)s (%(code)s) is withdrawn.") % words)
        return redirect(_file(voucher.account_id))
    if state != State.OPEN:
        messages.info(request, str(vouchers.gone(voucher.account, voucher.pk, timezone.localdate(at))))
        return redirect(_file(voucher.account_id))
    return render(
        request, "loyalty/voucher_withdraw.html", {"voucher": voucher, "client": voucher.account.client, "form": form}
    )


@transaction.atomic
def _given(client: Client, form: GiveForm, user: User) -> Voucher | None:
    """The voucher; None when it was refused, which the form then says."""
    sent = form.cleaned_data
    account = LoyaltyAccount.objects.locked(client)
    try:
        made = vouchers.give(
            account,
            sent["kind"],
            sent["reason"],
            source=sent["source"],
            key=sent["key"].hex,
            by=user,
            on=timezone.localdate(),
        )
    except VoucherRefused as refused:
        form.add_error(refused.field, str(refused))
        return None
    if (made.kind_id, made.reason) == (sent["kind"].pk, sent["reason"]):
        return made
    # Somebody went back and sent the same form with something else in it.
    words = {"voucher": made.label, "code": made.spoken_code}
    form.add_error(None, _("This form already gave %(voucher)s (%(code)s). Send again to give this one too.") % words)
    form.renew_key()
    return None


@transaction.atomic
def _withdraw(voucher: Voucher, reason: str, user: User, at: datetime) -> None:
    # The account first: a void or a cancellation that found the voucher open withdraws it itself, and must be able to.
    LoyaltyAccount.objects.locked(voucher.account.client)
    vouchers.withdraw(voucher, reason, by=user, at=at)


def _voucher_for(user: User, pk: int) -> Voucher:
    """The voucher of a client whom `user` may see. Raises Http404 when there is none."""
    with_parts = Voucher.objects.select_related("account", "service", "by")
    found = with_parts.filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if found is None:
        raise Http404
    found.account.client = client_for(user, found.account_id)
    return found


def _file(client: int) -> str:
    return reverse("frontdesk:client_file", kwargs={"pk": client}) + "?tab=benefits"
