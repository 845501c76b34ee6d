"""Where sessions are kept, and when one ends by itself: after the salon's idle time, twelve hours after the sign-in."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessions
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

SEEN = "seen"
BEGAN = "began"
LONGEST = timedelta(hours=12)
WRITTEN_EVERY = timedelta(minutes=1)


FIND = "SELECT session_data, expire_date FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(DatabaseSessions):
    """Sessions as Django keeps them in the database. Every page asks for one first, so it is asked for in plain SQL."""

    def _get_session_from_db(self) -> Session | None:
        key = self.session_key or ""
        with connection.cursor() as cursor:
            cursor.execute(FIND, [key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return None
        data, expire_date = found
        return Session(session_key=key, session_data=data, expire_date=expire_date)


def is_over(session: SessionBase, *, idle: timedelta, now: datetime) -> bool:
    """Whether nobody was seen for `idle`, or the sign-in is twelve hours old."""
    at = now.timestamp()
    return bool(
        at - session.get(SEEN, at) >= idle.total_seconds() or at - session.get(BEGAN, at) >= LONGEST.total_seconds()
    )


def begin(session: SessionBase, *, now: datetime) -> None:
    """Start both clocks with the sign-in."""
    session[BEGAN] = session[SEEN] = now.timestamp()


def touch(session: SessionBase, *, idle: timedelta, now: datetime) -> None:
    """Note that somebody is there: at most once a minute, oftener where the idle time is only a few minutes."""
    at = now.timestamp()
    if BEGAN not in session:
        session[BEGAN] = at
    if at - session.get(SEEN, 0) >= min(WRITTEN_EVERY, idle / 4).total_seconds():
        session[SEEN] = at
