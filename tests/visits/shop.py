"""A small salon for the tests of visits and checkout: who works there, what it sells, who comes."""

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import Group

from clients.models import Allergy, Client
from loyalty.models import LoyaltyAccount, Tier
from staff.models import User
from staff.roles import Role
from visits.catalogue import fill_search_text
from visits.draft import Content, Line, Paying
from visits.models import Draft, Product, Service


def worker(role: Role, name: str = "", username: str = "") -> User:
    """One of the staff with one role."""
    user = User.objects.create_user(username or role.value, password="salon-demo", display_name=name or role.value)
    user.groups.add(Group.objects.get_or_create(name=role.value)[0])
    return user


def service(name: str = "深层补水护理", price: str = "468.00", **fields: Any) -> Service:
    """A treatment on sale."""
    made = Service(name=name, price=Decimal(price), **fields)
    fill_search_text(made)
    made.save()
    return made


def product(name: str = "玫瑰精油 10ml", price: str = "198.00", **fields: Any) -> Product:
    """Something to take home, on sale."""
    made = Product(name=name, price=Decimal(price), **fields)
    fill_search_text(made)
    made.save()
    return made


def client(name: str = "王丽华", tier: str = "gold", **fields: Any) -> Client:
    """A client on file; `tier` is the code of hers, "" for nobody's member yet."""
    made = Client.objects.create(name=name, **fields)
    if tier:
        LoyaltyAccount.objects.create(client=made, tier=Tier.objects.get(code=tier))
    return made


def allergy(client: Client, substance: str) -> Allergy:
    """An allergy that stands."""
    return Allergy.objects.create(client=client, substance=substance, confirmed_on=date(2026, 1, 5))


def line(item: Service | Product, uid: str = "1", **typed: str) -> Line:
    """One line as typed."""
    return Line(uid, "service" if isinstance(item, Service) else "product", item.pk, **typed)


def draft(by: User, client: Client | None, *lines: Line, pay: tuple[Paying, ...] | None = None, **rest: Any) -> Draft:
    """An unfinished checkout, paid by WeChat unless `pay` says otherwise."""
    content = Content(lines=lines, payments=(Paying("wechat"),) if pay is None else pay, **rest)
    return Draft.objects.create(checkout_key=uuid.uuid4(), client=client, by=by, content=content.as_json())


def posted(draft: Draft, do: str = "save", **changed: str) -> dict[str, Any]:
    """What the browser would send for this draft."""
    content = Content.from_json(draft.content)
    form: dict[str, Any] = {
        "do": do,
        "for_client": draft.client_id or "",
        "line": [one.uid for one in content.lines],
        "method": [one.method for one in content.payments],
        "when": content.when,
        "care_note": content.care_note,
        "next_care": content.next_care,
        "acknowledged": sorted(content.acknowledged),
    }
    for one in content.lines:
        form[f"item-{one.uid}"] = f"{one.kind}:{one.item}"
        for name in ("beautician", "quantity", "off_as", "off", "reason"):
            form[f"{name}-{one.uid}"] = getattr(one, name)
    for paying in content.payments:
        form[f"paid-{paying.method}"] = paying.amount
    return form | changed
