"""What one knows of a client: skin, allergies, preferences, days, and who attends to them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Calendar, Client, day_constraints
from staff.encryption import EncryptedTextField
from staff.models import User
from staff.triggers import audited, never_deleted


class SkinRecord(models.Model):
    """What was seen of a client's skin and hair on one day. A new look is a new record."""

    class SkinType(models.TextChoices):
        UNKNOWN = "", _("not examined")
        DRY = "dry", _("dry")
        OILY = "oily", _("oily")
        NORMAL = "normal", pgettext_lazy("skin", "normal")
        COMBINATION = "combination", _("combination")
        SENSITIVE = "sensitive", _("sensitive")

    client = models.ForeignKey(Client, models.PROTECT, related_name="skin_records")
    recorded_on = models.DateField(_("seen on"))
    recorded_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("recorded by"), null=True, related_name="+")
    skin_type = EncryptedTextField(_("skin type"), blank=True, default="", choices=SkinType.choices)
    concerns = EncryptedTextField(_("concerns"), blank=True, default="")
    hair_type = EncryptedTextField(_("hair type"), blank=True, default="")
    contraindications = EncryptedTextField(_("contraindications"), blank=True, default="")
    consultation = EncryptedTextField(_("consultation"), blank=True, default="")
    care_plan = EncryptedTextField(_("care plan"), blank=True, default="")

    class Meta:
        verbose_name = _("skin record")
        verbose_name_plural = _("skin records")
        ordering = ("-recorded_on", "-id")
        indexes = (models.Index(name="skin_record_of_client", fields=["client", "-recorded_on", "-id"]),)
        triggers = (never_deleted(), audited(inserts=True))

    def __str__(self) -> str:
        return f"{self.recorded_on}"


class AllergyQuerySet(models.QuerySet["Allergy"]):
    def standing(self) -> Self:
        return self.filter(withdrawn_on=None)


class Allergy(models.Model):
    """A substance this client does not bear. Withdrawn, never deleted: somebody once said so."""

    class Severity(models.TextChoices):
        MILD = "mild", _("mild")
        MODERATE = "moderate", _("moderate")
        SEVERE = "severe", _("severe")

    client = models.ForeignKey(Client, models.PROTECT, related_name="allergies")
    substance = EncryptedTextField(_("substance"))
    reaction = EncryptedTextField(_("what happened"), blank=True, default="")
    severity = models.CharField(_("severity"), max_length=8, choices=Severity, default=Severity.MODERATE)
    confirmed_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("confirmed by"), null=True, related_name="+")
    confirmed_on = models.DateField(_("confirmed on"))
    withdrawn_on = models.DateField(_("withdrawn on"), null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        User, models.PROTECT, verbose_name=_("withdrawn by"), null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.CharField(_("why withdrawn"), max_length=200, blank=True)

    objects = AllergyQuerySet.as_manager()

    class Meta:
        verbose_name = _("allergy")
        verbose_name_plural = _("allergies")
        ordering = ("id",)
        indexes = (models.Index(name="allergy_standing", fields=["client"], condition=Q(withdrawn_on=None)),)
        triggers = (never_deleted(), audited(inserts=True))

    def __str__(self) -> str:
        return self.substance


class Preference(models.Model):
    """A small thing that makes a client feel known: warm lemon water, no small talk."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="preferences")
    text = models.CharField(_("preference"), max_length=60)
    added_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("recorded by"), null=True, related_name="+")
    added_at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("preference")
        verbose_name_plural = _("preferences")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(name="preference_once", fields=["client", "text"]),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.text


class MemorableDay(models.Model):
    """A day worth a greeting every year, in either calendar."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="memorable_days")
    label = models.CharField(_("occasion"), max_length=40)
    calendar = models.CharField(_("calendar"), max_length=5, choices=Calendar, default=Calendar.SOLAR)
    month = models.PositiveSmallIntegerField(_("month"))
    day = models.PositiveSmallIntegerField(_("day"))
    year = models.PositiveSmallIntegerField(_("year"), null=True, blank=True)
    leap_month = models.BooleanField(_("in a leap month"), default=False)

    class Meta:
        verbose_name = _("memorable day")
        verbose_name_plural = _("memorable days")
        ordering = ("month", "day", "id")
        constraints = day_constraints("", "memorable_day_exists")
        indexes = (models.Index(name="memorable_day_by_day", fields=["calendar", "month", "day"]),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.label


class Attendance(models.Model):
    """Which of the staff attends to which client, and when last: what makes a client a beautician's own."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="attendances")
    user = models.ForeignKey(User, models.PROTECT, related_name="attendances")
    last_on = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(name="attendance_once", fields=["client", "user"]),)
        indexes = (models.Index(name="attendance_of_user", fields=["user", "last_on"]),)

    def __str__(self) -> str:
        return f"{self.user} {self.last_on}"
