"""The rows of the client list. Fifty of them by a template took more time than all the rest of the page's writing."""

from collections.abc import Iterable
from functools import cache

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from frontdesk.rows import Row
from staff.models import User
from staff.roles import Can

register = template.Library()

# The cells stand in the order of the heading in `frontdesk/_list_rows.html`, each in both by the same right.
CLIENT = '<th scope="row"><a class="name" href="/clients/{pk}/">{name}</a>{marks}</th><td class="muted">{number}</td>'
HONORIFIC = ' <span class="muted">{}</span>'
ALLERGIES = ' <span class="badge badge-allergy">{}</span>'
PHONE = '<td class="nowrap">{phone}</td>'
MEMBERSHIP = "<td>{}</td><td>{}</td>"
LAST_VISIT = '<td data-label="{}">{}</td>'
CHECK_IN = (
    '<td class="num"><button class="btn btn-sm btn-plain" type="submit" form="check-in" name="client" value="{pk}">'
    '{check_in}<span class="visually-hidden"> {name}</span></button></td>'
)


@register.simple_tag
def client_rows(rows: Iterable[Row], user: User) -> SafeString:
    """A table row for each of `rows`, with the cells that `user` may see. What many rows share is written once."""
    phone = PHONE if user.can(Can.SEE_MASKED_PHONE) else ""
    check_in = CHECK_IN if user.can(Can.CHECK_OUT) else ""
    sees_points = user.can(Can.SEE_POINTS)
    last_visit, words = gettext("Last visit"), {"check_in": format_html("{}", gettext("Check in"))}

    @cache
    def marks(honorific: str, has_allergy: bool) -> SafeString:
        return format_html(
            "{}{}",
            format_html(HONORIFIC, honorific) if honorific else "",
            format_html(ALLERGIES, gettext("Allergies")) if has_allergy else "",
        )

    @cache
    def shared(badge: SafeString, segment: str, day: str) -> SafeString:
        membership = format_html(MEMBERSHIP, badge, segment) if sees_points else ""
        return format_html("{}{}", membership, format_html(LAST_VISIT, last_visit, day))

    return format_html_join(
        "\n",
        f"<tr>{CLIENT}{phone}{{shared}}{check_in}</tr>",
        (
            words
            | {
                "pk": row.pk,
                "name": row.name,
                "marks": marks(row.honorific, row.has_allergy),
                "number": row.number,
                "phone": row.phone,
                "shared": shared(row.badge, row.segment, row.last_visit),
            }
            for row in rows
        ),
    )
