"""Perks in the admin panel. Their uses are noted and taken back on the client's file."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from loyalty.models import Perk
from staff.admin_rights import ByRight
from staff.roles import Can


class PerkForm(forms.ModelForm):  # type: ignore[type-arg]
    """A perk; its tier stays what it is once somebody has used it: the history names it."""

    class Meta:
        model = Perk
        exclude: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        moved = self.instance.pk and "tier" in self.changed_data
        if moved and self.instance.uses.exists():
            self.add_error("tier", _("Clients have used it in its tier. Take it off offer and add another one."))
        if cleaned.get("quota") == 0:
            self.add_error("quota", _("At least 1."))
        return cleaned


@admin.register(Perk)
class PerkAdmin(ByRight):
    """What a tier gives some times a year. One that was used is kept: take it off offer instead."""

    form = PerkForm
    right = Can.MANAGE_CATALOGUE
    list_display = ("name", "name_en", "tier", "quota", "is_active")
    list_filter = ("tier", "is_active")
    list_select_related = ("tier",)
    ordering = ("tier__position", "id")
