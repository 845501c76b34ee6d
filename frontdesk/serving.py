"""Who is being treated now: the open checkouts of today, as the beauticians need them, without any amount."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from clients.access import visible_clients
from frontdesk.rows import allergens
from staff.models import User
from staff.roles import Can
from visits.catalogue import PRODUCT, SERVICE
from visits.draft import Content
from visits.models import Draft, Product, Service

SHOWN = 20


@dataclass(frozen=True)
class Serving:
    """One open checkout: who is treated, with what, and since when. `draft` has the client with `allergens`."""

    draft: Draft
    items: list[str]
    opens: bool


@dataclass(frozen=True)
class Treatments:
    """The open checkouts that name this user, and those in which a treatment has nobody yet."""

    mine: list[Serving]
    unassigned: list[Serving]


def treatments(user: User, today: date) -> Treatments | None:
    """Whom `user` treats now, by the checkouts touched today; None for who treats nobody. At most 3 questions."""
    if user.can(Can.FIND_ANY_CLIENT) or not user.can(Can.EDIT_SKIN):
        return None
    midnight = timezone.make_aware(datetime.combine(today, time.min))
    drafts = _drafts(user, today).filter(updated_at__gte=midnight)[:SHOWN]
    read = [(draft, Content.from_json(draft.content)) for draft in drafts]
    names = _names([content for _, content in read])
    found = [(content, Serving(draft, _items(content, names), draft.opens)) for draft, content in read]
    mine = [one for content, one in found if any(line.beautician_id == user.pk for line in content.lines)]
    waiting = [one for content, one in found if one not in mine and _lacks_somebody(content)]
    return Treatments(mine, waiting)


def _drafts(user: User, today: date) -> Any:
    may_open = Exists(visible_clients(user, today).filter(pk=OuterRef("client")))
    rows = Draft.objects.select_related("client").only("content", "created_at", "client__name", "client__honorific")
    rows = rows.annotate(opens=may_open)
    if user.can(Can.SEE_ALLERGIES):
        rows = rows.annotate(allergens=allergens("client"))
    return rows.order_by("-updated_at")


def _lacks_somebody(content: Content) -> bool:
    return any(line.kind == SERVICE and not line.beautician for line in content.lines)


def _names(contents: list[Content]) -> dict[tuple[str, int], str]:
    """The names of all that stands in these checkouts, by kind and id."""
    keys = {line.key for content in contents for line in content.lines}
    names: dict[tuple[str, int], str] = {}
    for kind, items in ((SERVICE, Service.objects.all()), (PRODUCT, Product.objects.all())):
        ids = [pk for one, pk in keys if one == kind]
        if ids:
            names |= {(kind, pk): name for pk, name in items.filter(pk__in=ids).values_list("pk", "name")}
    return names


def _items(content: Content, names: dict[tuple[str, int], str]) -> list[str]:
    return [names[line.key] for line in content.lines if line.key in names]
