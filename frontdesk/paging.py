"""Numbers that come from an address: whatever stands there, a page is shown."""

from dataclasses import dataclass

from django.http import QueryDict

from staff.ids import read_id

LAST_PAGE = 1000  # far behind what anybody turns to; a larger number in the address means the first page


@dataclass(frozen=True)
class Turn:
    """Where one is among the pages of a list that is not counted: what `staff/_pager.html` needs."""

    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int | None:
        return self.number - 1 if self.number > 2 else None


def page_in(query: QueryDict) -> int:
    """The number of the page asked for, from 1 on; whatever is no such number is page 1."""
    text = query.get("page", "")
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1
    return number if 1 <= number <= LAST_PAGE else 1


def id_in(query: QueryDict, name: str) -> int | None:
    """The id asked for; None when there is none that can be one."""
    return read_id(query.get(name, ""))
