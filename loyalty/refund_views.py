"""The pages that take a visit back. Each tells what will happen before the button that does it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from loyalty import refunds
from loyalty.refunds import AlreadyVoid, Outcome, ReversalRefused, may_reverse, refundable_lines
from loyalty.reversal_forms import RefundForm, VoidForm
from staff.form_names import resumable
from staff.ids import LARGEST_ID
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page
from visits.models import Visit


@resumable(gettext_lazy("Void"), VoidForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.VOID_OWN_TODAY, Can.VOID_ANY)
def void(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what voiding would undo; POST does it. Sent twice, the second one only tells that it is done."""
    visit = _visit_for(request.user, pk)
    form = VoidForm(request.POST or None)
    try:
        if form.is_valid():
            done = refunds.void(visit, form.cleaned_data["reason"], by=request.user, at=timezone.now())
            told = [_("%(visit)s is void.") % {"visit": visit.number}]
            if done.money:
                told.append(_("Pay back ¥%(amount)s.") % {"amount": f"{done.money:,.2f}"})
            messages.success(request, "\n".join([*told, *_told(done)]))
            return redirect("loyalty:receipt", pk=visit.pk)
        outcome = refunds.foreseen_void(visit, timezone.localdate())
    except AlreadyVoid as refused:
        return _already(request, visit, refused)
    context = {"visit": visit, "form": form, "outcome": outcome, "payments": visit.payments.all()}
    return render(request, "loyalty/void.html", context)


@resumable(gettext_lazy("Refund"), RefundForm)
@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(Can.VOID_OWN_TODAY, Can.VOID_ANY)
def refund(request: StaffRequest, pk: int) -> HttpResponse:
    """Enter what goes back; then see what will happen; then confirm. The key in the form makes it happen once."""
    visit = _visit_for(request.user, pk)
    lines = refundable_lines(visit)
    if request.method != "POST":
        if visit.status == Visit.Status.VOID:
            return _already(request, visit, AlreadyVoid(_("This visit is already void.")))
        form = RefundForm(lines=lines, initial={"key": RefundForm.new_key()})
        return _refund_page(request, visit, form)
    form = RefundForm(request.POST, lines=lines)
    outcome = None
    confirmed = "confirm" in request.POST
    try:
        if form.is_valid() and "change" not in request.POST:
            outcome = _refund(visit, form, request.user, for_good=confirmed)
    except AlreadyVoid as refused:
        return _already(request, visit, refused)
    except ReversalRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
    if outcome is None or not confirmed:
        return _refund_page(request, visit, form, outcome)
    refunded = _("¥%(amount)s refunded.") % {"amount": f"{outcome.money:,.2f}"}
    messages.success(request, "\n".join([refunded, *_told(outcome)]))
    return redirect("loyalty:receipt", pk=visit.pk)


def _refund_page(request: StaffRequest, visit: Visit, form: RefundForm, outcome: Outcome | None = None) -> HttpResponse:
    rest = visit.total - visit.refunded
    payments = list(visit.payments.order_by("pk"))
    if payments:
        form.initial.setdefault("method", payments[0].method)
    context = {"visit": visit, "form": form, "outcome": outcome, "rest": rest, "asks_whole": not form.lines}
    context["payments"] = payments
    return render(request, "loyalty/refund.html", context)


def _refund(visit: Visit, form: RefundForm, user: User, *, for_good: bool) -> Outcome:
    sent = form.cleaned_data

    def act() -> Outcome:
        return refunds.refund(
            visit,
            sent["amounts"],
            sent["method"],
            sent["reason"],
            key=sent["key"],
            by=user,
            at=timezone.now(),
        )

    if for_good:
        return act()
    with refunds.only_looking():
        return act()


def _told(outcome: Outcome) -> list[str]:
    """What came back besides the money, a sentence each."""
    told = ((words, _("; ").join(lines.split("\n"))) for words, lines in outcome.undone.told())
    return [_("%(what)s: %(which)s.") % {"what": words, "which": which} for words, which in told]


def _visit_for(user: User, pk: int) -> Visit:
    """The visit, if `user` may take it back. Raises Http404 when there is none, PermissionDenied when not."""
    visit = Visit.objects.select_related("client", "by").filter(pk=pk).first() if 0 < pk <= LARGEST_ID else None
    if visit is None:
        raise Http404
    if not may_reverse(user, visit, timezone.localdate()):
        raise PermissionDenied
    return visit


def _already(request: StaffRequest, visit: Visit, refused: AlreadyVoid) -> HttpResponse:
    messages.info(request, str(refused))
    return redirect("loyalty:receipt", pk=visit.pk)
