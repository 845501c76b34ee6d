"""The list of visits. Visits are only read here: they are written by the checkout, and voided or refunded after it."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.guessing import TooManyMisses
from staff.models import User
from staff.roles import Can, Role, StaffRequest, staff_page
from visits import listing
from visits.models import Visit


@require_safe
@staff_page(Can.SEE_VISITS)
def visit_list(request: StaffRequest) -> HttpResponse:
    """Visits by day, newest first. A beautician sees her own services, without amounts."""
    today = timezone.localdate()
    filters = listing.read_filters(request.GET, today)
    try:
        listing.look_for(request.user, filters.client, request)
    except TooManyMisses as refused:
        filters = replace(filters, client="", errors=filters.errors | {"client": str(refused)})
    sees_spend = request.user.can(Can.SEE_SPEND)
    page = listing.page(request.user, filters, request.GET.get("after", ""))
    context = {
        "filters": filters,
        "typed": request.GET,
        "page": page,
        "sees_spend": sees_spend,
        "beauticians": User.objects.filter(groups__name=Role.BEAUTICIAN).order_by("display_name") if sees_spend else [],
        "statuses": Visit.Status.choices,
        "today": today,
        "week": listing.since(today, 7),
    }
    return render(request, "visits/list.html", context)
