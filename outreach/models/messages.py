"""The outbox: what goes out by itself, and the channels it goes through."""

from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients.models import Client
from outreach.models.contacts import ContactTask
from outreach.models.words import Way
from staff.encryption import EncryptedTextField
from staff.models import User
from staff.triggers import audited, never_deleted

AUTOMATIC = (Way.SMS, Way.EMAIL, Way.WECOM)


class ChannelSetting(models.Model):
    """How one channel reaches its provider. Off until the admin switches it on; without a row a channel is off."""

    way = models.CharField(
        _("channel"), max_length=5, choices=[(way.value, way.label) for way in AUTOMATIC], unique=True
    )
    is_on = models.BooleanField(_("in use"), default=False)
    kinds: "models.JSONField[Any, Any]" = models.JSONField(_("sent by itself"), default=list, blank=True)
    # E-mail: server and user; Alibaba Cloud: endpoint and access key; WeCom: address of the interface and company.
    host = models.CharField(_("server"), max_length=200, blank=True)
    port = models.PositiveIntegerField(_("port"), null=True, blank=True)
    account = models.CharField(_("account"), max_length=200, blank=True)
    secret = EncryptedTextField(_("secret"), blank=True, default="")
    sender = models.CharField(_("sender"), max_length=200, blank=True)  # address, signature name, or agent's number
    # After a fault that would befall every message the channel rests, longer each time, and all of them wait.
    resting_until = models.DateTimeField(_("rests until"), null=True, editable=False)
    faults = models.PositiveSmallIntegerField(_("faults in a row"), default=0, editable=False)
    fault = models.CharField(_("what went wrong"), max_length=60, blank=True, editable=False)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                name="outreach_channel_is_automatic", condition=Q(way__in=[w.value for w in AUTOMATIC])
            )
        ]
        triggers = (audited(client="none", quiet=("secret", "resting_until", "faults", "fault")),)

    def __str__(self) -> str:
        return str(self.get_way_display())


class MessageQuerySet(models.QuerySet["Message"]):
    def to_send(self, at: datetime) -> Self:
        """Queued and not waiting for another try."""
        return self.filter(status=Message.Status.QUEUED, not_before__lte=at)

    def to_check(self) -> Self:
        """What a person must decide: was being sent when something broke off."""
        return self.filter(status=Message.Status.CHECK)


class Message(models.Model):
    """One message that goes out by itself. Marked as sending before the provider is called; never sent twice."""

    class Status(models.TextChoices):
        QUEUED = "queued", _("waiting")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        CHECK = "check", _("please check")
        FAILED = "failed", _("not sent")
        SUPPRESSED = "suppressed", _("held back")

    class Held(models.TextChoices):
        """Why a message was held back at the moment of sending."""

        NONE = "", "—"
        NO_CONSENT = "no_consent", _("no consent for this channel")
        DO_NOT_CONTACT = "do_not_contact", _("the client does not want to be contacted")
        NOT_ON_FILE = "not_on_file", _("the file was merged or erased")
        CLOSED = "closed", _("somebody has dealt with it already")
        NO_ADDRESS = "no_address", _("no number or address on the file")
        NO_WORDS = "no_words", _("no text for this channel")
        CHANNEL_OFF = "channel_off", _("the channel is switched off")
        TOO_LATE = "too_late", _("the day was missed, it is too late now")

    task = models.ForeignKey(ContactTask, models.PROTECT, related_name="messages")
    client = models.ForeignKey(Client, models.PROTECT, related_name="messages")
    way = models.CharField(_("channel"), max_length=5, choices=[(way.value, way.label) for way in AUTOMATIC])
    key = models.CharField(max_length=100, unique=True, editable=False)  # birthday:17:S2026:sms, told to the provider
    to = EncryptedTextField(_("to"), blank=True, default="")
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    body = EncryptedTextField(_("text"), blank=True, default="")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.QUEUED)
    held = models.CharField(_("why held back"), max_length=14, choices=Held, blank=True, default=Held.NONE)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    not_before = models.DateTimeField(_("not before"), default=timezone.now)
    lease_until = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(_("queued"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    provider_id = models.CharField(_("provider's number"), max_length=100, blank=True)
    error = models.CharField(_("what went wrong"), max_length=300, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("decided by"), null=True, related_name="+")

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            # One message for one occasion, whatever channels are on: nobody is greeted on two of them.
            models.UniqueConstraint(name="outreach_one_message_per_task", fields=["task"]),
            models.CheckConstraint(
                name="outreach_sending_has_a_lease", condition=~Q(status="sending") | Q(lease_until__isnull=False)
            ),
            models.CheckConstraint(
                name="outreach_sent_has_a_time", condition=~Q(status="sent") | Q(sent_at__isnull=False)
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(name="outreach_to_send", fields=["not_before", "id"], condition=Q(status="queued")),
            models.Index(name="outreach_being_sent", fields=["lease_until"], condition=Q(status="sending")),
            models.Index(name="outreach_to_check", fields=["id"], condition=Q(status__in=["check", "failed"])),
        ]
        triggers = (never_deleted(),)

    def __str__(self) -> str:
        return self.key
