"""Search from every page: who is meant, those who came last first."""

from dataclasses import dataclass

from clients.access import visible_clients
from clients.guessing import counted
from clients.models import Client
from loyalty.client_rows import last_come_first, rows_of
from staff.roles import StaffRequest

PANEL = 10
PAGE = 25
LONGEST = 80  # characters of a search; what is longer finds nobody


@dataclass
class Found:
    """Some of the clients that match; `has_next` when there are others behind them."""

    clients: list[Client]
    has_next: bool


def find(request: StaffRequest, text: str, *, start: int = 0, size: int = PANEL) -> Found:
    """The clients whom the user may find under `text`: name, pinyin, initials, phone, last four digits or number.

    Raises TooManyMisses for one more whole phone that nobody has than the hour allows.
    """
    user = request.user
    rows = last_come_first(rows_of(visible_clients(user).matching(text), user))[start : start + size + 1]
    found = list(counted(user, text, lambda: list(rows), request))
    return Found(found[:size], len(found) > size)
