"""Membership: the account, the points book, the tiers."""

from decimal import Decimal
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from staff.models import Singleton, User
from staff.triggers import append_only, audited
from visits.models import ZERO, Refund, Visit, money


class Tier(models.Model):
    """A membership tier. Its figures are the salon's to change; they are data."""

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=20)
    name_en = models.CharField(_("English name"), max_length=20, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), unique=True)
    min_spend = money(_("spend in 12 months from"), default=ZERO)
    min_visits = models.PositiveSmallIntegerField(_("or visits in 12 months from"), null=True, blank=True)
    discount_percent = models.PositiveSmallIntegerField(_("discount %"), default=0)
    multiplier = models.DecimalField(_("points multiplier"), max_digits=4, decimal_places=2, default=Decimal("1"))
    birthday_multiplier = models.DecimalField(
        _("points multiplier in the birthday month"), max_digits=4, decimal_places=2, default=Decimal("2")
    )

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering = ("position",)
        constraints = (
            models.CheckConstraint(name="tier_discount_is_percent", condition=Q(discount_percent__lte=100)),
            models.CheckConstraint(name="tier_multipliers", condition=Q(multiplier__gte=0, birthday_multiplier__gte=0)),
        )
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


class LoyaltyAccountQuerySet(models.QuerySet["LoyaltyAccount"]):
    def locked(self, client: Client) -> "LoyaltyAccount":
        """The client's account, opened when missing, held until the transaction ends."""
        account = self.select_for_update().filter(client=client).first()
        if account is None:
            lowest = Tier.objects.order_by("position")[0]
            self.bulk_create([LoyaltyAccount(client=client, tier=lowest)], ignore_conflicts=True)
            account = self.select_for_update().get(client=client)
        # Without a join: a row that waited for its lock and comes back with another tier would drop out of it.
        account.client, account.tier = client, Tier.objects.get(pk=account.tier_id)
        return account


class LoyaltyAccount(models.Model):
    """One per client: the balance, the tier, and the standing behind them."""

    client = models.OneToOneField(
        Client, models.PROTECT, verbose_name=_("client"), primary_key=True, related_name="account"
    )
    balance = models.IntegerField(_("points"), default=0)
    tier = models.ForeignKey(Tier, models.PROTECT, verbose_name=_("tier"), related_name="accounts")
    tier_since = models.DateField(_("in this tier since"), null=True)
    review_on = models.DateField(_("tier reviewed on"), null=True)
    # A tier set by hand holds until this day, whatever the spend.
    tier_by_hand_until = models.DateField(_("tier set by hand until"), null=True)
    segment = models.CharField(_("segment"), max_length=10, blank=True)
    first_visit_on = models.DateField(_("first visit"), null=True)
    last_visit_on = models.DateField(_("last visit"), null=True)
    visits_12m = models.PositiveIntegerField(_("visits in 12 months"), default=0)
    spend_12m = money(_("spend in 12 months"), default=ZERO)
    lifetime_visits = models.PositiveIntegerField(_("visits in all"), default=0)
    lifetime_spend = money(_("spend in all"), default=ZERO)
    usual_interval = models.PositiveSmallIntegerField(_("usual days between visits"), null=True)

    objects = LoyaltyAccountQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        indexes = (
            # The dormant list and "last visit before" filter.
            models.Index(name="account_by_last_visit", fields=["last_visit_on", "client"]),
            models.Index(name="account_by_tier", fields=["tier", "client"]),
            models.Index(name="account_due_review", fields=["review_on"], condition=Q(review_on__isnull=False)),
            models.Index(
                name="account_by_hand_ends",
                fields=["tier_by_hand_until"],
                condition=Q(tier_by_hand_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"C-{self.client_id:05d}"


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
        indexes = (models.Index(name="tier_change_of_account", fields=["account", "-id"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.from_tier_id} > {self.to_tier_id}"


class LoyaltyRules(Singleton):
    """What the admin decides about points and reviews."""

    points_per_yuan = models.DecimalField(
        _("points for each ¥1 paid"), max_digits=6, decimal_places=2, default=Decimal("1")
    )
    lapse_after_years = models.PositiveSmallIntegerField(
        _("points lapse on 31 December this many years after they were earned"), default=1
    )
    review_months = models.PositiveSmallIntegerField(_("a tier is reviewed after months"), default=12)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the membership")
        verbose_name_plural = _("rules of the membership")
        constraints: ClassVar[list[models.BaseConstraint]] = [*Singleton.Meta.constraints]
        triggers = (audited(client="none"),)
