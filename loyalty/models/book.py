"""The books of the membership: every point and every move of a tier or a segment. Lines are only ever added."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.membership import LoyaltyAccount, Tier
from staff.models import User
from staff.triggers import append_only, audited, never_deleted
from visits.models import Refund, Visit


class PointsEntryQuerySet(models.QuerySet["PointsEntry"]):
    def earned(self) -> Self:
        return self.filter(kind=PointsEntry.Kind.EARN)


class PointsEntry(models.Model):
    """One line of a client's points book. Lines are added, never changed."""

    class Kind(models.TextChoices):
        EARN = "earn", _("earned")
        REDEEM = "redeem", _("redeemed")
        EXPIRE = "expire", _("lapsed")
        ADJUST = "adjust", _("adjusted")
        REVERSE = "reverse", _("reversed")
        BONUS = "bonus", _("bonus")

    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="entries")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    points = models.IntegerField(_("points"))
    balance_after = models.IntegerField(_("balance after"))
    # What happened, once: `earn:visit:12`, `reverse:refund:3`. The database refuses a second entry for it.
    occasion = models.CharField(pgettext_lazy("points", "source"), max_length=60, unique=True)
    visit = models.ForeignKey(Visit, models.PROTECT, verbose_name=_("visit"), null=True, related_name="points_entries")
    refund = models.ForeignKey(
        Refund, models.PROTECT, verbose_name=_("refund"), null=True, related_name="points_entries"
    )
    expires_on = models.DateField(_("lapses on"), null=True)
    why = models.CharField(_("why"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = PointsEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("points entry")
        verbose_name_plural = _("points book")
        ordering = ("-id",)
        constraints = (models.CheckConstraint(name="points_entry_moves_something", condition=~Q(points=0)),)
        indexes = (models.Index(name="points_of_account", fields=["account", "-id"], include=["points"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.points:+d}"


class TierChange(models.Model):
    """A move between tiers, with the figures that led to it."""

    class Why(models.TextChoices):
        EARNED = "earned", _("reached by spend or visits")
        REVIEW = "review", _("yearly review")
        BY_HAND = "by_hand", pgettext_lazy("tier change", "set by hand")
        BY_HAND_ENDED = "ended", _("time of the tier set by hand is over")
        REVERSED = "reversed", _("a visit was voided or refunded")
        CHECKED = "checked", _("recalculated")

    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="tier_changes")
    from_tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("from tier"), null=True, related_name="+")
    to_tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("to tier"), related_name="+")
    why = models.CharField(_("why"), max_length=8, choices=Why)
    # Spend, visits and thresholds of that day: {"spend": "10420.00", "visits": 18, "min_spend": "10000.00"}
    figures: "models.JSONField[Any, Any]" = models.JSONField(_("figures of the day"), default=dict)
    reason = models.CharField(pgettext_lazy("tier change", "reason"), max_length=200, blank=True)
    on = models.DateField(_("on"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")

    class Meta:
        verbose_name = _("tier change")
        verbose_name_plural = _("tier changes")
        ordering = ("-id",)
        indexes = (
            models.Index(name="tier_change_of_account", fields=["account", "-id"]),
            models.Index(name="tier_change_by_day", fields=["on"]),  # the manager's page: the moves of 30 days
        )
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.from_tier_id} > {self.to_tier_id}"


class SegmentChange(models.Model):
    """A move between segments, with the figures that led to it. Empty: in none."""

    account = models.ForeignKey(
        LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="segment_changes"
    )
    from_segment = models.CharField(_("from segment"), max_length=10, blank=True)
    to_segment = models.CharField(_("to segment"), max_length=10, blank=True)
    # {"recent_visits": 4, "ticket": "512.00", "reference": "300.00", …}, with the rule's own figures beside.
    figures: "models.JSONField[Any, Any]" = models.JSONField(_("figures of the day"), default=dict)
    on = models.DateField(_("on"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("segment change")
        verbose_name_plural = _("segment changes")
        ordering = ("-id",)
        indexes = (
            models.Index(name="segment_change_of_account", fields=["account", "-id"]),
            models.Index(name="segment_change_by_day", fields=["on"]),  # the manager's page: the moves of 30 days
        )
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.from_segment} > {self.to_segment}"


class Adjustment(models.Model):
    """Points added or taken by hand, with the reason. Above the manager's limit it waits for a second person."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waits for a second person")
        POSTED = "posted", _("posted")
        REFUSED = "refused", pgettext_lazy("adjustment", "refused")

    key = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="adjustments")
    points = models.IntegerField(_("points"))
    reason = models.CharField(_("reason"), max_length=200)
    status = models.CharField(_("status"), max_length=7, choices=Status)
    entry = models.OneToOneField(
        PointsEntry, models.PROTECT, verbose_name=_("points entry"), null=True, related_name="adjustment"
    )
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("decided by"), null=True, related_name="+")

    class Meta:
        verbose_name = _("adjustment of points")
        verbose_name_plural = _("adjustments of points")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="adjustment_moves_something", condition=~Q(points=0)),
            models.CheckConstraint(name="adjustment_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="adjustment_posted_has_its_entry",
                condition=Q(status="posted", entry__isnull=False) | (~Q(status="posted") & Q(entry=None)),
            ),
            models.CheckConstraint(
                name="adjustment_by_two", condition=Q(decided_by=None) | ~Q(decided_by=models.F("by"))
            ),
        )
        indexes = (models.Index(name="adjustment_pending", fields=["id"], condition=Q(status="pending")),)
        triggers = (never_deleted(), audited(client="account_id", inserts=True))

    def __str__(self) -> str:
        return f"{self.points:+d}"


class BookFault(models.Model):
    """What the last check of the books found wrong. Every check replaces them all."""

    # No foreign key: a fault may name a client who should not be there.
    client_id = models.BigIntegerField(_("client"))
    told = models.CharField(_("what is wrong"), max_length=300)
    found_at = models.DateTimeField(_("found"))

    class Meta:
        verbose_name = _("fault in the books")
        verbose_name_plural = _("faults in the books")
        ordering = ("client_id", "id")

    def __str__(self) -> str:
        return self.told
