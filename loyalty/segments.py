"""Segments: the second axis beside tiers. Rule source: DESIGN §4, segments."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Segment(TextChoices):
    """What a client is to the salon; a walk-in or a client who never spent anything is in none."""

    DORMANT = "dormant", _("dormant")
    NEW = "new", _("new client")
    CORE = "core", _("core loyal")
    GROWTH = "growth", _("growth")
    REGULAR = "regular", _("regular")


NAMES = dict(Segment.choices)


def label(code: str) -> str:
    """The segment's name for the screen; nothing for a client who is in none."""
    return str(NAMES.get(code, ""))
