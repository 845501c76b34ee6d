"""The client list: its orders, and pages that are never counted and start behind the last client seen."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.access import visible_clients
from clients.models import Client, ClientQuerySet
from frontdesk.rows import Row, facts_of, last_visit, rows_from
from staff.compiled import Compiled
from staff.models import User
from staff.roles import Can

PAGE = 50


class Order(models.TextChoices):
    LAST_VISIT = "visit", _("last visit first")
    NEWEST = "new", _("newest file first")
    NAME = "name", _("by name")


@dataclass
class ListPage:
    """One page of the list; `after` is the client behind whom the next page starts."""

    clients: list[Row]
    after: int | None


def page_of(clients: ClientQuerySet, user: User, order: str, after: int | None = None) -> ListPage:
    """A page of `clients` in `order`, behind the client `after` (from the start when `user` may not see that one)."""
    last = visible_clients(user).select_related("account").filter(pk=after).first() if after else None
    return _page((facts_of(part, user.rights, PAGE + 1) for part in PARTS[order](clients, last)), user)


def first_page(user: User, order: str) -> ListPage:
    """The first page of all clients that `user` may find. It is asked for more often than any other.

    For who may find everybody the question is always the same, so it is put into SQL once.
    """
    if not user.can(Can.FIND_ANY_CLIENT):
        return page_of(visible_clients(user), user, order)
    return _page((part.ask({}) for part in _everybody(user.rights, order)), user)


def _page(parts: Iterable[Iterable[tuple[Any, ...]]], user: User) -> ListPage:
    """The later parts are asked for only when the first are at their end."""
    found = rows_from(islice(chain.from_iterable(parts), PAGE + 1), user.rights)
    return ListPage(found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None)


@lru_cache(maxsize=32)
def _everybody(rights: frozenset[Can], order: str) -> list[Compiled]:
    """The questions for the first page of all files, which is what `visible_clients` gives who may find any client."""
    return [Compiled(facts_of(part, rights, PAGE + 1)) for part in PARTS[order](Client.objects.on_file(), None)]


def _newest(clients: ClientQuerySet, last: Client | None) -> list[ClientQuerySet]:
    return [(clients.filter(pk__lt=last.pk) if last else clients).order_by("-pk")]


def _by_name(clients: ClientQuerySet, last: Client | None) -> list[ClientQuerySet]:
    behind = clients.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk)) if last else clients
    return [behind.order_by("name", "pk")]


def _by_last_visit(clients: ClientQuerySet, last: Client | None) -> list[ClientQuerySet]:
    """Who came last first; who never came stands behind, the newest file first.

    Two questions, because one index gives the first part in order and none would give both.
    """
    day = last_visit(last) if last else None
    came = clients.filter(account__last_visit_on__isnull=False).order_by("-account__last_visit_on", "-account")
    never = clients.filter(account__last_visit_on=None).order_by("-pk")
    if last is None:
        return [came, never]
    if day is None:
        return [never.filter(pk__lt=last.pk)]
    same_day = Q(account__last_visit_on=day, account__lt=last.pk)
    return [
        came.filter(Q(account__last_visit_on__lte=day) & (Q(account__last_visit_on__lt=day) | same_day)),
        never,
    ]


# The lists that an order puts one behind the other.
PARTS: dict[str, Callable[[ClientQuerySet, Client | None], list[ClientQuerySet]]] = {
    Order.LAST_VISIT: _by_last_visit,
    Order.NEWEST: _newest,
    Order.NAME: _by_name,
}
