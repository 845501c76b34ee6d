"""The page that shows what somebody typed before the sign-in, field by field, and sends it on when that is wished."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from staff import stamps
from staff.drafts import Draft
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
NUMBERED = re.compile(r"(.+)-(\d+)")
AnyForm = type[forms.Form] | type[forms.ModelForm[Any]]
T_View = TypeVar("T_View", bound=Callable[..., HttpResponse])


@dataclass(frozen=True)
class Field:
    """One field as a person reads it; `label` is its name in the form where no better one is known."""

    name: str
    label: str
    value: str


@dataclass(frozen=True)
class Named:
    """How a page and the fields that it is sent are called; `labels` are those of fields that stand in no form."""

    title: str | Promise = ""
    forms: tuple[AnyForm, ...] = ()
    labels: Mapping[str, str | Promise] = field(default_factory=dict)
    model: type[Model] | None = None

    @classmethod
    def of(cls, path: str) -> "Named":
        """What the view behind `path` says of itself; of the admin panel's pages the model says it."""
        try:
            view = resolve(path.partition("?")[0]).func
        except Resolver404:
            return cls()
        if admin := getattr(view, "model_admin", None):
            return cls(title=capfirst(admin.opts.verbose_name), model=admin.model)
        named: Named = getattr(view, "resumed_as", cls())
        return named

    def words(self, name: str, value: str) -> tuple[str, str]:
        """The label of a field and the words of its value; as they were sent where nothing better is known."""
        for form in self.forms:
            if known := form.base_fields.get(name):
                return str(known.label or capfirst(name)), _choice(known, value)
        numbered = NUMBERED.fullmatch(name)
        base, number = numbered.groups() if numbered else (name, "")
        if name in self.labels:
            return str(self.labels[name]), value
        if base in self.labels:
            return f"{self.labels[base]} {number}", value
        return _model_label(self.model, name), value


def resumable(
    title: str | Promise, *of: AnyForm, labels: Mapping[str, str | Promise] | None = None
) -> Callable[[T_View], T_View]:
    """A view says what its page is called, and which forms it takes, for when what was typed there is shown again."""

    def name(view: T_View) -> T_View:
        view.resumed_as = Named(title, of, labels or {})  # type: ignore[attr-defined]
        return view

    return name


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
