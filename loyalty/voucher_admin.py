"""Vouchers in the admin panel: the kinds are the admin's to change, the vouchers given are only looked at."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from loyalty.models import Tier, Voucher, VoucherKind, Worth
from loyalty.voucher_listing import read_code
from loyalty.voucher_words import yuan
from staff.admin_rights import ByRight, OnlyLooked
from staff.roles import Can
from visits.models import ZERO

DAYS_AT_MOST = 3660
Rule = VoucherKind.Rule
# What a voucher takes over from its kind on the day it is given.
TERMS = {"name", "name_en", "worth", "value", "service", "min_spend", "days_valid", "stacks"}


class VoucherKindForm(forms.ModelForm):  # type: ignore[type-arg]
    """A kind has what its worth needs. The database holds the same, in words nobody reads."""

    class Meta:
        model = VoucherKind
        exclude: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "value" in self.fields:  # not for who only looks
            self.fields["value"].required = False
            self.fields["worth"].label = _("What kind of discount")

    def clean(self) -> dict[str, Any]:
        """Every fault stands at the field where it is put right."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "value" in cleaned and cleaned["value"] is None:
            cleaned["value"] = ZERO
        if "value" in cleaned and cleaned.get("worth"):
            self._check_value(cleaned["worth"], cleaned["value"])
        self._check_service(cleaned)
        self._check_min_spend(cleaned)
        days = cleaned.get("days_valid")
        if days is not None and not 1 <= days <= DAYS_AT_MOST:
            self.add_error("days_valid", _("From 1 to %(most)s days, or nothing.") % {"most": DAYS_AT_MOST})
        if cleaned.get("rule"):
            self._check_rule(cleaned)
        return cleaned

    def _check_value(self, worth: str, value: Decimal) -> None:
        if worth == Worth.AMOUNT and value <= 0:
            self.add_error("value", _("How many yuan does it take off? More than 0."))
        if worth == Worth.PERCENT and not 0 < value <= 100:
            self.add_error("value", _("More than 0 and at most 100 per cent off; 30 leaves the client 70 per cent."))
        if worth == Worth.PRICE and value < 0:
            self.add_error("value", _("What does the client pay for the service? 0 or more."))
        if worth == Worth.TRIAL and value != 0:
            self.add_error("value", _("A trial is free: leave this at 0, or choose “one service at this price”."))

    def _check_service(self, cleaned: dict[str, Any]) -> None:
        worth, service, value = cleaned.get("worth"), cleaned.get("service"), cleaned.get("value")
        if worth in (Worth.PRICE, Worth.TRIAL) and not service and "service" not in self.errors:
            self.add_error("service", _("Choose the service that it is for."))
        if worth == Worth.PRICE and service and value is not None and value >= service.price:
            told = _("The service costs %(price)s anyway: it would take nothing off.")
            self.add_error("value", told % {"price": yuan(service.price)})

    def _check_min_spend(self, cleaned: dict[str, Any]) -> None:
        least, value = cleaned.get("min_spend"), cleaned.get("value")
        if least is None:
            return
        if least < 0:
            self.add_error("min_spend", _("0 or more; 0 means from the first yuan on."))
        elif cleaned.get("worth") == Worth.AMOUNT and value is not None and 0 < least < value:
            told = _("Less than the %(value)s that it takes off: write 0 if the client may pay nothing.")
            self.add_error("min_spend", told % {"value": yuan(value)})

    def _check_rule(self, cleaned: dict[str, Any]) -> None:
        rule, tier = cleaned["rule"], cleaned.get("min_tier")
        others = VoucherKind.objects.filter(rule=rule, is_active=True).exclude(pk=self.instance.pk)
        if cleaned.get("is_active") and (other := others.first()):
            told = _("“%(other)s” is given for this already. Take it out of use first.")
            self.add_error("rule", told % {"other": other.label})
        if rule == Rule.REFERRAL and tier:
            self.add_error("min_tier", _("Both get it, whatever their tiers: leave this empty."))
        if rule == Rule.THANK_YOU and tier and Tier.objects.filter(position__lt=tier.position).exists():
            self.add_error("min_tier", _("A new client is in the lowest tier: nobody would get it. Leave this empty."))


@admin.register(VoucherKind)
class VoucherKindAdmin(ByRight):
    """What was given once is taken out of use, not deleted: the vouchers name it."""

    form = VoucherKindForm
    right = Can.MANAGE_CATALOGUE
    list_display = ("name", "gives", "rule", "days_valid", "min_tier", "stacks", "open_now", "is_active")
    list_filter = ("is_active", "rule")
    list_select_related = ("service", "min_tier")
    list_per_page = 50
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "name_en", "is_active"),
                "description": _(
                    "What you change here holds for vouchers given from now on. "
                    "Vouchers given earlier keep their terms."
                ),
            },
        ),
        (
            _("What it gives"),
            {
                "fields": ("worth", "value", "service", "min_spend"),
                "description": _(
                    "Yuan off and per cent off need a value. One service at a price needs the price and the service; "
                    "a free trial needs the service."
                ),
            },
        ),
        (_("Who, how long, and together with what"), {"fields": ("min_tier", "days_valid", "stacks")}),
        (_("Given by itself"), {"fields": ("rule",)}),
    )

    def get_queryset(self, request: HttpRequest) -> "QuerySet[VoucherKind]":
        """With how many of each may be used today."""
        alive = Q(vouchers__status=Voucher.Status.OPEN, vouchers__expires_on__gte=timezone.localdate())
        return VoucherKind.objects.annotate(alive=Count("vouchers", filter=alive))

    @admin.display(description=_("terms"))
    def gives(self, kind: VoucherKind) -> str:
        """The terms in words."""
        return kind.terms

    @admin.display(description=pgettext_lazy("vouchers", "open"))
    def open_now(self, kind: VoucherKind) -> int:
        """How many may be used today."""
        return int(getattr(kind, "alive", 0))

    def save_model(self, request: HttpRequest, obj: VoucherKind, form: VoucherKindForm, change: bool) -> None:
        """Tells how many vouchers keep their terms after a change of these."""
        super().save_model(request, obj, form, change)
        alive = Voucher.objects.usable(timezone.localdate()).filter(kind=obj).count()
        if change and alive and TERMS & set(form.changed_data):
            told = ngettext(
                "%(count)s open voucher given earlier keeps its terms.",
                "%(count)s open vouchers given earlier keep their terms.",
                alive,
            )
            messages.info(request, told % {"count": alive})


@admin.register(Voucher)
class VoucherAdmin(OnlyLooked):
    """Vouchers given. They are given, used and withdrawn on the pages made for it, not here."""

    looks = Can.SEE_POINTS
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    list_display = ("spoken_code", "of_client", "name", "gives", "source", "issued_on", "expires_on", "status")
    list_filter = ("status", "source", "kind")
    list_select_related = ("account__client", "service")
    search_fields = ("=code", "=account__client__id")
    search_help_text = _("Code, or client number without C- and zeros")
    fields = (
        "spoken_code", "of_client", "name", "gives", "stacks", "issued_on", "expires_on", "source", "reason", "by",
        "status", "used_on", "used_visit", "saved", "withdrawn_at", "withdrawn_by", "withdrawn_reason",
    )  # fmt: skip

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[Voucher]", search_term: str
    ) -> tuple["QuerySet[Voucher]", bool]:
        """A code as it was read out, with spaces or full-width digits, is as good."""
        return super().get_search_results(request, queryset, read_code(search_term) or search_term)

    @admin.display(description=pgettext_lazy("voucher", "Code"))
    def spoken_code(self, voucher: Voucher) -> str:
        """The code, four and four."""
        return voucher.spoken_code

    @admin.display(description=_("client"))
    def of_client(self, voucher: Voucher) -> SafeString:
        """Name and number, leading to the client's file."""
        client = voucher.account.client
        url = reverse("frontdesk:client_file", args=[client.pk])
        return format_html('<a href="{}">{} {}</a>', url, client.name, client.number)

    @admin.display(description=_("terms"))
    def gives(self, voucher: Voucher) -> str:
        """The terms in words."""
        return voucher.terms
