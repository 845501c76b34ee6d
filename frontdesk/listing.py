"""The client list: its orders, and pages that are never counted and start behind the last client seen."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clients.access import visible_clients
from clients.models import Client, ClientQuerySet
from frontdesk.rows import last_visit, rows_of
from staff.models import User

PAGE = 50


class Order(models.TextChoices):
    LAST_VISIT = "visit", _("last visit first")
    NEWEST = "new", _("newest file first")
    NAME = "name", _("by name")


@dataclass
class ListPage:
    """One page of the list; `after` is the client behind whom the next page starts."""

    clients: list[Client]
    after: int | None


def page_of(clients: ClientQuerySet, user: User, order: str, after: int | None = None, size: int = PAGE) -> ListPage:
    """A page of `clients` in `order`, behind the client `after` (from the start when `user` may not see that one)."""
    last = rows_of(visible_clients(user), user).filter(pk=after).first() if after else None
    found = PAGES[order](rows_of(clients, user), last, size + 1)
    shown = found[:size]
    return ListPage(shown, shown[-1].pk if len(found) > size else None)


def _newest(rows: ClientQuerySet, last: Client | None, limit: int) -> list[Client]:
    behind = rows.filter(pk__lt=last.pk) if last else rows
    return list(behind.order_by("-pk")[:limit])


def _by_name(rows: ClientQuerySet, last: Client | None, limit: int) -> list[Client]:
    behind = rows.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk)) if last else rows
    return list(behind.order_by("name", "pk")[:limit])


def _by_last_visit(rows: ClientQuerySet, last: Client | None, limit: int) -> list[Client]:
    """Who came last first; who never came stands behind, the newest file first.

    Two questions, because one index gives the first part in order and none would give both.
    """
    day = last_visit(last) if last else None
    came = rows.filter(account__last_visit_on__isnull=False)
    never = rows.filter(account__last_visit_on=None)
    found: list[Client] = []
    if not last or day:
        if last:
            same_day = Q(account__last_visit_on=day, account__lt=last.pk)
            came = came.filter(Q(account__last_visit_on__lte=day) & (Q(account__last_visit_on__lt=day) | same_day))
        found = list(came.order_by("-account__last_visit_on", "-account")[:limit])
    elif last:
        never = never.filter(pk__lt=last.pk)
    return found + (list(never.order_by("-pk")[: limit - len(found)]) if len(found) < limit else [])


PAGES: dict[str, Callable[[ClientQuerySet, Client | None, int], list[Client]]] = {
    Order.LAST_VISIT: _by_last_visit,
    Order.NEWEST: _newest,
    Order.NAME: _by_name,
}
