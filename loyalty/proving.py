"""Knowing that it is the client who redeems: the last four digits of the phone, or how she was known, in words.

The digits are compared and forgotten; the trail keeps that a try was wrong, never what was tried.
"""

import hmac
import re
import unicodedata
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from clients import phones
from clients.models import Client
from staff import audit
from staff.encryption import Unreadable
from staff.models import AuditEntry, User
from staff.reasons import reason_in

FOUR_DIGITS = re.compile(r"[0-9]{4}")
WORDS_AT_MOST = 200
WRONG_AT_MOST = 5
WINDOW = timedelta(minutes=10)
TRIED = "redeem_proof"


class NotProven(Exception):
    """Not known to be the client. `str()` is what to tell; when a try was wrong, the trail has it already."""


def asks_digits(client: Client) -> bool:
    """Whether the client has a phone whose last digits can be asked for."""
    return bool(_phones(client))


def _phones(client: Client) -> list[str]:
    """The phones whose digits can be compared; not one that cannot be read."""
    return [one for one in (client.phone, client.second_phone) if one and not isinstance(one, Unreadable)]


def proven(client: Client, typed: str, *, by: User, at: datetime) -> str:
    """What is kept as proof: "" for the right digits of one of the client's phones, else the words.

    Raises NotProven; the caller must then not roll back, or the wrong try would not count. The caller holds the
    client's account, so that tries are counted one after the other.
    """
    if not asks_digits(client):
        return _in_words(typed)
    digits = "".join(unicodedata.normalize("NFKC", typed[:WORDS_AT_MOST]).split())
    if not FOUR_DIGITS.fullmatch(digits):
        raise NotProven(_("Ask the client for the last four digits of the phone, and enter four digits."))
    wrong = _wrong_since(client, at - WINDOW)
    if len(wrong) >= WRONG_AT_MOST:
        raise NotProven(_wait(wrong))
    if any(hmac.compare_digest(phones.last_four(one), digits) for one in _phones(client)):
        return ""
    audit.record(AuditEntry.Action.REFUSED, by=by, client=client.pk, what=TRIED)
    left = WRONG_AT_MOST - len(wrong) - 1
    if not left:
        raise NotProven(_wait([*wrong, at]))
    raise NotProven(
        _("These are not the last four digits of this client's phone. Tries left: %(left)s.") % {"left": left}
    )


def _in_words(typed: str) -> str:
    told = reason_in(typed)
    if not told:
        raise NotProven(_("Please say how the client was known."))
    if len(told) > WORDS_AT_MOST:
        raise NotProven(_("Too long: at most %(most)s characters.") % {"most": WORDS_AT_MOST})
    return told


def _wrong_since(client: Client, since: datetime) -> list[datetime]:
    """When wrong digits were tried for this client, oldest first."""
    tries = AuditEntry.objects.for_client(client.pk).filter(action=AuditEntry.Action.REFUSED, what=TRIED, at__gt=since)
    return sorted(tries.values_list("at", flat=True))


def _wait(wrong: list[datetime]) -> str:
    """When the oldest of the last tries no longer counts."""
    again = timezone.localtime(wrong[-WRONG_AT_MOST] + WINDOW + timedelta(minutes=1))
    return _("%(tries)s wrong tries. Wait until %(time)s, then ask the client again.") % {
        "tries": WRONG_AT_MOST,
        "time": again.strftime("%H:%M"),
    }
