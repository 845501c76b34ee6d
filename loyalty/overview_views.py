"""The manager's page of the membership."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from loyalty.overview import overview
from staff.leads import Lead, leads_for
from staff.roles import Can, StaffRequest, staff_page

LEADS = (
    Lead(
        "loyalty:vouchers",
        _("Vouchers"),
        _("what is open and what it would cost"),
        "ticket-perforated",
        Can.READ_LOYALTY,
    ),
    Lead("loyalty:referrals", _("Referrals"), _("who brought whom"), "people", Can.READ_LOYALTY),
    Lead(
        "loyalty:adjustments",
        _("Adjustments of points"),
        _("made by hand, and what waits"),
        "sliders",
        Can.READ_LOYALTY,
    ),
    Lead("admin:loyalty_reward_changelist", _("Rewards"), _("what points are good for"), "gift", Can.MANAGE_CATALOGUE),
    Lead("admin:loyalty_tier_changelist", _("Tiers"), _("thresholds and discounts"), "award", Can.MANAGE_CATALOGUE),
    Lead(
        "admin:loyalty_segmentrules_changelist",
        _("Rules of the segments"),
        _("who is new, core, dormant"),
        "layers",
        Can.MANAGE_CATALOGUE,
    ),
)


@require_safe
@staff_page(Can.READ_LOYALTY)
def membership(request: StaffRequest) -> HttpResponse:
    """Segments by tiers, the moves of 30 days, the tiers with their thresholds, and what waits."""
    context = overview(timezone.localdate()) | {"leads": leads_for(request.user, LEADS)}
    return render(request, "loyalty/membership.html", context)
