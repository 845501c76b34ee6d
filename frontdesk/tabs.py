"""The tabs of a client file, each shown to whom the matrix lets through."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext_lazy as _

from staff.models import User
from staff.roles import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Tab:
    """One tab; its name stands in the address as `?tab=`."""

    name: str
    label: "StrOrPromise"
    right: Can | None = None


TABS = (
    Tab("timeline", _("Timeline")),
    Tab("visits", _("Visits"), Can.SEE_VISITS),
    Tab("points", _("Points and tier"), Can.SEE_POINTS),
    Tab("benefits", _("Benefits"), Can.SEE_POINTS),
    Tab("care", _("Care file"), Can.SEE_SKIN),
    Tab("details", _("Details"), Can.EDIT_CLIENT),
)


def tabs_for(user: User) -> list[Tab]:
    """The tabs that `user` may open."""
    return [tab for tab in TABS if tab.right is None or user.can(tab.right)]


def tab_named(name: str, user: User) -> Tab:
    """The tab of this name, the first when there is none. Raises PermissionDenied for one that `user` may not open.

    One that opens only on the client's day is the first on other days: links lead to it whatever day it is.
    """
    tab = next((tab for tab in TABS if tab.name == name), TABS[0])
    if tab in tabs_for(user):
        return tab
    if tab.right in user.kept_for_the_day:
        return TABS[0]
    raise PermissionDenied
