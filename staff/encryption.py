"""Sensitive fields at rest: sealed with Fernet, found again by keyed hashes.

`settings.SALON_KEYS` lists keys, newest first. Each sealed value starts with the fingerprint of its key, so that a
missing key is named instead of garbage being shown, and a rotation knows what is still to be done.
"""

import base64
import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models
from django.db.models.lookups import IsNull
from django.utils.translation import gettext

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField

SEPARATOR = ":"
FINGERPRINT = re.compile(r"[0-9a-f]{8}")
LOG = logging.getLogger(__name__)


class Key(NamedTuple):
    """One secret, split by purpose: what seals and what indexes never share bytes."""

    fingerprint: str
    fernet: Fernet
    search: bytes


def _derive(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"salon-crm " + purpose).derive(secret)


@lru_cache(maxsize=4)
def _keys(secrets: tuple[str, ...]) -> dict[str, Key]:
    keys = {}
    for text in secrets:
        secret = text.encode()
        fingerprint = _derive(secret, b"name")[:4].hex()
        sealing = Fernet(base64.urlsafe_b64encode(_derive(secret, b"fields")))
        keys[fingerprint] = Key(fingerprint, sealing, _derive(secret, b"search"))
    if not keys:
        raise ImproperlyConfigured("SALON_KEYS is empty: client data cannot be read or written without a key.")
    return keys


def keys() -> dict[str, Key]:
    """The keys by fingerprint, newest first."""
    return _keys(tuple(settings.SALON_KEYS))


def newest() -> Key:
    """The key that new values are sealed with."""
    return next(iter(keys().values()))


def seal(text: str) -> str:
    """`text` as stored: fingerprint, colon, Fernet token. An empty text stays empty."""
    if not text:
        return ""
    key = newest()
    return key.fingerprint + SEPARATOR + key.fernet.encrypt(text.encode()).decode()


def unseal(stored: str) -> str:
    """The text behind a stored value. Raises ImproperlyConfigured when it is damaged or its key not among SALON_KEYS.

    The error never quotes what is stored: that might be a text which somebody wrote in plain.
    """
    if not stored:
        return ""
    fingerprint, _, token = stored.partition(SEPARATOR)
    if not FINGERPRINT.fullmatch(fingerprint):
        raise ImproperlyConfigured("This is no sealed value: it does not start with the name of a key.")
    key = keys().get(fingerprint)
    if key is None:
        raise ImproperlyConfigured(
            f"Client data was sealed with key {fingerprint}, which is not among SALON_KEYS. Put that key back."
        )
    try:
        return key.fernet.decrypt(token.encode()).decode()
    except InvalidToken as damaged:
        raise ImproperlyConfigured(f"A value sealed with key {fingerprint} is damaged.") from damaged


def blind_index(text: str) -> list[str]:
    """Keyed hashes (24 hex digits) of `text`, one per key, the newest key's first: store the first, search for any."""
    return [hmac.new(key.search, text.encode(), hashlib.sha256).hexdigest()[:24] for key in keys().values()]


class Unreadable(str):
    """What a page shows in place of a sealed value that cannot be opened. Written back, it is what is stored."""

    sealed: str

    @classmethod
    def instead_of(cls, stored: str) -> "Unreadable":
        """The words for the page, in the language of who reads it."""
        words = cls(gettext("(cannot be read)"))
        words.sealed = stored
        return words


_shows_unreadable: ContextVar[bool] = ContextVar("shows_unreadable", default=False)


@contextmanager
def unreadable_shown() -> Iterator[None]:
    """Meanwhile a value that cannot be opened is read as Unreadable, so that one of them does not take a whole page.

    Only where people read: elsewhere it raises, or the words would be sent to a client as if they were hers.
    """
    before = _shows_unreadable.set(True)
    try:
        yield
    finally:
        _shows_unreadable.reset(before)


class EncryptedTextField(TextField):
    """Text sealed in the database. It cannot be filtered or sorted by: use a blind index."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        if isinstance(prepared, Unreadable):
            return prepared.sealed
        return prepared if prepared is None else seal(str(prepared))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if value is None else self.opened(value)

    def opened(self, stored: str) -> str:
        """The text behind a value of this column, or Unreadable on a page. Raises ImproperlyConfigured elsewhere."""
        try:
            return unseal(stored)
        except ImproperlyConfigured as why:
            if not _shows_unreadable.get():
                raise
            _tell_of(self.model, str(self.column), stored, str(why))
            return Unreadable.instead_of(stored)

    def get_lookup(self, lookup_name: str) -> Any:
        return IsNull if lookup_name == "isnull" else None


@lru_cache(maxsize=1024)  # so that each is told once, however often its page is opened
def _tell_of(model: type[models.Model], column: str, stored: str, why: str) -> None:
    quote = connection.ops.quote_name
    query = f"SELECT {quote(str(model._meta.pk.column))} FROM {quote(model._meta.db_table)} WHERE {quote(column)} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, [stored])
        rows = ", ".join(str(row[0]) for row in cursor.fetchall())
    LOG.error("Unreadable: %s.%s of id %s. %s", model._meta.label, column, rows, why)
