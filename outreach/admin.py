"""Contacts and messages in the admin panel."""

from outreach import channel_admin, rules_admin  # noqa: F401  # registers what they hold
