"""What somebody typed into a form whose session had ended: it goes along sealed, and is offered again."""

import json
from dataclasses import dataclass
from typing import Self

from cryptography.fernet import InvalidToken
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from staff.encryption import newest

LONGEST = 200_000  # characters; beyond that a page would be too heavy to carry it
KEPT_SECONDS = 12 * 3600
NEVER_KEPT = ("csrfmiddlewaretoken", "lock_next", "lock_user")


@dataclass(frozen=True)
class Draft:
    """The fields of a form and the page they belong to. `user` is who typed it; None when that was no longer known."""

    user: int | None
    path: str
    fields: list[tuple[str, str]]

    @classmethod
    def of(cls, request: HttpRequest, path: str, *, user: int | None) -> Self | None:
        """What `request` posted, for `path`; None when there is nothing to keep, or it is a password."""
        fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
        fields = [(name, value) for name, value in fields if name not in NEVER_KEPT]
        secret = any("password" in name or name == "pin" for name, _ in fields)
        if secret or not any(value for _, value in fields) or not is_local(path):
            return None
        return cls(user, path, fields)

    def sealed(self) -> str:
        """The draft as a text that only this salon's server can read; "" when it is too long to carry."""
        text = json.dumps([self.user, self.path, self.fields])
        return newest().fernet.encrypt(text.encode()).decode() if len(text) <= LONGEST else ""

    @classmethod
    def unsealed(cls, text: str) -> Self | None:
        """The draft behind a sealed text; None when it is older than twelve hours, or was not sealed here."""
        if not text:
            return None
        try:
            user, path, fields = json.loads(newest().fernet.decrypt(text.encode(), ttl=KEPT_SECONDS))
        except (InvalidToken, ValueError):
            return None
        return cls(user, path, [(name, value) for name, value in fields])

    def is_for(self, user: int) -> bool:
        return self.user in (None, user)


def is_local(path: str) -> bool:
    """Whether `path` is a page of this house."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
