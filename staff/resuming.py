"""The page that shows what somebody typed before the sign-in, field by field, and sends it on when that is wished."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, ResolverMatch, resolve
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff import stamps
from staff.drafts import Draft
from staff.models import User

# A header that tells a script to send its form again without htmx: what was typed needs a page of its own.
SEND_WHOLE = "X-Send-Whole"
# Pages that are not left to their address alone: upper floors are named here but never imported.
TITLES = {
    "clients:edit": gettext_lazy("Edit client"),
    "clients:new": gettext_lazy("New client"),
    "loyalty:adjust": gettext_lazy("Adjust points"),
    "loyalty:checkout": gettext_lazy("Checkout"),
    "loyalty:checkout_new": gettext_lazy("Checkout"),
    "loyalty:redeem": gettext_lazy("Redeem points"),
    "loyalty:redemption_cancel": gettext_lazy("Cancel the redemption"),
    "loyalty:refund": gettext_lazy("Refund"),
    "loyalty:set_referrer": gettext_lazy("Who brought this client?"),
    "loyalty:set_tier": gettext_lazy("Set the tier"),
    "loyalty:undo_perk": gettext_lazy("Take the use of a perk back"),
    "loyalty:void": gettext_lazy("Void"),
    "loyalty:voucher_new": gettext_lazy("Give a voucher"),
    "loyalty:voucher_withdraw": gettext_lazy("Withdraw a voucher"),
    "staff:deactivate": gettext_lazy("Deactivate"),
    "staff:me": gettext_lazy("My account"),
}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# What the pages need and nobody types, as long as it looks like it: anything else in there is shown.
TECHNICAL = {
    "key": UUID,
    "form_key": UUID,
    "line": re.compile(r"[0-9]{1,6}"),
    "version": re.compile(r"[0-9T:.+-]{1,40}"),
    "window": re.compile(r"[0-9a-f]{0,16}"),
}
NUMBERED = re.compile(r"(.+)-(\d+)")
Words = Callable[[str, str], tuple[str, str]]


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
    match = _match(draft.path)
    fields = list(_fields(draft, match))
    opener = None
    if draft.user != request.user.pk:
        opener = User.objects.filter(pk=draft.user).first() if draft.user else None
    context = {
        "draft": draft,
        "title": _title(match),
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


def _fields(draft: Draft, match: ResolverMatch | None) -> Iterator[Field]:
    words = _words(match)
    for name, value in draft.fields:
        technical = TECHNICAL.get(name)
        if technical is None or not technical.fullmatch(value):
            yield Field(name, *words(name, value))


def _match(path: str) -> ResolverMatch | None:
    try:
        return resolve(path.partition("?")[0])
    except Resolver404:
        return None


def _title(match: ResolverMatch | None) -> str:
    if match is None:
        return ""
    admin = getattr(match.func, "model_admin", None)
    return capfirst(admin.opts.verbose_name) if admin else str(TITLES.get(match.view_name, ""))


def _words(match: ResolverMatch | None) -> Words:
    """How a field and its value are called on the page: by the forms that its view uses, or by its model."""
    view: Any = getattr(match, "func", None)
    model = getattr(getattr(view, "model_admin", None), "model", None)
    while hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    known: Mapping[str, Any] = getattr(view, "__globals__", {})
    used = getattr(getattr(view, "__code__", None), "co_names", ())
    # Those that the view itself names come first: another form of its module may call the same field differently.
    found = [known[name] for name in sorted(known, key=lambda name: name not in used) if _is_form(known[name])]
    labels = known.get("FIELD_LABELS", {})

    def words(name: str, value: str) -> tuple[str, str]:
        for form in found:
            if field := form.base_fields.get(name):
                return str(field.label or capfirst(name)), _choice(field, value)
        numbered = NUMBERED.fullmatch(name)
        base, number = numbered.groups() if numbered else (name, "")
        if name in labels or base in labels:
            return (str(labels[name]) if name in labels else f"{labels[base]} {number}"), value
        return _model_label(model, name), value

    return words


def _is_form(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, forms.BaseForm) and hasattr(thing, "base_fields")


def _choice(field: forms.Field, value: str) -> str:
    """The words of a choice; any other value as it is."""
    if not isinstance(field, forms.ChoiceField) or isinstance(field, forms.ModelChoiceField):
        return value
    choices: Any = field.choices
    return next((str(label) for key, label in choices if str(key) == value), value)


def _model_label(model: Any, name: str) -> str:
    try:
        return capfirst(str(model._meta.get_field(name).verbose_name)) if model else name
    except (FieldDoesNotExist, AttributeError):
        return name
