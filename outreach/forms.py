"""What is typed about a contact: what came of it, to whom it goes, what was answered."""

import uuid
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.fields import FocusedForm
from clients.models import Consent
from outreach.access import who_may_take
from outreach.contacting import ASKED, LONGEST_DELAY
from outreach.models import Contact, Feeling, Kind
from outreach.models.contacts import MARKETING
from outreach.rows import Row
from staff.models import User
from staff.reasons import ReasonField
from staff.roles import Can

LONGEST = 500
BY_ITSELF = 5  # the version of the keys of automatic attempts
IN_THE_SALON = pgettext_lazy("channel", "in the salon")
# Where one begins: greetings are written, calls are made.
SPOKEN_FIRST = frozenset({Kind.FOLLOW_UP, Kind.DORMANT})


class KeyField(forms.UUIDField):
    """The key of a form, drawn by lot: none that could be reckoned out, as those of the outbox's own attempts."""

    def validate(self, value: Any) -> None:
        super().validate(value)
        if isinstance(value, uuid.UUID) and value.version == BY_ITSELF:
            raise ValidationError(_("This form was not complete. Please send it again."))


class TapForm(forms.Form):
    """One tap. `key` makes a double tap count once, `seen` is the last attempt that stood on the screen."""

    key = KeyField()
    seen = forms.IntegerField(required=False)
    outcome = forms.ChoiceField(choices=Contact.Outcome.choices, required=False)
    channel = forms.ChoiceField(choices=Consent.Channel.choices, required=False)


class TakeForm(forms.Form):
    """One tap. `instead_of` is who had it on the screen; empty for nobody."""

    instead_of = forms.IntegerField(required=False)


class RecordForm(FocusedForm):
    """What came of a contact. Which fields count depends on the outcome; the page shows only those."""

    key = KeyField(widget=forms.HiddenInput)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    outcome = forms.ChoiceField(
        label=_("What came of it"), error_messages={"required": _("Say what came of it.")}, widget=forms.RadioSelect
    )
    channel = forms.ChoiceField(label=_("How"), required=False, widget=forms.RadioSelect)
    feeling = forms.ChoiceField(
        label=_("How does the client feel?"), choices=Feeling.choices, required=False, widget=forms.RadioSelect
    )
    satisfaction = forms.TypedChoiceField(
        label=_("How satisfied, from 1 to 5?"),
        choices=[(n, str(n)) for n in range(1, 6)],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    until = forms.DateField(
        label=_("Put off until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date", "class": "form-control"}, format="%Y-%m-%d"),
    )
    withdraw = forms.BooleanField(
        label=_("Wants no more greetings and offers: withdraw the consent"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST, "class": "form-control"}),
    )

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        self.row = row
        usual = self._usual_channel()
        start = {"key": uuid.uuid4(), "seen": row.seen, "channel": usual, "outcome": self._usual_outcome()}
        kwargs["initial"] = start | kwargs.get("initial", {})
        kwargs.setdefault("auto_id", f"contact-{row.pk}-%s")
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(one.value, one.label) for one in row.outcomes]  # type: ignore[attr-defined]
        self.fields["channel"].choices = self.channels  # type: ignore[attr-defined]
        self.fields["until"].widget.attrs |= {
            "min": date.fromordinal(row.today.toordinal() + 1).isoformat(),
            "max": (row.today + LONGEST_DELAY).isoformat(),
        }

    @property
    def channels(self) -> list[tuple[str, Any]]:
        """How it can have happened: greetings and offers only on the channels that the client agreed to."""
        free = self.row.task.kind not in MARKETING
        known = [
            (one.value, one.label) for one in Consent.Channel if one.value and (free or one.value in self.row.agreed)
        ]
        return [*known, ("", IN_THE_SALON)]

    @property
    def asks_how_it_was(self) -> bool:
        return self.row.task.kind in ASKED

    @property
    def may_withdraw(self) -> bool:
        """Whether there is a consent to withdraw, and the user may."""
        return bool(self.row.agreed) and self.row.user.can(Can.RECORD_CONSENT)

    def clean(self) -> dict[str, Any]:
        if wrong := {"key", "seen"} & self.errors.keys():
            for hidden in wrong:
                del self.errors[hidden]
            self._send_next(key=str(uuid.uuid4()), seen=str(self.row.seen))
            self.add_error(None, _("This form was not complete. Please send it again."))
        return self.cleaned_data

    def renew(self, seen: int) -> None:
        """Let what is sent next count as knowing the attempt `seen`, everything typed kept."""
        self._send_next(seen=str(seen))

    def _send_next(self, **hidden: str) -> None:
        """Let the form that is shown hold these, and everything typed."""
        self.data = dict(self.data.items()) | hidden

    def _usual_channel(self) -> str:
        kind, agreed = self.row.task.kind, self.row.agreed
        order = ("phone", "wechat", "sms", "email") if kind in SPOKEN_FIRST else ("wechat", "phone", "sms", "email")
        return next((one for one in order if kind not in MARKETING or one in agreed), "")

    def _usual_outcome(self) -> str:
        if self.row.is_to_mention:
            return Contact.Outcome.MENTIONED
        return self.row.outcomes[0]


class HandOverForm(FocusedForm):
    """To which colleague."""

    to = forms.ModelChoiceField(
        label=_("Colleague"),
        widget=forms.Select(attrs={"class": "form-select"}),
        queryset=User.objects.none(),
        empty_label=_("Choose one"),
        error_messages={"invalid_choice": _("This colleague may not open the client's file.")},
    )
    instead_of = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        kwargs["initial"] = {"instead_of": row.task.assigned_to_id}
        kwargs.setdefault("auto_id", f"contact-{row.pk}-%s")
        super().__init__(*args, **kwargs)
        others = who_may_take(row.task, row.today)
        if row.task.assigned_to_id:
            others = others.exclude(pk=row.task.assigned_to_id)
        self.fields["to"].queryset = others  # type: ignore[attr-defined]


class AnswerForm(FocusedForm):
    """What the salon told or gave a client who was dissatisfied."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    answer = ReasonField(
        label=_("What was answered"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 2, "maxlength": LONGEST, "class": "form-control"}),
        error_messages={"required": _("Write what was answered.")},
    )

    def __init__(self, *args: Any, pk: int, **kwargs: Any) -> None:
        kwargs["initial"] = {"key": uuid.uuid4()}
        kwargs.setdefault("auto_id", f"answer-{pk}-%s")
        super().__init__(*args, **kwargs)
