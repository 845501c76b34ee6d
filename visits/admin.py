"""The catalogue and the visits in the admin panel. Visits are only looked at; void and refund have their own pages."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.admin_rights import ByRight, OneRow, OnlyLooked
from staff.roles import Can
from visits.catalogue import fill_search_text, found_by
from visits.models import (
    CatalogueItem,
    CheckoutRules,
    Payment,
    Product,
    Refund,
    Service,
    ServiceCategory,
    Substance,
    Visit,
    VisitLine,
)


@admin.register(ServiceCategory)
class ServiceCategoryAdmin(ByRight):
    right = Can.MANAGE_CATALOGUE
    may_delete = True  # an empty shelf; the database keeps one that items stand on
    list_display = ("name", "position")


@admin.register(Substance)
class SubstanceAdmin(ByRight):
    """What is the same by another name: the allergy question of the checkout goes by it."""

    right = Can.MANAGE_CATALOGUE
    may_delete = True
    search_fields = ("names",)


class CatalogueAdmin(ByRight):
    """What is no longer sold is taken off sale, not deleted: receipts name it."""

    right = Can.MANAGE_CATALOGUE
    list_filter = ("is_active", "category")
    list_select_related = ("category",)
    search_fields = ("search_text",)
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Any]", search_term: str
    ) -> tuple["QuerySet[Any]", bool]:
        """The same things are found here as at the checkout."""
        return (queryset.filter(found_by(search_term)) if search_term.strip() else queryset), False

    def save_model(self, request: HttpRequest, obj: CatalogueItem, form: "ModelForm[Any]", change: bool) -> None:
        fill_search_text(obj)
        super().save_model(request, obj, form, change)


@admin.register(Service)
class ServiceAdmin(CatalogueAdmin):
    list_display = ("name", "code", "category", "price", "minutes", "is_active")


@admin.register(Product)
class ProductAdmin(CatalogueAdmin):
    list_display = ("name", "code", "category", "price", "is_active")


@admin.register(CheckoutRules)
class CheckoutRulesAdmin(OneRow):
    right = Can.MANAGE_CATALOGUE
    list_display = ("__str__", "front_desk_discount", "manager_discount", "backdate_days")


class Part(admin.TabularInline):  # type: ignore[type-arg]
    """A part of a visit, only looked at."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        user: Any = request.user
        return bool(user.can(Can.USE_ADMIN) and user.can(Can.SEE_SPEND))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Lines(Part):
    model = VisitLine
    fields = (
        *("name", "beautician", "quantity", "unit_price"),
        *("tier_discount", "manual_discount", "voucher_discount", "points_discount", "amount"),
    )


class Payments(Part):
    model = Payment
    fields = ("method", "amount")


class Refunds(Part):
    model = Refund
    fields = ("amount", "method", "reason", "at", "by")


@admin.register(Visit)
class VisitAdmin(OnlyLooked):
    """All visits. What was wrong is corrected by voiding or refunding, with a reason."""

    looks = Can.SEE_SPEND
    list_display = ("receipt", "day", "client", "status", "total", "refunded", "by", "correct")
    list_filter = ("status",)
    list_select_related = ("client", "by")
    search_fields = ("=id", "=client__id")
    search_help_text = gettext_lazy("Receipt or client number, without letters and zeros")
    show_full_result_count = False
    list_per_page = 50
    inlines = (Lines, Payments, Refunds)
    # The care note is a treatment note, which is not for the admin.
    exclude = ("care_note", "next_care", "content_hash")
    readonly_fields = ("correct",)

    @admin.display(description=gettext_lazy("receipt"), ordering="pk")
    def receipt(self, visit: Visit) -> str:
        return visit.number

    @admin.display(description=gettext_lazy("correct"))
    def correct(self, visit: Visit) -> SafeString | str:
        """Links to the pages that void and refund; a void visit has nothing left to correct."""
        if visit.status == Visit.Status.VOID:
            return "—"
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>',
            reverse("loyalty:void", kwargs={"pk": visit.pk}),
            _("Void"),
            reverse("loyalty:refund", kwargs={"pk": visit.pk}),
            _("Refund"),
        )
