"""Referrals that were rewarded. Who brought whom stands in the client's file until the first paid visit."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models.membership import LoyaltyAccount
from staff.models import User
from staff.triggers import never_deleted
from visits.models import Visit


class Referral(models.Model):
    """One client brought another, who came and paid: both got their points and vouchers, once."""

    referrer = models.ForeignKey(
        LoyaltyAccount, models.PROTECT, verbose_name=_("who brought"), related_name="referrals"
    )
    referred = models.ForeignKey(
        LoyaltyAccount, models.PROTECT, verbose_name=_("who was brought"), related_name="brought_by"
    )
    visit = models.OneToOneField(Visit, models.PROTECT, verbose_name=_("first paid visit"), related_name="referral")
    points = models.PositiveIntegerField(_("points each"))
    rewarded_at = models.DateTimeField(_("rewarded at"))
    taken_back_at = models.DateTimeField(_("taken back at"), null=True)
    taken_back_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("taken back by"), null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("referral")
        verbose_name_plural = _("referrals")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(name="referral_not_of_self", condition=~Q(referrer=F("referred"))),
            # Once: a voided first visit frees the place for the next one.
            models.UniqueConstraint(
                name="referral_rewarded_once", fields=["referred"], condition=Q(taken_back_at=None)
            ),
        )
        indexes = (models.Index(name="referral_of_referrer", fields=["referrer", "-id"]),)
        triggers = (never_deleted(),)

    def __str__(self) -> str:
        return f"{self.referrer_id} > {self.referred_id}"
