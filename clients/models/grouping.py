"""Words to group clients by, and what they asked about."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.models.client import Client
from staff.models import User
from staff.roles import Can
from staff.triggers import audited


class TagQuerySet(models.QuerySet["Tag"]):
    def seen_with(self, rights: frozenset[Can]) -> Self:
        """Without the tags whose rule would tell what these rights hide: the skin type, the year of birth."""
        return self.exclude(rule__in=[rule for rule, right in TOLD_BY_RULE.items() if right not in rights])


class Tag(models.Model):
    """A word to group clients by, of one of the three kinds that salons use."""

    class Group(models.TextChoices):
        BASIC = "basic", _("basic")
        PREFERENCE = "preference", _("preference")
        BEHAVIOUR = "behaviour", _("behaviour")

    class Rule(models.TextChoices):
        BY_HAND = "", _("set by hand")
        SOURCE = "source", _("found us through (source)")
        BORN_FROM = "born_from", _("born in the ten years from (year)")
        SKIN_TYPE = "skin_type", _("latest skin type is")
        HAS_PREFERENCE = "has_preference", _("a preference contains")

    group = models.CharField(_("group"), max_length=10, choices=Group, default=Group.BASIC)
    name = models.CharField(pgettext_lazy("thing", "name"), max_length=20, unique=True)
    rule = models.CharField(_("rule"), max_length=16, choices=Rule, blank=True, default="")
    rule_value = models.CharField(_("value of the rule"), max_length=40, blank=True)
    is_active = models.BooleanField(_("in use"), default=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ("group", "name")
        constraints = (models.CheckConstraint(name="tag_rule_has_a_value", condition=Q(rule="") | ~Q(rule_value="")),)

    def __str__(self) -> str:
        return self.name


# What a tag that a rule put on tells about its client, and the right to know that.
TOLD_BY_RULE = {Tag.Rule.SKIN_TYPE: Can.SEE_SKIN, Tag.Rule.BORN_FROM: Can.SEE_BIRTH_YEAR}


class ClientTag(models.Model):
    """A tag on a client, and whether a person or a rule put it there."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="tags")
    tag = models.ForeignKey(Tag, models.PROTECT, related_name="uses")
    by_rule = models.BooleanField(default=False)
    added_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(name="client_tag_once", fields=["client", "tag"]),)
        indexes = (models.Index(name="clients_with_tag", fields=["tag", "client"]),)

    def __str__(self) -> str:
        return str(self.tag)


class Enquiry(models.Model):
    """A service asked about and not bought yet: the next offer to make."""

    class Status(models.TextChoices):
        OPEN = "open", pgettext_lazy("enquiry", "open")
        BOUGHT = "bought", _("bought")
        DROPPED = "dropped", _("no longer wanted")

    client = models.ForeignKey(Client, models.PROTECT, related_name="enquiries")
    about = models.CharField(_("asked about"), max_length=80)
    why_not = models.CharField(_("why not bought"), max_length=200, blank=True)
    asked_on = models.DateField(_("asked on"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.OPEN)
    taken_by = models.ForeignKey(User, models.PROTECT, verbose_name=_("recorded by"), null=True, related_name="+")

    class Meta:
        verbose_name = _("enquiry")
        verbose_name_plural = _("enquiries")
        ordering = ("-asked_on", "-id")
        indexes = (models.Index(name="enquiry_open", fields=["client"], condition=Q(status="open")),)
        triggers = (audited(),)

    def __str__(self) -> str:
        return self.about
