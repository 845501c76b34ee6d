"""Writing a text: what it must be like to be kept."""

import hashlib
import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from outreach.models import Kind, MessageTemplate, Way
from outreach.models.contacts import MARKETING
from outreach.words import LONGEST, check, plain
from staff.models import User

# Rule source: the rules for commercial SMS and mail; the salon may word it itself.
REFUSING = re.compile(r"\{opt_out\}|退订|拒收|unsubscribe|opt.?out|\bSTOP\b", re.IGNORECASE)
REFUSED_BY = (Way.SMS, Way.EMAIL)


class WordsField(forms.CharField):
    """A text with fields; comes out as it is kept. Refuses fields that nobody knows, by name."""

    def to_python(self, value: Any) -> str:
        return plain(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) <= LONGEST:  # what is too long is refused for that
            check(value)


class WordsForm(forms.ModelForm):  # type: ignore[type-arg]
    """One text. `was` is a mark of what stood there when the page was opened, so that nobody's change is lost."""

    subject = WordsField(label=_("Subject"), max_length=100, required=False)
    text = WordsField(label=_("Text"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 12}))
    provider_code = forms.CharField(
        label=_("Approved template's code"),
        max_length=40,
        required=False,
        help_text=_("From the SMS provider, such as SMS_123456. Only approved texts are sent."),
    )
    is_active = forms.BooleanField(label=_("In use"), required=False)
    was = forms.CharField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = MessageTemplate
        fields = ("subject", "text", "provider_code", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = self.instance.text
        self.mark = mark_of(self.instance) if self.instance.pk else ""
        self.initial["was"] = self.mark
        if self.instance.way != Way.EMAIL:
            del self.fields["subject"]
        if self.instance.way != Way.SMS:
            del self.fields["provider_code"]

    @property
    def must_say_how_to_refuse(self) -> bool:
        return self.instance.kind in MARKETING and self.instance.way in REFUSED_BY

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        if self.must_say_how_to_refuse and not REFUSING.search(text):
            raise ValidationError(_("Say how to refuse such messages: put {opt_out} at the end."), code="opt_out")
        return text

    def clean(self) -> dict[str, Any]:
        if self.mark != self.cleaned_data.get("was") and self.cleaned_data.get("text") != self.kept:
            self.data = {**self.data.dict(), "was": self.mark}  # type: ignore[attr-defined]  # a QueryDict
            told = _("Somebody has changed this text meanwhile. Now it is: %(text)s — save again to put yours there.")
            self.add_error("text", ValidationError(told, params={"text": self.kept}, code="changed"))
        return self.cleaned_data


class NewWordsForm(forms.Form):
    """For which kind, way and language a text is to be written."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    way = forms.ChoiceField(label=_("Way"), choices=Way.choices)
    language = forms.ChoiceField(label=_("Language of messages"), choices=User.Language.choices)


def mark_of(template: MessageTemplate) -> str:
    """A short mark that changes with the text."""
    whole = f"{template.subject}\n{template.text}\n{template.provider_code}\n{template.is_active}"
    return hashlib.sha256(whole.encode("utf-8", "replace")).hexdigest()[:16]
