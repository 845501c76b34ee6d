"""Tags and filters that every page shares."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Protocol

import phonenumbers
from django import template
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import RequestContext
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from staff import links
from staff.encryption import Unreadable
from staff.jobs import stopped_for
from staff.listed import listed
from staff.models import User
from staff.navigation import items_for
from staff.roles import ROLE_LABELS, Can, Role

register = template.Library()
register.filter(listed)
ICONS = "vendor/bootstrap-icons/icons.svg"
DOTS = "••••"
MAINLAND = "+86"


class Named(Protocol):
    """What a badge needs of a tier."""

    code: str

    @property
    def label(self) -> str: ...


@register.filter
def money(amount: Decimal | int | None) -> str:
    """¥1,234.50 for yuan; −¥46.80 below zero; nothing for no amount."""
    if amount is None or amount == "":
        return ""
    return f"{'−' if amount < 0 else ''}¥{abs(amount):,.2f}"


@register.filter
def mask_phone(phone: str | None) -> str:
    """138 •••• 8000 for an E.164 number of the mainland; abroad +852 •••• 4567: country and last four digits."""
    if isinstance(phone, Unreadable):
        return phone
    number = (phone or "").removeprefix(MAINLAND)
    if not number:
        return ""
    if len(number) == 11 and number.isdigit():
        return f"{number[:3]} {DOTS} {number[-4:]}"
    return f"{_country_of(number)} {DOTS} {number[-4:]}".strip()


def _country_of(number: str) -> str:
    """The code of its country, such as +1 or +852; "" for a number that has none."""
    try:
        return f"+{phonenumbers.parse(number, None).country_code}"
    except phonenumbers.NumberParseException:
        return ""


@register.filter
def can(user: object, right: str) -> bool:
    """Whether `user` may do `right`, named as in the matrix: {% if user|can:"REVEAL_PHONE" %}. KeyError for a typo."""
    return isinstance(user, User) and user.can(Can[right])


@register.simple_tag
def address(name: str, *numbers: int) -> str:
    """The address of a page, like {% url %} but worked out once: {% address "clients:edit" client.pk %}."""
    return links.address(name, *numbers)


@register.inclusion_tag("staff/_stopped.html", takes_context=True)
def stopped(context: RequestContext) -> dict[str, Any]:
    """The banner that says for how long the timed work has been standing still; nothing while it is alive."""
    request = context.get("request")
    salon, user = getattr(request, "salon", None), getattr(request, "user", None)
    since = stopped_for(salon.last_tick, timezone.now()) if salon else None
    if since is None or not isinstance(user, User):
        return {"words": ""}
    return {"words": _how_long(since), "is_admin": user.can(Can.RUN_JOBS)}


def _how_long(since: timedelta) -> str:
    minutes = int(since / timedelta(minutes=1))
    if minutes < 120:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    if hours < 48:
        return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}


@register.simple_tag
@lru_cache(maxsize=128)
def asset(path: str) -> str:
    """The address of a static file, like {% static %} but looked up once."""
    return staticfiles_storage.url(path)


@register.simple_tag
@lru_cache(maxsize=512)
def icon(name: str, label: str = "", extra: str = "") -> SafeString:
    """A Bootstrap icon; with `label` it is read aloud, without it is decoration."""
    href = f"{staticfiles_storage.url(ICONS)}#{name}"
    if label:
        return format_html('<svg class="bi {}" role="img" aria-label="{}"><use href="{}"/></svg>', extra, label, href)
    return format_html('<svg class="bi {}" aria-hidden="true"><use href="{}"/></svg>', extra, href)


@register.simple_tag
def tier_badge(tier: Named | None, more: str = "") -> SafeString | str:
    """The badge of a tier, in its colour; `more` stands behind the name, such as its discount."""
    if tier is None:
        return ""
    return _badge(tier.code, f"{tier.label} {more}".strip())


@lru_cache(maxsize=64)
def _badge(code: str, text: str) -> SafeString:
    return format_html('<span class="badge badge-tier-{}">{}</span>', code, text)


@register.simple_tag(takes_context=True)
def page_query(context: RequestContext, **changed: object) -> str:
    """The page's own query with some parts changed, so that a link keeps the filters; None takes a part out."""
    query = context["request"].GET.copy()
    for name, value in changed.items():
        if value is None or value == "":
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}"


@register.inclusion_tag("staff/_rail.html", takes_context=True)
def rail(context: RequestContext) -> Mapping[str, Any]:
    """The rail of the signed-in user, with the entry of this page marked."""
    request = context["request"]
    match = request.resolver_match
    return {
        "items": items_for(request.user, match.view_name if match else ""),
        "user": request.user,
        "salon": request.salon,
        "request": request,
        "today_count": context.get("today_count"),
    }


@register.filter
def role_name(group: str) -> str:
    """The name of a role for the screen, such as 前台, from the name of its group."""
    return str(ROLE_LABELS[Role(group)]) if group in set(Role) else group


ACT_BADGES = {"refused": "badge-late", "deleted": "badge-late", "erased": "badge-late", "revealed": "badge-soon"}
ACT_BADGES |= {"exported": "badge-soon", "changed": "badge-plum", "added": "badge-good", "imported": "badge-good"}


@register.filter
def act_badge(action: str) -> str:
    """The colour of an act in the audit trail."""
    return ACT_BADGES.get(action, "")
