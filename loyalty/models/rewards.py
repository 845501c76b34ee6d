"""What points are good for: rewards, who redeemed which, and what is used up of an entitlement."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.book import PointsEntry
from loyalty.models.membership import LoyaltyAccount
from loyalty.models.vouchers import Voucher, VoucherKind
from staff.languages import in_language
from staff.models import User
from staff.triggers import audited, never_deleted
from visits.models import Service, Visit


class Reward(models.Model):
    """Something to be had for points: a thing, a voucher, or a service for some months."""

    class Kind(models.TextChoices):
        PRODUCT = "product", _("thing to take home")
        VOUCHER = "voucher", _("voucher")
        ENTITLEMENT = "entitlement", _("a service for some months")

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40, unique=True)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    points = models.PositiveIntegerField(_("points needed"))
    stock = models.PositiveIntegerField(
        _("left in stock"), null=True, blank=True, help_text=_("Empty: there is always enough.")
    )
    voucher_kind = models.ForeignKey(
        VoucherKind, models.PROTECT, verbose_name=_("kind of voucher"), null=True, blank=True, related_name="rewards"
    )
    service = models.ForeignKey(
        Service, models.PROTECT, verbose_name=_("service"), null=True, blank=True, related_name="+"
    )
    months = models.PositiveSmallIntegerField(_("for how many months"), default=12)
    uses = models.PositiveSmallIntegerField(
        _("how many times"), null=True, blank=True, help_text=_("Empty: as often as wanted.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("on offer"), default=True)

    class Meta:
        verbose_name = _("reward")
        verbose_name_plural = _("rewards")
        ordering = ("position", "points", "id")
        constraints = (
            models.CheckConstraint(name="reward_costs_points", condition=Q(points__gte=1)),
            models.CheckConstraint(
                name="reward_has_what_its_kind_needs",
                condition=Q(kind="product", voucher_kind=None, service=None)
                | Q(kind="voucher", voucher_kind__isnull=False, service=None)
                | Q(kind="entitlement", voucher_kind=None, service__isnull=False),
            ),
            models.CheckConstraint(name="reward_months", condition=Q(months__gte=1, months__lte=120)),
            models.CheckConstraint(name="reward_uses", condition=Q(uses=None) | Q(uses__gte=1)),
        )
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return in_language(self.name, self.name_en)


class Redemption(models.Model):
    """Points given for a reward, with who checked that it was the client. An entitlement is used from here."""

    key = models.UUIDField(unique=True, editable=False)
    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="redemptions")
    reward = models.ForeignKey(Reward, models.PROTECT, verbose_name=_("reward"), related_name="redemptions")
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40)
    points = models.PositiveIntegerField(_("points"))
    entry = models.OneToOneField(PointsEntry, models.PROTECT, verbose_name=_("points entry"), related_name="redemption")
    # How the client was known where there is no phone. Empty: by the last four digits, which are kept nowhere.
    proof = models.CharField(_("how the client was known"), max_length=200)
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    voucher = models.OneToOneField(Voucher, models.PROTECT, null=True, related_name="redemption")
    # Of an entitlement: which service, until when, how often (null: without limit), how often used.
    service = models.ForeignKey(Service, models.PROTECT, verbose_name=_("service"), null=True, related_name="+")
    until = models.DateField(_("last day"), null=True)
    uses = models.PositiveSmallIntegerField(_("how many times"), null=True)
    used = models.PositiveSmallIntegerField(_("times used"), default=0)
    cancelled_at = models.DateTimeField(_("cancelled at"), null=True)
    cancelled_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("cancelled by"), null=True, related_name="+")
    cancel_reason = models.CharField(_("why cancelled"), max_length=200, blank=True)
    cancel_entry = models.OneToOneField(
        PointsEntry,
        models.PROTECT,
        verbose_name=_("points given back"),
        null=True,
        related_name="cancelled_redemption",
    )

    class Meta:
        verbose_name = _("redemption")
        verbose_name_plural = _("redemptions")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="redemption_used_within", condition=Q(uses=None) | Q(used__lte=F("uses"))),
            models.CheckConstraint(
                name="redemption_entitles_or_not",
                condition=Q(service=None, until=None, used=0) | Q(service__isnull=False, until__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_cancelled_whole",
                condition=Q(cancelled_at=None, cancelled_by=None, cancel_reason="", cancel_entry=None)
                | (
                    Q(cancelled_at__isnull=False, cancelled_by__isnull=False, cancel_entry__isnull=False, used=0)
                    & ~Q(cancel_reason="")
                ),
            ),
        )
        indexes = (models.Index(name="redemption_of_account", fields=["account", "-id"]),)
        triggers = (never_deleted(), audited(client="account_id"))

    def __str__(self) -> str:
        return f"{self.name} -{self.points}"

    @property
    def number(self) -> str:
        """The number on the slip, such as R-000012."""
        return f"R-{self.pk:06d}"

    @property
    def label(self) -> str:
        """The name in the language of the screen, unless the reward was renamed since."""
        return self.reward.label if self.reward.name == self.name else self.name

    @property
    def uses_left(self) -> int | None:
        """How often an entitlement may still be used; None: as often as wanted."""
        return None if self.uses is None else self.uses - self.used


class EntitlementUse(models.Model):
    """One use of an entitlement: it paid for one piece of a line of a visit. A void gives it back."""

    redemption = models.ForeignKey(Redemption, models.PROTECT, related_name="uses_made")
    visit = models.ForeignKey(Visit, models.PROTECT, verbose_name=_("visit"), related_name="entitlement_uses")
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")
    undone_at = models.DateTimeField(_("given back at"), null=True)

    class Meta:
        verbose_name = _("use of an entitlement")
        verbose_name_plural = _("uses of entitlements")
        ordering = ("-id",)
        indexes = (models.Index(name="entitlement_use_of_visit", fields=["visit"]),)
        triggers = (never_deleted(),)

    def __str__(self) -> str:
        return f"{self.redemption_id} {self.visit_id}"
