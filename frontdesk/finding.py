"""Search from every page: who is meant, those who came last first."""

from dataclasses import dataclass

from clients.access import visible_clients
from clients.models import Client
from loyalty.client_rows import last_come_first, rows_of
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
    rows = last_come_first(rows_of(matching, user))
    found = list(rows[start : start + size + 1])
    return Found(found[:size], len(found) > size)
