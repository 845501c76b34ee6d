"""Sensitive fields at rest: sealed with Fernet, found again by keyed hashes.

`settings.SALON_KEYS` lists keys, newest first. Each sealed value starts with the fingerprint of its key, so that a
missing key is named instead of garbage being shown, and a rotation knows what is still to be done.
"""

import base64
import hashlib
import hmac
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.lookups import IsNull

if TYPE_CHECKING:
    TextField = models.TextField[str, str]
else:
    TextField = models.TextField

SEPARATOR = ":"


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
    """The text behind a stored value. Raises ImproperlyConfigured when its key is not among SALON_KEYS."""
    if not stored:
        return ""
    fingerprint, _, token = stored.partition(SEPARATOR)
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


class EncryptedTextField(TextField):
    """Text sealed in the database. It cannot be filtered or sorted by: use a blind index."""

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared if prepared is None else seal(str(prepared))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if value is None else unseal(value)

    def get_lookup(self, lookup_name: str) -> Any:
        return IsNull if lookup_name == "isnull" else None
