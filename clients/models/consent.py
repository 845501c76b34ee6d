"""What clients are told and agree to, and what the admin decides about their files."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models.client import Client
from staff.models import Singleton, User
from staff.triggers import append_only, audited


class PrivacyNoticeQuerySet(models.QuerySet["PrivacyNotice"]):
    def in_force(self, today: date) -> "PrivacyNotice | None":
        """The notice that clients are told of on this day."""
        return self.filter(in_force_from__lte=today).first()


class PrivacyNotice(models.Model):
    """A version of what clients are told about their data. A consent names the version it was given to."""

    version = models.CharField(_("version"), max_length=20, unique=True)
    text = models.TextField(_("text"))
    in_force_from = models.DateField(_("in force from"))

    objects = PrivacyNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("privacy notice")
        verbose_name_plural = _("privacy notices")
        ordering = ("-in_force_from", "-id")

    def __str__(self) -> str:
        return self.version


class ConsentQuerySet(models.QuerySet["Consent"]):
    def standing(self) -> Self:
        """The latest act of each client, purpose and channel: what holds now."""
        return self.order_by("client", "purpose", "channel", "-id").distinct("client", "purpose", "channel")

    def holding(self, purpose: str, channel: str) -> Self:
        """The acts by which consent to this purpose and channel holds now: given, and nothing later."""
        acts = self.filter(purpose=purpose, channel=channel)
        later = Consent.objects.filter(
            client=OuterRef("client"), purpose=purpose, channel=channel, pk__gt=OuterRef("pk")
        )
        return acts.filter(~Exists(later), given=True)


class Consent(models.Model):
    """One act of giving or withdrawing consent. The latest of a purpose and channel holds; none is ever changed."""

    class Purpose(models.TextChoices):
        FILE = "file", _("keeping a client file")
        HEALTH = "health", _("allergies and skin records")
        PHOTOS = "photos", _("photos")
        MARKETING = "marketing", _("greetings and offers")
        PUBLISHING = "publishing", _("publishing a case without the name")

    class Channel(models.TextChoices):
        NONE = "", "—"
        WECHAT = "wechat", _("WeChat")
        SMS = "sms", _("SMS")
        PHONE = "phone", _("telephone")
        EMAIL = "email", _("e-mail")

    class How(models.TextChoices):
        SIGNED = "signed", _("signed on paper")
        SAID = "said", _("said at the counter")
        WRITTEN = "written", _("written message")
        IMPORTED = "imported", _("taken over from another system")

    client = models.ForeignKey(Client, models.PROTECT, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel, blank=True, default="")
    notice = models.ForeignKey(PrivacyNotice, models.PROTECT, verbose_name=_("notice"), null=True, blank=True)
    given = models.BooleanField(_("given"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    how = models.CharField(_("how"), max_length=8, choices=How, default=How.SAID)
    by = models.ForeignKey(User, models.PROTECT, verbose_name=_("taken by"), null=True, related_name="+")

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="consent_channel_is_for_marketing", condition=Q(purpose="marketing") ^ Q(channel="")
            ),
        )
        indexes = (models.Index(name="consent_latest", fields=["client", "purpose", "channel", "-id"]),)
        triggers = (append_only(),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.get_channel_display()}"


class FileRules(Singleton):
    """What the admin decides about client files."""

    class LeapDay(models.TextChoices):
        FEBRUARY_28 = "feb28", _("28 February")
        MARCH_1 = "mar1", _("1 March")

    stale_months = models.PositiveSmallIntegerField(_("a file is stale after months"), default=12)
    leap_day = models.CharField(
        _("who was born on 29 February has the birthday, in other years, on"),
        max_length=5,
        choices=LeapDay,
        default=LeapDay.FEBRUARY_28,
    )
    reveals_per_hour = models.PositiveSmallIntegerField(_("phones one person may reveal in an hour"), default=30)
    # Off unless the salon has a purpose for them: the law asks for no more data than is needed.
    occupation_purpose = models.CharField(_("purpose of keeping the occupation"), max_length=200, blank=True)
    interests_purpose = models.CharField(_("purpose of keeping interests"), max_length=200, blank=True)
    family_purpose = models.CharField(_("purpose of keeping family"), max_length=200, blank=True)
    background_purpose = models.CharField(_("purpose of keeping spending background"), max_length=200, blank=True)

    class Meta(Singleton.Meta):
        verbose_name = _("rules of the client file")
        verbose_name_plural = _("rules of the client file")
        triggers = (audited(client="none"),)
