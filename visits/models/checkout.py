"""The checkout before it is one: drafts, and what the admin decides about checking out."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from staff.models import Singleton, User
from staff.triggers import audited


class Draft(models.Model):
    """A checkout that is not finished yet: it can be left and taken up again."""

    checkout_key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="drafts")
    # Lines, discounts, payments and notes as typed; draft.py knows its shape.
    content: "models.JSONField[Any, Any]" = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    by = models.ForeignKey(User, models.PROTECT, related_name="drafts")

    class Meta:
        ordering = ("-updated_at",)
        indexes = (models.Index(name="draft_by_time", fields=["-updated_at"]),)

    def __str__(self) -> str:
        return str(self.checkout_key)


class CheckoutRules(Singleton):
    """What the admin decides about checking out."""

    front_desk_discount = models.PositiveSmallIntegerField(
        _("manual discount by the front desk, at most %"), default=10
    )
    manager_discount = models.PositiveSmallIntegerField(_("manual discount by the manager, at most %"), default=50)
    backdate_days = models.PositiveSmallIntegerField(_("the front desk may enter visits of the last days"), default=7)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the checkout")
        verbose_name_plural = _("rules of the checkout")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Singleton.Meta.constraints,
            models.CheckConstraint(
                name="visits_discounts_are_percent",
                condition=Q(front_desk_discount__lte=100, manager_discount__lte=100),
            ),
        ]
        triggers = (audited(client="none"),)
