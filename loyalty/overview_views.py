"""The manager's page of the membership."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from loyalty.overview import overview
from staff.links import address
from staff.models import User
from staff.roles import Can, StaffRequest, staff_page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Leads:
    """A page that this one leads to, for whom the matrix lets through."""

    to: str
    label: "StrOrPromise"
    hint: "StrOrPromise"
    icon: str
    right: Can = Can.READ_LOYALTY


LEADS = (
    Leads("loyalty:vouchers", _("Vouchers"), _("what is open and what it would cost"), "ticket-perforated"),
    Leads("loyalty:referrals", _("Referrals"), _("who brought whom"), "people"),
    Leads("loyalty:adjustments", _("Adjustments of points"), _("made by hand, and what waits"), "sliders"),
    Leads("admin:loyalty_reward_changelist", _("Rewards"), _("what points are good for"), "gift", Can.MANAGE_CATALOGUE),
    Leads("admin:loyalty_tier_changelist", _("Tiers"), _("thresholds and discounts"), "award", Can.MANAGE_CATALOGUE),
    Leads(
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
    context = overview(timezone.localdate()) | {"leads": _leads(request.user)}
    return render(request, "loyalty/membership.html", context)


def _leads(user: User) -> list[dict[str, object]]:
    return [
        {"url": url, "label": one.label, "hint": one.hint, "icon": one.icon}
        for one in LEADS
        if user.can(one.right) and (url := _url(one.to))
    ]


def _url(name: str) -> str:
    try:
        return address(name)
    except NoReverseMatch:
        return ""
