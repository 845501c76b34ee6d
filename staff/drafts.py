"""What somebody typed into a form whose session had ended: it goes along sealed, and is offered again."""

import json
from dataclasses import dataclass
from typing import Self

from cryptography.fernet import InvalidToken
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from staff.encryption import newest
from staff.stamps import NAME, Page

LONGEST = 200_000  # characters; beyond that a page would be too heavy to carry it
KEPT_SECONDS = 12 * 3600
NEVER_KEPT = ("csrfmiddlewaretoken", "lock_next", "lock_by", NAME)


@dataclass(frozen=True)
class Draft:
    """The fields of a form and the address they go to. `user` is whose page it was; None when that is not known.

    `page` is the address of that page, where it was signed. Only what `is_proven` is ever sent on: that it came from
    a page of `user` which has that form. Of all else the text is shown to be copied, so nobody can make up an act
    for somebody else to send.
    """

    user: int | None
    path: str
    fields: list[tuple[str, str]]
    is_proven: bool = False
    page: str = ""

    @classmethod
    def of(cls, request: HttpRequest, path: str, *, ended: int | None = None) -> Self | None:
        """What `request` posted, for `path`; None when there is nothing to keep, or it is a password.

        `ended` is the id of the user whose session ended with this very request.
        """
        fields = [(name, str(value)) for name, values in request.POST.lists() for value in values]
        fields = [(name, value) for name, value in fields if name not in NEVER_KEPT]
        secret = any("password" in name or name == "pin" for name, _ in fields)
        if secret or not any(value for _, value in fields) or not is_local(path):
            return None
        by = request.user.pk if request.user.is_authenticated else None
        page = Page.of(request)
        if page is None:  # a live session that passed the check of its token could have sent it at once
            accepted = by is not None and getattr(request, "csrf_processing_done", False)
            return cls(by or ended, path, fields, is_proven=accepted)
        # Whose session it is (or was until now) may send to whatever its own pages send to.
        is_proven = page.is_its_own(path) or page.user == (by or ended)
        return cls(page.user, path, fields, is_proven, page.path)

    def sealed(self) -> str:
        """The draft as a text that only this salon's server can read; "" when it is too long to carry."""
        text = json.dumps([self.user, self.path, self.fields, self.is_proven, self.page])
        return newest().fernet.encrypt(text.encode()).decode() if len(text) <= LONGEST else ""

    @classmethod
    def unsealed(cls, text: str) -> Self | None:
        """The draft behind a sealed text; None when it is older than twelve hours, or was not sealed here."""
        if not text:
            return None
        try:
            user, path, fields, *rest = json.loads(newest().fernet.decrypt(text.encode(), ttl=KEPT_SECONDS))
        except (InvalidToken, ValueError):
            return None
        return cls(user, path, [(name, value) for name, value in fields], *rest)

    def is_for(self, user: int) -> bool:
        return self.user in (None, user)


def is_local(path: str) -> bool:
    """Whether `path` is a page of this house."""
    return path.startswith("/") and url_has_allowed_host_and_scheme(path, None)
