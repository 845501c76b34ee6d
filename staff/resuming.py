"""The page that shows what somebody typed before the sign-in, field by field, and sends it on when that is wished."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from staff import stamps
from staff.drafts import Draft
from staff.form_names import Named
from staff.models import User

# A header that tells a script to send its form again without htmx: what was typed needs a page of its own.
SEND_WHOLE = "X-Send-Whole"
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What the pages need and nobody types, as long as it looks like it: anything else in there is shown.
TECHNICAL = {
    "key": UUID,
    "form_key": UUID,
    "line": re.compile(r"[0-9]{1,6}"),
    "version": re.compile(r"[0-9T:.+-]{1,40}"),
    "window": re.compile(r"[0-9a-f]{0,16}"),
}


@dataclass(frozen=True)
class Field:
    """One field as a person reads it; `label` is its name in the form where no better one is known."""

    name: str
    label: str
    value: str


def page(request: HttpRequest, draft: Draft, *, told: str = "", status: int = 200) -> HttpResponse:
    """What was typed, for whom is signed in now. Only a proven draft gets the button that sends it.

    `told` says why this page comes, where that is not a sign-in.
    """
    named = Named.of(draft.path)
    fields = list(_fields(draft, named))
    opener = None
    if draft.user != request.user.pk:
        opener = User.objects.filter(pk=draft.user).first() if draft.user else None
    context = {
        "draft": draft,
        "title": named.title,
        "filled": [field for field in fields if field.value],
        "empty": [field.label for field in fields if not field.value],
        "opener": opener,
        "told": told,
    }
    return render(request, "staff/resume.html", context, status=status)


def unreadable(request: HttpRequest) -> HttpResponse | None:
    """400 with what was typed, a □ for each sign that cannot be read, to be copied; None when there is none to show."""
    draft = Draft.of(request, request.get_full_path()) if request.user.is_authenticated else None
    if draft is None:
        return None
    if request.headers.get("HX-Request"):
        return HttpResponse(status=400, headers={SEND_WHOLE: "1"})
    stamps.refuse(request)
    fields = [(_with_boxes(name), _with_boxes(value)) for name, value in draft.fields]
    told = _("The text holds signs that cannot be read; they are shown as □ here.")
    return page(request, replace(draft, fields=fields, is_proven=False), told=told, status=400)


def _with_boxes(text: str) -> str:
    return text.replace("\0", "□").replace("\ufffd", "□")


def _fields(draft: Draft, named: Named) -> Iterator[Field]:
    for name, value in draft.fields:
        technical = TECHNICAL.get(name)
        if technical is None or not technical.fullmatch(value):
            yield Field(name, *named.words(name, value))
