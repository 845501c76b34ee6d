"""Membership in the admin panel: tiers and rules are the admin's to change, the books are only looked at."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from loyalty import benefits_admin, book_admin, reward_admin  # noqa: F401  # registers what they hold
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Tier, TierChange
from staff.admin_rights import ByRight, OneRow, OnlyLooked
from staff.roles import Can


class TierForm(forms.ModelForm):  # type: ignore[type-arg]
    """A tier asks for more than the one below it and less than the one above."""

    class Meta:
        model = Tier
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        position, spend = cleaned.get("position"), cleaned.get("min_spend")
        if position is None or spend is None:
            return cleaned
        others = Tier.objects.exclude(pk=self.instance.pk)
        below = others.filter(position__lt=position)
        self._check_minimum("min_spend", spend, below, others.filter(position__gt=position))
        self._check_minimum("min_visits", cleaned.get("min_visits"), below, others.filter(position__gt=position))
        if not below and (spend or cleaned.get("min_visits")):
            self.add_error("min_spend", _("The lowest tier is everybody's: it asks for nothing."))
        return cleaned

    def _check_minimum(
        self, name: str, value: Decimal | int | None, below: "QuerySet[Tier]", above: "QuerySet[Tier]"
    ) -> None:
        if not value:
            return
        too_low = below.filter(**{f"{name}__gte": value}).exists()
        too_high = above.filter(**{f"{name}__gt": 0, f"{name}__lte": value}).exists()
        if too_low or too_high:
            self.add_error(name, ValidationError(_("It must lie between those of the tiers below and above.")))


@admin.register(Tier)
class TierAdmin(ByRight):
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
    right = Can.MANAGE_CATALOGUE
    list_display = ("__str__", "points_per_yuan", "lapse_after_years", "review_months")


class PagedLightly(OnlyLooked):
    """A long table: never counted, never searched by a join that grows with it."""

    looks = Can.SEE_POINTS
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    @admin.display(description=_("client"))
    def of_client(self, row: PointsEntry | TierChange) -> SafeString:
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
