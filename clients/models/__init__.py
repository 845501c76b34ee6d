"""The client file."""

from clients.models.care import Allergy, AllergyQuerySet, Attendance, MemorableDay, Preference, SkinRecord
from clients.models.client import Calendar, Client, ClientQuerySet, day_constraints
from clients.models.consent import Consent, ConsentQuerySet, FileRules, PrivacyNotice, PrivacyNoticeQuerySet
from clients.models.grouping import ClientTag, Enquiry, Tag

__all__ = [
    "Allergy",
    "AllergyQuerySet",
    "Attendance",
    "Calendar",
    "Client",
    "ClientQuerySet",
    "ClientTag",
    "Consent",
    "ConsentQuerySet",
    "Enquiry",
    "FileRules",
    "MemorableDay",
    "Preference",
    "PrivacyNotice",
    "PrivacyNoticeQuerySet",
    "SkinRecord",
    "Tag",
    "day_constraints",
]
