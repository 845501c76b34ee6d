"""Adjustments and the faults of the last check in the admin panel. Both are only looked at."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.bookkeeping import fault_words
from loyalty.models import Adjustment, BookFault
from staff.admin_rights import OnlyLooked
from staff.roles import Can


@admin.register(Adjustment)
class AdjustmentAdmin(OnlyLooked):
    """Points by hand. The second person agrees on the page made for it, not here."""

    looks = Can.SEE_POINTS
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    list_display = ("at", "of_client", "points", "reason", "by", "status", "decided_by", "decided_at")
    list_filter = ("status",)
    list_select_related = ("account__client", "by", "decided_by")
    fields = ("at", "of_client", "points", "reason", "by", "status", "decided_by", "decided_at")
    search_fields = ("=account__client__id",)

    @admin.display(description=_("client"))
    def of_client(self, row: Adjustment) -> SafeString:
        """Name and number, leading to the client's file."""
        client = row.account.client
        return format_html(
            '<a href="{}">{} {}</a>', reverse("frontdesk:client_file", args=[client.pk]), client.name, client.number
        )


@admin.register(BookFault)
class BookFaultAdmin(OnlyLooked):
    """What the last check of the books found; the next one replaces it."""

    looks = Can.SEE_POINTS
    show_full_result_count = False
    list_per_page = 50
    list_display = ("of_client", "words", "found_at")
    fields = ("of_client", "words", "found_at")
    search_fields = ("=client_id",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[BookFault]":
        return super().get_queryset(request).order_by("client_id", "pk")

    @admin.display(description=_("client"))
    def of_client(self, row: BookFault) -> SafeString:
        """The client's number, leading to the file."""
        if not row.client_id:
            return format_html("{}", _("Nobody in particular"))
        return format_html(
            '<a href="{}">{}</a>', reverse("frontdesk:client_file", args=[row.client_id]), f"C-{row.client_id:05d}"
        )

    @admin.display(description=_("what is wrong"))
    def words(self, row: BookFault) -> str:
        """What is wrong, in the language of the screen."""
        return fault_words(row)
