"""How a page and the fields of its forms are called, for when what was typed there is shown without the page."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpResponse
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.text import capfirst

NUMBERED = re.compile(r"(.+)-(\d+)")
AnyForm = type[forms.Form] | type[forms.ModelForm[Any]]
T_View = TypeVar("T_View", bound=Callable[..., HttpResponse])


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
