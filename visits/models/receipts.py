"""What was sold to whom: receipts, their lines, payments and refunds. None of it is ever edited."""

import uuid
from decimal import Decimal
from typing import Self

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models import Client
from staff.encryption import EncryptedTextField
from staff.languages import in_language
from staff.models import User
from staff.triggers import append_only, audited, never_deleted
from visits.models.catalogue import ZERO, Product, Service, money


class VisitQuerySet(models.QuerySet["Visit"]):
    def completed(self) -> Self:
        return self.filter(status=Visit.Status.COMPLETED)

    def with_checkout_key(self, key: uuid.UUID) -> "Visit | None":
        return self.filter(checkout_key=key).first()


class Visit(models.Model):
    """One receipt. It is never edited or deleted; what was wrong is voided or refunded with a reason."""

    class Status(models.TextChoices):
        COMPLETED = "completed", _("completed")
        VOID = "void", _("void")

    checkout_key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    # A fingerprint of what was sent: the same key with other content is a mistake to be told, not a repetition.
    content_hash = models.CharField(max_length=64, blank=True, editable=False)
    client = models.ForeignKey(Client, models.PROTECT, verbose_name=_("client"), null=True, related_name="visits")
    at = models.DateTimeField(_("when"))
    day = models.DateField(pgettext_lazy("visit", "day"))
    status = models.CharField(_("status"), max_length=9, choices=Status, default=Status.COMPLETED)
    gross = money(_("before discounts"))
    tier_discount = money(_("tier discount"), default=ZERO)
    manual_discount = money(_("manual discount"), default=ZERO)
    # What vouchers, entitlements and points took off. The floors above know which; the receipt only has to add up.
    voucher_discount = money(_("vouchers"), default=ZERO, db_default=ZERO)
    points_discount = money(_("paid with points"), default=ZERO, db_default=ZERO)
    total = money(_("total"))
    refunded = money(_("refunded"), default=ZERO)
    tier_name = models.CharField(_("tier at the time"), max_length=20, blank=True)
    tier_name_en = models.CharField(max_length=20, blank=True, default="", db_default="", editable=False)
    care_note = models.TextField(_("care note"), blank=True, max_length=2000)
    next_care = models.TextField(_("next-care advice"), blank=True, max_length=2000)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("entered by"), null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now, editable=False)
    voided_at = models.DateTimeField(_("voided at"), null=True)
    voided_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("voided by"), null=True, related_name="+")
    void_reason = models.CharField(_("why void"), max_length=200, blank=True)
    imported_from = models.CharField(max_length=40, blank=True, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("visit")
        verbose_name_plural = _("visits")
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(
                name="visit_adds_up",
                condition=Q(
                    total=F("gross")
                    - F("tier_discount")
                    - F("manual_discount")
                    - F("voucher_discount")
                    - F("points_discount"),
                    total__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="visit_refunded_within", condition=Q(refunded__gte=0, refunded__lte=F("total"))
            ),
            models.CheckConstraint(
                name="visit_void_has_a_reason",
                condition=Q(status="completed", voided_at=None, void_reason="")
                | (Q(status="void", voided_at__isnull=False) & ~Q(void_reason="")),
            ),
        )
        indexes = (
            models.Index(name="visit_of_client", fields=["client", "-day", "-id"]),
            models.Index(name="visit_by_time", fields=["-at", "-id"]),
            models.Index(name="visit_by_day", fields=["day"], include=["client", "status", "total"]),
        )
        triggers = (
            never_deleted(),
            pgtrigger.ReadOnly(
                name="never_edited",
                exclude=["status", "refunded", "voided_at", "voided_by", "void_reason", "care_note", "next_care"],
            ),
            pgtrigger.Protect(
                name="void_stays_void",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__status="void") & ~pgtrigger.Q(new__status="void"),
            ),
            pgtrigger.Protect(
                name="refunds_only_add_up",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(new__refunded__lt=pgtrigger.F("old__refunded")),
            ),
            audited(),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.day}"

    @property
    def tier_label(self) -> str:
        """The tier at the time in the language of the screen, as it was called then; "" without one."""
        return in_language(self.tier_name, self.tier_name_en)

    @property
    def number(self) -> str:
        """The receipt number as printed, such as V-000123."""
        return f"V-{self.pk:06d}"

    @property
    def paid(self) -> Decimal:
        """What the salon kept: yuan, after refunds; nothing when void."""
        return ZERO if self.status == self.Status.VOID else self.total - self.refunded


class VisitLine(models.Model):
    """One item of a receipt, with the name and price of the day."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField(default=0)
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="lines")
    product = models.ForeignKey(Product, models.PROTECT, null=True, related_name="lines")
    name = models.CharField(_("item"), max_length=60)
    beautician = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("beautician"), null=True, related_name="visit_lines"
    )
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    unit_price = money(_("unit price"))
    tier_discount = money(_("tier discount"), default=ZERO)
    manual_discount = money(_("manual discount"), default=ZERO)
    discount_reason = models.CharField(_("why the discount"), max_length=100, blank=True)
    voucher_discount = money(_("vouchers"), default=ZERO, db_default=ZERO)
    points_discount = money(_("paid with points"), default=ZERO, db_default=ZERO)
    amount = money(_("amount"))

    class Meta:
        ordering = ("position", "id")
        constraints = (
            models.CheckConstraint(name="line_is_one_item", condition=Q(service=None) | Q(product=None)),
            models.CheckConstraint(
                name="line_adds_up",
                condition=Q(
                    amount=F("unit_price") * F("quantity")
                    - F("tier_discount")
                    - F("manual_discount")
                    - F("voucher_discount")
                    - F("points_discount"),
                    amount__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="line_discount_has_a_reason", condition=Q(manual_discount=0) | ~Q(discount_reason="")
            ),
        )
        indexes = (models.Index(name="line_of_beautician", fields=["beautician", "visit"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return self.name

    @property
    def gross(self) -> Decimal:
        """What the line costs by the price list, in yuan."""
        cost: Decimal = self.unit_price * self.quantity
        return cost

    @property
    def before_vouchers(self) -> Decimal:
        """What the line cost before vouchers and points, in yuan: what stands on the receipt beside it."""
        cost: Decimal = self.amount + self.voucher_discount + self.points_discount
        return cost


class Payment(models.Model):
    """Money taken for a visit, by one method."""

    class Method(models.TextChoices):
        WECHAT = "wechat", _("WeChat Pay")
        ALIPAY = "alipay", _("Alipay")
        CASH = "cash", _("cash")
        CARD = "card", _("bank card")
        OTHER = "other", _("other way")

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="payments")
    method = models.CharField(_("method"), max_length=8, choices=Method)
    amount = money(_("amount"))

    class Meta:
        ordering = ("id",)
        constraints = (models.CheckConstraint(name="payment_is_positive", condition=Q(amount__gt=0)),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.get_method_display()} {self.amount}"


class Refund(models.Model):
    """Money given back for a visit, whole or by line."""

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    visit = models.ForeignKey(Visit, models.PROTECT, related_name="refunds")
    amount = money(_("amount"))
    method = models.CharField(_("method"), max_length=8, choices=Payment.Method)
    reason = models.CharField(_("reason"), max_length=200)
    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("by"), related_name="+")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(name="refund_is_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="refund_has_a_reason", condition=~Q(reason="")),
        )
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.amount}"


class RefundLine(models.Model):
    """What of a refund belongs to which line."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines")
    line = models.ForeignKey(VisitLine, models.PROTECT, related_name="refunds")
    amount = money(_("amount"))

    class Meta:
        constraints = (models.UniqueConstraint(name="refund_line_once", fields=["refund", "line"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.amount}"


class AllergyAcknowledgement(models.Model):
    """Who went on with an item although the client is allergic to what is in it, by name."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="acknowledgements")
    item = models.CharField(_("item"), max_length=60)
    substance = EncryptedTextField(_("substance"))
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("acknowledged by"), related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        triggers = (append_only(),)

    def __str__(self) -> str:
        return self.item
