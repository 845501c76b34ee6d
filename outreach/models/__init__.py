"""Whom to contact, what came of it, and the outbox."""

from outreach.models.contacts import MARKETING, PAUSED, Contact, ContactTask, ContactTaskQuerySet, Feeling, Kind
from outreach.models.messages import ChannelSetting, Message, MessageQuerySet
from outreach.models.rules import JobTime, OutreachRules
from outreach.models.words import MessageTemplate, Way

__all__ = [
    "MARKETING",
    "PAUSED",
    "ChannelSetting",
    "Contact",
    "ContactTask",
    "ContactTaskQuerySet",
    "Feeling",
    "JobTime",
    "Kind",
    "Message",
    "MessageQuerySet",
    "MessageTemplate",
    "OutreachRules",
    "Way",
]
