"""What is said: the salon's own words for each kind of contact."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from outreach.models.contacts import Kind
from staff.models import User
from staff.triggers import audited


class Way(models.TextChoices):
    """How words are said or sent. HAND is copied into WeChat by a person, CALL is said on the telephone."""

    HAND = "hand", _("copied into WeChat")
    CALL = "call", _("said on the telephone")
    SMS = "sms", _("SMS")
    EMAIL = "email", _("e-mail")
    WECOM = "wecom", _("WeCom, to the colleague")


class MessageTemplate(models.Model):
    """The words of one kind of contact, one way and one language, with named fields such as {honorific}."""

    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    way = models.CharField(_("way"), max_length=5, choices=Way)
    language = models.CharField(_("language"), max_length=10, choices=User.Language, default=User.Language.CHINESE)
    subject = models.CharField(_("subject"), max_length=100, blank=True)
    text = models.TextField(_("text"), max_length=1000)
    # Alibaba Cloud sends only texts that it has approved, by their code.
    provider_code = models.CharField(_("approved template's code"), max_length=40, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("message template")
        verbose_name_plural = _("message templates")
        ordering = ("kind", "way", "language")
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(name="outreach_one_text_each", fields=["kind", "way", "language"]),
            models.CheckConstraint(name="outreach_template_has_text", condition=~Q(text="")),
        ]
        triggers = (audited(client="none"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.get_way_display()} · {self.get_language_display()}"
