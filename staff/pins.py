"""Quick switching at a shared counter: a PIN is enough where the same person gave the password within twelve hours."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from staff.models import User
from staff.present import PresentBackend

COOKIE = "salon_counter"
SALT = "staff.pins"
TRUSTED_FOR = timedelta(hours=12)
MOST_PEOPLE = 30


def _read(request: HttpRequest) -> dict[str, tuple[str, int]]:
    """Who gave a password on this browser in the last twelve hours: user ids, the mark of the account, and when."""
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=TRUSTED_FOR)
    except signing.BadSignature:
        return {}
    since = timezone.now().timestamp() - TRUSTED_FOR.total_seconds()
    return {user: (mark, at) for user, (mark, at) in found.items() if at >= since}


def _mark(user: User) -> str:
    """Changes with the password, so that a reset ends the trust."""
    return user.get_session_auth_hash()[:16]


def is_shared_counter(request: HttpRequest) -> bool:
    """Whether anybody gave a password on this browser lately: only then does it show who works here."""
    return bool(_read(request))


def is_trusted(request: HttpRequest, user: User) -> bool:
    """Whether this browser knows `user` by password."""
    mark, _at = _read(request).get(str(user.pk), ("", 0))
    return constant_time_compare(mark, _mark(user))


def trust(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Remember on this browser that `user` gave the password just now."""
    people = {pk: known for pk, known in _read(request).items() if pk != str(user.pk)}
    people[str(user.pk)] = (_mark(user), int(timezone.now().timestamp()))
    kept = dict(list(people.items())[-MOST_PEOPLE:])
    response.set_cookie(
        COOKIE,
        signing.dumps(kept, salt=SALT),
        max_age=TRUSTED_FOR,
        httponly=True,
        secure=request.is_secure(),
        samesite="Lax",
    )


def set_pin(user: User, pin: str) -> None:
    """Set the PIN; an empty one takes it away."""
    user.pin = make_password(pin) if pin else ""
    user.save(update_fields=["pin"])


class PinBackend(PresentBackend):
    """Signs in by PIN. Wrong ones count like wrong passwords: axes stands before it."""

    def authenticate(  # type: ignore[override]
        self, request: HttpRequest | None, username: str | None = None, pin: str | None = None, **others: Any
    ) -> User | None:
        if request is None or not username or pin is None:
            return None
        user = User.objects.filter(username=username, is_active=True).first()
        if user is None or not user.pin or not is_trusted(request, user):
            return None
        return user if check_password(pin, user.pin) else None
