"""Pages that a manager's page leads to, each shown to whom the matrix lets through."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from staff.links import address
from staff.models import User
from staff.roles import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Lead:
    """One page: its name, how it is called, what is found there, its icon, and the right that it asks for."""

    to: str
    label: "StrOrPromise"
    hint: "StrOrPromise"
    icon: str
    right: Can

    @property
    def url(self) -> str:
        return address(self.to)


def leads_for(user: User, leads: tuple[Lead, ...]) -> list[Lead]:
    """Those of `leads` that `user` may open."""
    return [lead for lead in leads if user.can(lead.right)]
