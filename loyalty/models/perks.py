"""Perks: what a tier gives a number of times a year, and who used what when."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.membership import LoyaltyAccount, Tier
from staff.languages import in_language
from staff.models import User
from staff.triggers import audited, never_deleted


class Perk(models.Model):
    """Something that the members of a tier have free some times in a calendar year, such as 形象设计."""

    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="perks")
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    quota = models.PositiveSmallIntegerField(_("times a year"), default=1)
    is_active = models.BooleanField(_("on offer"), default=True)

    class Meta:
        verbose_name = _("perk")
        verbose_name_plural = _("perks")
        ordering = ("tier__position", "id")
        constraints = (
            models.UniqueConstraint(name="perk_once_a_tier", fields=["tier", "name"]),
            models.CheckConstraint(name="perk_quota", condition=Q(quota__gte=1)),
        )
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return in_language(self.name, self.name_en)


class PerkUse(models.Model):
    """One use of a perk. `place` counts the uses of a year, so that the last one cannot be taken twice."""

    key = models.UUIDField(unique=True, editable=False)
    perk = models.ForeignKey(Perk, models.PROTECT, verbose_name=_("perk"), related_name="uses")
    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="perk_uses")
    year = models.PositiveSmallIntegerField(_("year"))
    place = models.PositiveSmallIntegerField()
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    undone_at = models.DateTimeField(_("taken back at"), null=True)
    undone_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("taken back by"), null=True, related_name="+")
    undone_reason = models.CharField(_("why taken back"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("use of a perk")
        verbose_name_plural = _("uses of perks")
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                name="perk_use_once_a_place",
                fields=["perk", "account", "year", "place"],
                condition=Q(undone_at=None),
            ),
            models.CheckConstraint(
                name="perk_use_undone_has_a_reason",
                condition=Q(undone_at=None, undone_by=None, undone_reason="")
                | (Q(undone_at__isnull=False, undone_by__isnull=False) & ~Q(undone_reason="")),
            ),
        )
        indexes = (models.Index(name="perk_use_of_account", fields=["account", "-id"]),)
        triggers = (never_deleted(), audited(client="account_id"))

    def __str__(self) -> str:
        return f"{self.perk_id} {self.year}/{self.place}"
