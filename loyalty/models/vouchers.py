"""Vouchers: what kinds the salon gives, and each one given."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models.membership import LoyaltyAccount, Tier
from loyalty.voucher_words import terms_text
from staff.languages import in_language
from staff.models import User
from staff.triggers import audited, never_deleted
from visits.models import ZERO, Service, Visit, money

if TYPE_CHECKING:
    from datetime import date


class Worth(models.TextChoices):
    """How `value` is meant."""

    AMOUNT = "amount", _("yuan off")
    PERCENT = "percent", _("per cent off")
    PRICE = "price", _("one service at this price")
    TRIAL = "trial", _("one service for free, to try")


class VoucherKind(models.Model):
    """A kind of voucher. What is changed here holds for vouchers given from then on, never for those given before."""

    class Rule(models.TextChoices):
        THANK_YOU = "thank_you", _("after the first visit")
        BIRTHDAY = "birthday", pgettext_lazy("voucher", "birthday")
        DORMANT = "dormant", _("has not come for long")
        REFERRAL = "referral", _("brought a friend, or was brought")

    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40, unique=True)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    worth = models.CharField(_("kind of voucher"), max_length=7, choices=Worth)
    value = money(_("value"), default=ZERO, help_text=_("Yuan off, per cent off, or the price; nothing for a trial."))
    # A voucher for one service counts for one piece of it; without one, yuan or per cent off the whole bill.
    service = models.ForeignKey(
        Service, models.PROTECT, verbose_name=_("only for this service"), null=True, blank=True, related_name="+"
    )
    min_spend = money(_("minimum spend"), default=ZERO)
    days_valid = models.PositiveSmallIntegerField(
        _("days valid"), null=True, blank=True, default=30, help_text=_("Empty: until the end of the month.")
    )
    min_tier = models.ForeignKey(
        Tier, models.PROTECT, verbose_name=_("from this tier on"), null=True, blank=True, related_name="+"
    )
    stacks = models.BooleanField(_("may be used together with others"), default=False)
    rule = models.CharField(_("given by itself"), max_length=9, choices=Rule, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("kind of voucher")
        verbose_name_plural = _("kinds of vouchers")
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                name="voucher_kind_value",
                condition=Q(worth="amount", value__gt=0)
                | Q(worth="percent", value__gt=0, value__lte=100)
                | Q(worth="price", value__gte=0, service__isnull=False)
                | Q(worth="trial", value=0, service__isnull=False),
            ),
            models.CheckConstraint(name="voucher_kind_min_spend", condition=Q(min_spend__gte=0)),
            models.CheckConstraint(
                name="voucher_kind_days", condition=Q(days_valid=None) | Q(days_valid__gte=1, days_valid__lte=3660)
            ),
            models.UniqueConstraint(
                name="voucher_kind_one_a_rule", fields=["rule"], condition=Q(is_active=True) & ~Q(rule="")
            ),
        )
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return in_language(self.name, self.name_en)

    @property
    def terms(self) -> str:
        """What it gives, in words: 满 ¥300 减 ¥50."""
        return terms_text(self)


class VoucherQuerySet(models.QuerySet["Voucher"]):
    def unused(self) -> Self:
        """Neither used nor withdrawn; perhaps lapsed."""
        return self.filter(status=Voucher.Status.OPEN)

    def usable(self, on: "date") -> Self:
        """Those that may be used on that day."""
        return self.unused().filter(expires_on__gte=on, issued_on__lte=on)

    def lapsed(self, on: "date") -> Self:
        return self.unused().filter(expires_on__lt=on)


class Voucher(models.Model):
    """One voucher of one client. Its terms are those of the day on which it was given."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("voucher", "open")
        USED = "used", pgettext_lazy("voucher", "used")
        WITHDRAWN = "withdrawn", pgettext_lazy("voucher", "withdrawn")

    class Source(models.TextChoices):
        RULE = "rule", pgettext_lazy("voucher", "by rule")
        HAND = "hand", pgettext_lazy("voucher", "by hand")
        COMPENSATION = "compensation", _("to make good")
        REWARD = "reward", _("for points")

    # Eight digits: the easiest thing to read out on the phone. It opens nothing without its client.
    code = models.CharField(_("code"), max_length=8, unique=True, editable=False)
    account = models.ForeignKey(LoyaltyAccount, models.PROTECT, verbose_name=_("client"), related_name="vouchers")
    kind = models.ForeignKey(VoucherKind, models.PROTECT, verbose_name=_("kind"), related_name="vouchers")
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=40, blank=True)
    worth = models.CharField(_("kind of voucher"), max_length=7, choices=Worth)
    value = money(_("value"), default=ZERO)
    service = models.ForeignKey(
        Service, models.PROTECT, verbose_name=_("only for this service"), null=True, related_name="+"
    )
    min_spend = money(_("minimum spend"), default=ZERO)
    stacks = models.BooleanField(_("may be used together with others"), default=False)
    issued_on = models.DateField(_("given on"))
    expires_on = models.DateField(_("last day"))
    source = models.CharField(_("where from"), max_length=12, choices=Source)
    # What it was given for, once: `thank_you:visit:12`, `birthday:S2026:5`,
    # `hand:<key of the form>`. Nothing where the act that gave it guards itself.
    occasion = models.CharField(max_length=60, null=True, unique=True, editable=False)  # many without
    reason = models.CharField(_("why"), max_length=200, blank=True)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), null=True, related_name="+")
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.OPEN)
    used_on = models.DateField(_("used on"), null=True)
    used_visit = models.ForeignKey(
        Visit, models.PROTECT, verbose_name=_("used at"), null=True, related_name="vouchers_used"
    )
    saved = money(_("taken off"), default=ZERO)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True)
    withdrawn_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("withdrawn by"), null=True, related_name="+")
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=200, blank=True)

    objects = VoucherQuerySet.as_manager()

    class Meta:
        verbose_name = _("voucher")
        verbose_name_plural = _("vouchers")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="voucher_lasts", condition=Q(expires_on__gte=F("issued_on"))),
            models.CheckConstraint(
                name="voucher_is_in_one_state",
                condition=Q(status="open", used_visit=None, used_on=None, saved=0, withdrawn_at=None)
                | Q(status="used", used_visit__isnull=False, used_on__isnull=False, withdrawn_at=None)
                | (
                    Q(status="withdrawn", used_visit=None, used_on=None, withdrawn_at__isnull=False)
                    & ~Q(withdrawn_reason="")
                ),
            ),
            models.CheckConstraint(
                name="voucher_by_hand_has_a_reason",
                condition=Q(source__in=["rule", "reward"]) | (~Q(reason="") & Q(by__isnull=False)),
            ),
        )
        indexes = (
            models.Index(name="voucher_of_account", fields=["account", "status", "expires_on"]),
            # The list of what is open, and the notice before vouchers lapse.
            models.Index(name="voucher_open", fields=["expires_on", "id"], condition=Q(status="open")),
        )
        triggers = (never_deleted(), audited(client="account_id"))

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name in the language of the screen."""
        return in_language(self.name, self.name_en)

    @property
    def terms(self) -> str:
        """What it gives, in words: 满 ¥300 减 ¥50."""
        return terms_text(self)

    @property
    def spoken_code(self) -> str:
        """The code as it is read out: 4821 7730."""
        return f"{self.code[:4]} {self.code[4:]}"
