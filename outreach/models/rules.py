"""What the admin decides about contacts, and when the salon wants its timed work done."""

from datetime import time
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from loyalty.models import Tier
from staff.models import Singleton
from staff.triggers import audited


class OutreachRules(Singleton):
    """The figures of the contact rules. Source of the defaults: DESIGN §4."""

    follow_up_days = models.PositiveSmallIntegerField(_("follow-up call: due so many days after the visit"), default=7)
    follow_up_shown_days = models.PositiveSmallIntegerField(_("follow-up call: shown from day"), default=3)
    follow_up_late_days = models.PositiveSmallIntegerField(
        _("follow-up call: too late after so many days more"), default=14
    )
    birthday_late_days = models.PositiveSmallIntegerField(_("greetings: sent at most so many days late"), default=3)
    gift_days = models.PositiveSmallIntegerField(_("gift: prepared so many days before the birthday"), default=3)
    gift_from_tier = models.ForeignKey(
        Tier,
        models.SET_NULL,
        verbose_name=_("gift: from this tier upwards"),
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: no gifts."),
    )
    dormant_first = models.PositiveSmallIntegerField(_("win back: first after so many months"), default=6)
    dormant_second = models.PositiveSmallIntegerField(_("win back: again after months"), default=9)
    dormant_third = models.PositiveSmallIntegerField(_("win back: a last time after months"), default=12)
    lapsing_days = models.PositiveSmallIntegerField(
        _("points and vouchers: told so many days before they lapse"), default=14
    )
    tries = models.PositiveSmallIntegerField(_("no answer: closed after so many tries"), default=3)
    pause_days = models.PositiveSmallIntegerField(_("at most one greeting or offer in days"), default=7)
    send_from = models.TimeField(_("messages go out from"), default=time(9))
    send_until = models.TimeField(_("messages go out until"), default=time(20))

    class Meta(Singleton.Meta):
        verbose_name = _("rules of contacts")
        verbose_name_plural = _("rules of contacts")
        triggers = (audited(client="none"),)
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *Singleton.Meta.constraints,
            models.CheckConstraint(
                name="outreach_follow_up_days", condition=Q(follow_up_shown_days__lte=F("follow_up_days"))
            ),
            models.CheckConstraint(
                name="outreach_reminders_in_order",
                condition=Q(dormant_first__gte=1, dormant_first__lt=F("dormant_second"))
                & Q(dormant_second__lt=F("dormant_third")),
            ),
            models.CheckConstraint(name="outreach_tries", condition=Q(tries__gte=1)),
            models.CheckConstraint(name="outreach_sending_hours", condition=Q(send_from__lt=F("send_until"))),
        ]


class JobTime(models.Model):
    """When the salon wants one timed job done. Without a row the job runs at its usual time."""

    job = models.CharField(_("job"), max_length=60, unique=True)
    not_before = models.TimeField(_("not before"))
    is_on = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("time of a job")
        verbose_name_plural = _("times of jobs")
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return self.job
