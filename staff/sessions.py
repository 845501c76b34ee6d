"""When a session ends by itself: after the salon's idle time, and twelve hours after the sign-in."""

from datetime import datetime, timedelta

from django.contrib.sessions.backends.base import SessionBase

SEEN = "seen"
BEGAN = "began"
LONGEST = timedelta(hours=12)
WRITTEN_EVERY = timedelta(minutes=1)


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
