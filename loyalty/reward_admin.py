"""The rewards in the admin panel: the catalogue is the admin's to change, redemptions are only looked at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from loyalty.models import Redemption, Reward
from staff.admin_rights import ByRight, OnlyLooked
from staff.roles import Can

# What each kind of reward needs, and the others must not have. The database holds the same, in words nobody reads.
NEEDS = {Reward.Kind.VOUCHER: "voucher_kind", Reward.Kind.ENTITLEMENT: "service"}
MONTHS_AT_MOST = 120


class RewardForm(forms.ModelForm):  # type: ignore[type-arg]
    """A reward has what its kind needs. Stock is counted down meanwhile: an old figure overwrites nothing."""

    class Meta:
        model = Reward
        exclude: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "stock" in self.fields:  # not for who only looks
            self.fields["stock"].show_hidden_initial = True

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self._check_kind(cleaned)
        for name in ("points", "uses", "months"):
            if cleaned.get(name) == 0:
                self.add_error(name, _("At least 1."))
        if (cleaned.get("months") or 0) > MONTHS_AT_MOST:
            self.add_error("months", _("At most %(most)s months.") % {"most": MONTHS_AT_MOST})
        if self.instance.pk and "stock" in self.changed_data and "stock" in cleaned:
            self._check_stock()
        return cleaned

    def _check_kind(self, cleaned: dict[str, Any]) -> None:
        kind = cleaned.get("kind")
        if not kind:
            return
        for of_kind, name in NEEDS.items():
            if of_kind == kind and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Choose what the client gets."))
            if of_kind != kind and cleaned.get(name):
                told = _("Leave this empty: the kind is “%(kind)s”.")
                self.add_error(name, told % {"kind": Reward.Kind(kind).label})

    def _check_stock(self) -> None:
        """The admin counted from what stood on the page; if somebody redeemed since, that count is old."""
        with transaction.atomic():
            now = Reward.objects.select_for_update().values_list("stock", flat=True).get(pk=self.instance.pk)
        field, hidden = self.fields["stock"], self.add_initial_prefix("stock")
        seen = field.clean(self.data.get(hidden, "")) if hidden in self.data else self.initial.get("stock")
        if seen != now:
            # The page that says so shows the figure of now: whoever saves it again has seen it.
            sent = {name: self.data.get(name) for name in self.data}
            self.data = sent | {hidden: "" if now is None else str(now)}
            shown = "—" if now is None else now
            told = _("Meanwhile the stock changed to %(now)s. Count again, enter the new figure and save.")
            self.add_error("stock", told % {"now": shown})


@admin.register(Reward)
class RewardAdmin(ByRight):
    """What was redeemed once is taken off the list, not deleted: the slips name it."""

    form = RewardForm
    right = Can.MANAGE_CATALOGUE
    list_display = ("name", "kind", "points", "stock", "position", "is_active")
    list_filter = ("is_active", "kind")
    list_per_page = 50
    ordering = ("position", "points", "pk")

    def save_model(self, request: HttpRequest, obj: Reward, form: RewardForm, change: bool) -> None:
        """Only what was changed is written: stock that fell meanwhile is left alone."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)


@admin.register(Redemption)
class RedemptionAdmin(OnlyLooked):
    looks = Can.SEE_POINTS
    list_display = ("number", "at", "of_client", "name", "points", "by", "cancelled_at")
    list_filter = ("reward",)
    list_select_related = ("account__client", "by")
    fields = (
        "number",
        "at",
        "of_client",
        "name",
        "points",
        "proof",
        "by",
        "voucher",
        "service",
        "until",
        "uses",
        "used",
        "cancelled_at",
        "cancelled_by",
        "cancel_reason",
    )
    search_fields = ("=account__client__id",)
    search_help_text = _("Client number without C- and zeros")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)

    @admin.display(description=_("client"))
    def of_client(self, row: Redemption) -> SafeString:
        """Name and number, leading to the client's file."""
        client = row.account.client
        return format_html(
            '<a href="{}">{} {}</a>', reverse("frontdesk:client_file", args=[client.pk]), client.name, client.number
        )
