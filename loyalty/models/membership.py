"""Tiers, accounts, and the rules of the membership."""

from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from staff.languages import in_language
from staff.models import Singleton
from staff.triggers import audited
from visits.models import ZERO, money


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
        return in_language(self.name, self.name_en)


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
            # The client list of a segment, which the manager's page leads to, in its order.
            models.Index(name="account_by_segment", fields=["segment", "last_visit_on", "client"]),
            models.Index(name="account_due_review", fields=["review_on"], condition=Q(review_on__isnull=False)),
            models.Index(
                name="account_by_hand_ends",
                fields=["tier_by_hand_until"],
                condition=Q(tier_by_hand_until__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"C-{self.client_id:05d}"


class LoyaltyRules(Singleton):
    """What the admin decides about points and reviews."""

    points_per_yuan = models.DecimalField(
        _("points for each ¥1 paid"), max_digits=6, decimal_places=2, default=Decimal("1")
    )
    lapse_after_years = models.PositiveSmallIntegerField(
        _("points lapse on 31 December this many years after they were earned"), default=1
    )
    review_months = models.PositiveSmallIntegerField(_("a tier is reviewed after months"), default=12)
    points_per_yuan_off = models.PositiveIntegerField(
        _("points that take ¥1 off at checkout"),
        null=True,
        blank=True,
        help_text=_("Empty: points are only for rewards, not taken as money."),
    )
    adjust_limit = models.PositiveIntegerField(
        _("points that a manager may add or take by hand alone"),
        default=1000,
        help_text=_("Above it, a second person has to agree."),
    )
    cancel_hours = models.PositiveSmallIntegerField(_("a redemption may be cancelled within hours"), default=24)
    referral_points = models.PositiveIntegerField(_("points for each of both when a friend was brought"), default=200)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the membership")
        verbose_name_plural = _("rules of the membership")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Singleton.Meta.constraints,
            models.CheckConstraint(
                name="loyalty_points_off_not_zero", condition=Q(points_per_yuan_off=None) | Q(points_per_yuan_off__gt=0)
            ),
        ]
        triggers = (audited(client="none"),)


class SegmentRules(Singleton):
    """What the admin decides about segments. Rule source: DESIGN §4, segments; the handbook's figures are defaults."""

    dormant_months = models.PositiveSmallIntegerField(_("dormant: last visit this many months ago"), default=6)
    new_days = models.PositiveSmallIntegerField(_("new: first visit fewer days ago than"), default=90)
    new_visits = models.PositiveSmallIntegerField(_("new: fewer visits than"), default=3)
    recent_days = models.PositiveSmallIntegerField(_("core and growth: visits within days"), default=90)
    core_visits = models.PositiveSmallIntegerField(_("core: at least visits"), default=4)
    core_ratio = models.DecimalField(
        _("core: average ticket above the reference times"), max_digits=4, decimal_places=2, default=Decimal("1.5")
    )
    reference_ticket = models.DecimalField(
        _("reference ticket"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        help_text=_("Empty: the mean of the salon's own tickets in the last 12 months."),
    )
    growth_visits = models.PositiveSmallIntegerField(_("growth: at least visits"), default=3)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the segments")
        verbose_name_plural = _("rules of the segments")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Singleton.Meta.constraints,
            models.CheckConstraint(
                name="loyalty_segment_rules_ask_something",
                condition=Q(
                    dormant_months__gte=1,
                    new_days__gte=1,
                    recent_days__gte=1,
                    core_visits__gte=1,
                    growth_visits__gte=1,
                    core_ratio__gte=0,
                )
                & (Q(reference_ticket=None) | Q(reference_ticket__gt=0)),
            ),
        ]
        triggers = (audited(client="none"),)
