"""Search from every page: who is meant, those who came last first."""

from dataclasses import dataclass

from django.db.models import F

from clients.access import visible_clients
from clients.models import Client
from frontdesk.rows import rows_of
from staff.models import User

PANEL = 10
PAGE = 25
LONGEST = 80  # characters of a search; what is longer finds nobody


@dataclass
class Found:
    """Some of the clients that match; `has_next` when there are others behind them."""

    clients: list[Client]
    has_next: bool


def find(user: User, text: str, *, start: int = 0, size: int = PANEL) -> Found:
    """The clients whom `user` may find under `text`: name, pinyin, initials, phone, last four digits or number."""
    matching = visible_clients(user).matching(text)
    rows = rows_of(matching, user).order_by(F("account__last_visit_on").desc(nulls_last=True), "-pk")
    found = list(rows[start : start + size + 1])
    return Found(found[:size], len(found) > size)
