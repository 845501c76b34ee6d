"""The receipt: what was done and paid, what it earned, and the words for the client."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import override
from django.views.decorators.http import require_safe

from clients.opening import note_opening
from loyalty import receipts
from loyalty.receipts import Receipt
from loyalty.refunds import may_reverse
from staff import audit
from staff.ids import LARGEST_ID
from staff.models import AuditEntry, User
from staff.roles import Can, StaffRequest, staff_page
from visits.access import visible_visits
from visits.models import Visit, VisitLine

PAPERS = ("slip", "a4")


@require_safe
@staff_page(Can.SEE_VISITS)
def receipt(request: StaffRequest, pk: int) -> HttpResponse:
    """One receipt. A beautician sees her own lines of it, without any amount. `?print` is noted in the trail."""
    visit, lines = _receipt_for(request.user, pk)
    if "print" in request.GET:
        with override(receipts.language_of(visit)):  # the client reads what is printed
            return _receipt_page(request, visit, lines)
    return _receipt_page(request, visit, lines)


def _receipt_page(request: StaffRequest, visit: Visit, lines: list[VisitLine]) -> HttpResponse:
    paper = request.GET.get("paper", PAPERS[0])
    printing = "print" in request.GET
    if printing:
        audit.record(
            AuditEntry.Action.PRINTED, by=request.user, client=visit.client_id, what=visit.number, request=request
        )
    elif visit.client_id:
        note_opening(request, visit.client_id)
    shows_note = request.user.can(Can.SEE_SKIN)
    context = {
        "visit": visit,
        "lines": lines,
        "salon": request.salon,
        "after_care": receipts.after_care(lines),
        "paper": paper if paper in PAPERS else PAPERS[0],
        "printing": printing,
        "shows_note": shows_note,
    }
    if request.user.can(Can.SEE_SPEND):
        given = Receipt.of(visit)
        context |= {
            "receipt": given,
            "payments": list(visit.payments.all()),
            "refunds": list(visit.refunds.all()) if visit.refunded else [],
            "summary": receipts.summary(given, lines, request.salon, with_advice=shows_note),
            "may_refund": visit.paid > 0,
            "may_reverse": visit.status != Visit.Status.VOID and may_reverse(request.user, visit, timezone.localdate()),
        }
    return render(request, "loyalty/receipt_print.html" if printing else "loyalty/receipt.html", context)


def _receipt_for(user: User, pk: int) -> tuple[Visit, list[VisitLine]]:
    """The visit and the lines of it that `user` may see. Raises Http404 when there is none."""
    if not 0 < pk <= LARGEST_ID:
        raise Http404
    visit = visible_visits(user).select_related("client__account", "by", "voided_by").filter(pk=pk).first()
    if visit is None:
        raise Http404
    lines = list(visit.lines.select_related("service", "beautician"))
    if not user.can(Can.SEE_SPEND):
        lines = [line for line in lines if line.beautician_id == user.pk]
    return visit, lines
