"""Membership in the admin panel: tiers and rules are the admin's to change, the books are only looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty import benefits_admin, book_admin, reward_admin, voucher_admin  # noqa: F401  # registers what they hold
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, SegmentChange, SegmentRules, Tier, TierChange
from loyalty.rule_forms import LoyaltyRulesForm, SegmentRulesForm, TierForm
from loyalty.segments import Segment, label
from staff.admin_rights import ByRight, OneRow, OnlyLooked
from staff.roles import Can


class ShownFirst(ByRight):
    """Figures that move clients: the page shows who would move, and saves when it is sent again."""

    change_form_template = "admin/loyalty/shown_first.html"

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        """What was only shown is no mistake of whoever typed it."""
        form = context["adminform"].form
        if getattr(form, "only_shown", False):
            context["errors"] = None
        return super().render_change_form(request, context, *args, **kwargs)


@admin.register(Tier)
class TierAdmin(ShownFirst):
    """The tiers. A tier that clients were in is kept: the history names it."""

    form = TierForm
    right = Can.MANAGE_CATALOGUE
    list_display = (
        "name",
        "name_en",
        "position",
        "min_spend",
        "min_visits",
        "discount_percent",
        "multiplier",
        "birthday_multiplier",
    )
    ordering = ("position",)


@admin.register(LoyaltyRules)
class LoyaltyRulesAdmin(OneRow):
    form = LoyaltyRulesForm
    right = Can.MANAGE_CATALOGUE
    list_display = ("__str__", "points_per_yuan", "lapse_after_years", "review_months")
    fieldsets = (
        (_("Points"), {"fields": ("points_per_yuan", "lapse_after_years", "points_per_yuan_off", "referral_points")}),
        (_("Tiers"), {"fields": ("review_months",)}),
        (_("Corrections"), {"fields": ("adjust_limit", "cancel_hours")}),
    )


@admin.register(SegmentRules)
class SegmentRulesAdmin(ShownFirst, OneRow):
    form = SegmentRulesForm
    right = Can.MANAGE_CATALOGUE
    fieldsets = (
        (Segment.DORMANT.label, {"fields": ("dormant_months", "seen")}),
        (Segment.NEW.label, {"fields": ("new_days", "new_visits")}),
        (
            _("core loyal and growth"),
            {"fields": ("recent_days", "core_visits", "core_ratio", "reference_ticket", "growth_visits")},
        ),
    )


class PagedLightly(OnlyLooked):
    """A long table: never counted, never searched by a join that grows with it."""

    looks = Can.SEE_POINTS
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    @admin.display(description=_("client"))
    def of_client(self, row: PointsEntry | TierChange | SegmentChange) -> SafeString:
        """Name and number, leading to the client's file."""
        client = row.account.client
        return format_html(
            '<a href="{}">{} {}</a>', reverse("frontdesk:client_file", args=[client.pk]), client.name, client.number
        )


@admin.register(LoyaltyAccount)
class LoyaltyAccountAdmin(PagedLightly):
    list_display = ("client", "tier", "balance", "visits_12m", "spend_12m", "last_visit_on", "review_on")
    list_filter = ("tier",)
    list_select_related = ("client", "tier")
    search_fields = ("=client__id",)
    search_help_text = _("Client number without C- and zeros")


@admin.register(PointsEntry)
class PointsEntryAdmin(PagedLightly):
    list_display = ("at", "of_client", "kind", "points", "balance_after", "source", "expires_on", "by")
    list_filter = ("kind",)
    list_select_related = ("account__client", "refund", "by")
    fields = ("at", "of_client", "kind", "points", "balance_after", "source", "expires_on", "why", "by")
    search_fields = ("=account__client__id", "=occasion")

    @admin.display(description=pgettext_lazy("points", "source"))
    def source(self, entry: PointsEntry) -> str:
        """The receipt that the line comes from, or why it was written."""
        visit_id = entry.refund.visit_id if entry.refund else entry.visit_id
        if visit_id is None:
            return entry.why or "—"
        words = {"number": f"V-{visit_id:06d}"}
        return gettext("Refund on %(number)s") % words if entry.refund else gettext("Receipt %(number)s") % words


@admin.register(TierChange)
class TierChangeAdmin(PagedLightly):
    list_display = ("on", "of_client", "from_tier", "to_tier", "by", "why", "reason")
    list_filter = ("why", "to_tier")
    list_select_related = ("account__client", "from_tier", "to_tier", "by")
    search_fields = ("=account__client__id",)
    fields = ("on", "of_client", "from_tier", "to_tier", "by", "why", "reason", "figures")


@admin.register(SegmentChange)
class SegmentChangeAdmin(PagedLightly):
    list_display = ("on", "of_client", "from_name", "to_name")
    list_select_related = ("account__client",)
    search_fields = ("=account__client__id",)
    fields = ("on", "of_client", "from_name", "to_name", "figures")

    @admin.display(description=_("from segment"))
    def from_name(self, change: SegmentChange) -> str:
        return label(change.from_segment) or "—"

    @admin.display(description=_("to segment"))
    def to_name(self, change: SegmentChange) -> str:
        return label(change.to_segment) or "—"
