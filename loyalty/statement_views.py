"""The points book on paper."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.access import client_for
from loyalty.models import LoyaltyAccount
from loyalty.statements import printed, read_period
from staff import audit
from staff.models import AuditEntry
from staff.roles import Can, StaffRequest, staff_page


@require_safe
@staff_page(Can.SEE_POINTS)
def print_points(request: StaffRequest, pk: int) -> HttpResponse:
    """A client's points of the days `from` to `to`, ready to be printed. Noted in the trail."""
    client = client_for(request.user, pk)
    today = timezone.localdate()
    period = read_period(request.GET, today)
    told = {"from": period.first.isoformat(), "to": period.last.isoformat()}
    audit.record(
        AuditEntry.Action.PRINTED,
        by=request.user,
        client=client.pk,
        what=_("statement of points %(from)s to %(to)s") % told,
        request=request,
    )
    account = LoyaltyAccount.objects.filter(client=client).select_related("tier").first()
    context = {
        "client": client,
        "account": account,
        "salon": request.salon,
        "period": period,
        "typed": {**told, **{name: request.GET[name][:40] for name in told if request.GET.get(name)}},
        "statement": printed(account, period, today) if account else None,
        "today": today,
    }
    return render(request, "loyalty/statement_print.html", context)
