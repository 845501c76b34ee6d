"""A question to the database that gives the clients for whom something is wrong, and the words for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _


@dataclass(frozen=True, slots=True)
class Check:
    """One question. Its rows are: the client's id (0 for a walk-in), and what `words` calls `one` and `other`."""

    code: str
    sql: str
    words: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong for one client; `client` is the client's id, 0 for a walk-in or what is nobody's."""

    client: int
    what: str
    code: str = ""
    one: str = ""
    other: str = ""

    def __str__(self) -> str:
        return f"C-{self.client:05d}: {self.what}" if self.client else f"{_('Nobody in particular')}: {self.what}"
