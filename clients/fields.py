"""Form fields that finish their value: what comes out of them is what is stored."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from clients import phones
from clients.guessing import TooManyMisses, counted
from clients.models import Client, ClientQuerySet
from staff.models import User

LONGEST_NOTE = 2000


def line(label: Any, longest: int, *, required: bool = False, **options: Any) -> forms.CharField:
    """One line of text, at most `longest` characters."""
    return forms.CharField(label=label, max_length=longest, required=required, **options)


def lines(label: Any, longest: int = LONGEST_NOTE, *, rows: int = 3, **options: Any) -> forms.CharField:
    """Some lines of text, at most `longest` characters."""
    return forms.CharField(
        label=label, max_length=longest, required=False, widget=forms.Textarea(attrs={"rows": rows}), **options
    )


class FocusedForm(forms.Form):
    """A form that, when something is wrong, puts the cursor into the first field that is."""

    def full_clean(self) -> None:
        super().full_clean()
        self._point_out()

    def add_error(self, field: str | None, error: Any) -> None:
        """Also for what turns out to be wrong only when the form's act is done."""
        super().add_error(field, error)
        self._point_out()

    def _point_out(self) -> None:
        wrong = next((name for name in self.fields if name in self.errors), None)
        if wrong is None:
            return
        for name, field in self.fields.items():
            field.widget.attrs.pop("autofocus", None)
            if name == wrong:
                field.widget.attrs["autofocus"] = True


class PhoneField(forms.CharField):
    """A phone in any way of writing; comes out as E.164."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        return phones.normalise(super().clean(value))


class OtherClientField(forms.CharField):
    """Another client as the search finds her, among the files this user may find; comes out as Client or None.

    When several fit, `found` are those to choose from.
    """

    SHOWN = 8

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.among: ClientQuerySet = Client.objects.none()
        self.user: User | None = None  # who looks
        self.found: list[Client] = []

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            self.found = self.look_up(text)
        except TooManyMisses as refused:
            raise ValidationError(str(refused), code="too_many") from refused
        if not self.found:
            raise ValidationError(_("No client has this number, phone or name."), code="no_client")
        if len(self.found) > 1:
            raise ValidationError(_("Several clients fit. Choose one of them."), code="many")
        return self.found[0]

    def look_up(self, text: str) -> list[Client]:
        """The files that `text` may mean, those touched last in front. Raises TooManyMisses for one phone too many."""
        rows = self.among.matching(text).order_by("-touched_at", "-pk")[: self.SHOWN]
        return list(counted(self.user, text, lambda: list(rows)) if self.user else rows)
