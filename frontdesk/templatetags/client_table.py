"""The rows of the client list. Fifty of them by a template took more time than all the rest of the page's writing."""

from collections.abc import Iterable
from functools import cache
from html import escape

from django import template
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from frontdesk.rows import Row
from staff.models import User
from staff.roles import Can

register = template.Library()


@register.simple_tag
def client_rows(rows: Iterable[Row], user: User) -> SafeString:
    """A table row for each of `rows`, with the cells that `user` may see, in the order of `frontdesk/_list_rows.html`.

    What many rows share is written once; every text that somebody typed goes through `escape`.
    """
    phones, points, checks_out = map(user.can, (Can.SEE_MASKED_PHONE, Can.SEE_POINTS, Can.CHECK_OUT))
    last_visit, check_in = escape(gettext("Last visit")), escape(gettext("Check in"))
    allergies = f' <span class="badge badge-allergy">{escape(gettext("Allergies"))}</span>'

    @cache
    def marks(honorific: str, has_allergy: bool) -> str:
        written = f' <span class="muted">{escape(honorific)}</span>' if honorific else ""
        return written + (allergies if has_allergy else "")

    @cache
    def shared(badge: SafeString | str, segment: str, day: str) -> str:
        membership = f"<td>{conditional_escape(badge)}</td><td>{escape(segment)}</td>" if points else ""
        return f'{membership}<td data-label="{last_visit}">{escape(day)}</td>'

    def written(row: Row) -> str:
        pk, name = row.pk, escape(row.name)
        phone = f'<td class="nowrap">{escape(row.phone)}</td>' if phones else ""
        button = (
            '<td class="num"><button class="btn btn-sm btn-plain" type="submit" form="check-in" name="client" '
            f'value="{pk}">{check_in}<span class="visually-hidden"> {name}</span></button></td>'
            if checks_out
            else ""
        )
        return (
            f'<tr><th scope="row"><a class="name" href="/clients/{pk}/">{name}</a>'
            f'{marks(row.honorific, row.has_allergy)}</th><td class="muted">{escape(row.number)}</td>'
            f"{phone}{shared(row.badge, row.segment, row.last_visit)}{button}</tr>"
        )

    return mark_safe("\n".join(map(written, rows)))  # noqa: S308  # each text in it is escaped above
