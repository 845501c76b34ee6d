"""Whose page a form stood on, signed when the page was made: what a form says of itself is no proof of that."""

from typing import NamedTuple, Self

from django.core import signing
from django.http import HttpRequest

from staff.sessions import LONGEST

NAME = "whose_page"  # of the hidden field that `{% csrf_token %}` puts into each form
SALT = "staff.stamps"


class Page(NamedTuple):
    """A page as it was made: the id of who was signed in, and its address."""

    user: int
    path: str

    @classmethod
    def of(cls, request: HttpRequest) -> Self | None:
        """The page that `request` was sent from; None when its form has no stamp of ours, or one of yesterday."""
        try:
            user, path = signing.loads(request.POST.get(NAME, ""), salt=SALT, max_age=LONGEST)
        except (signing.BadSignature, ValueError):
            return None
        return cls(user, path)

    def stamp(self) -> str:
        """What its forms carry: letters, digits, `-`, `_` and `:`."""
        return signing.dumps(list(self), salt=SALT)

    def is_its_own(self, path: str) -> bool:
        """Whether `path` is this very page, with what was asked of it or without."""
        return path in (self.path, self.path.partition("?")[0])


def stamp_for(request: HttpRequest) -> str:
    """The stamp of the page that is being made, signed once for all its forms.

    "" where nobody is signed in, and where the page was refused.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated or getattr(request, "is_refused", False):
        return ""
    made: dict[int, str] = request.__dict__.setdefault("stamps", {})  # by user: signing in happens on the way
    if user.pk not in made:
        made[user.pk] = Page(user.pk, request.get_full_path()).stamp()
    return made[user.pk]


def refuse(request: HttpRequest) -> None:
    """What is shown now stands at an address that this person has not got open: no form of it may say so."""
    request.is_refused = True  # type: ignore[attr-defined]
