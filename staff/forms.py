"""The forms of the staff floor: signing in, one's own account, the salon's first day."""

import re
import unicodedata
import zoneinfo
from datetime import date, time
from typing import Any, ClassVar

from django import forms
from django.contrib.auth.forms import PasswordChangeForm as StockPasswordChangeForm
from django.contrib.auth.forms import UsernameField
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from staff import pins
from staff.models import Salon, User
from staff.names import NameField, passes_for_another

# The same words for a wrong name, a wrong password and a locked name: they must not tell which names exist.
REFUSED = _("Wrong account or password. Repeated mistakes lock it for a while.")
PIN_REFUSED = _("Wrong PIN or password. Repeated mistakes lock it for a while.")
PASSWORD_RULE = _("At least 8 characters; not digits only, not a common password, nothing like your name.")
PIN_RULE = re.compile(r"[0-9]{4,6}")
EASY_PINS = {"0123", "1234", "12345", "123456", "4321", "54321", "654321"}
NEARBY = (
    ("Asia/Shanghai", _("Beijing time (mainland China)")),
    ("Asia/Hong_Kong", _("Hong Kong")),
    ("Asia/Macau", _("Macau")),
    ("Asia/Taipei", _("Taipei")),
    ("Asia/Singapore", _("Singapore")),
    ("Asia/Urumqi", _("Urumqi")),
)
DATE_WRITING = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")


class SignInForm(forms.Form):
    """Name and password. What is wrong is said by the view, in the same words whatever it is."""

    username = UsernameField(
        label=_("account to sign in with"),
        max_length=User._meta.get_field("username").max_length,  # the lock has no room for more, and nobody has more
        error_messages={"max_length": REFUSED},
        widget=forms.TextInput(attrs={"autofocus": True, "autocapitalize": "none", "autocomplete": "username"}),
    )
    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SwitchForm(forms.Form):
    """The PIN of `who`, or the password where this browser does not know them by password or they have no PIN."""

    # Called password whichever it is: a form with that name in it is never kept as a draft.
    password = forms.CharField(strip=False, max_length=200, label=_("Password"))

    def __init__(self, who: User, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_pin = bool(who.pin) and pins.is_trusted(request, who)
        attrs = {"autofocus": True, "autocomplete": "current-password"}
        if self.by_pin:
            attrs |= {"autocomplete": "off"}
            self.fields["password"].label = _("PIN or password")
        self.fields["password"].widget = forms.PasswordInput(attrs=attrs)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data.get("password", "")
        if self.by_pin and PIN_RULE.fullmatch(narrow := unicodedata.normalize("NFKC", given)):
            given = self.cleaned_data["password"] = narrow  # typed with a Chinese input method
        self.is_pin = self.by_pin and bool(PIN_RULE.fullmatch(given))
        return self.cleaned_data


class ProfileForm(forms.ModelForm[User]):
    """One's own name and language. The name stands in the trail, so it may not be another's."""

    class Meta:
        model = User
        fields = ("display_name", "language")
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {"display_name": NameField}

    def clean_display_name(self) -> str:
        name: str = self.cleaned_data["display_name"]
        if name != self.instance.display_name and passes_for_another(name, self.instance):
            raise ValidationError(_("This is the name or the role of somebody else here."))
        return name


class PasswordChangeForm(StockPasswordChangeForm):  # type: ignore[type-arg]
    """The present password, then a new one that is neither common nor short."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        del self.fields["old_password"].widget.attrs["autofocus"]
        self.fields["new_password1"].help_text = PASSWORD_RULE
        self.fields["new_password2"].label = _("password once more")
        self.fields["new_password2"].help_text = ""

    def save(self, commit: bool = True) -> User:
        user: User = super().save(commit=False)
        user.must_change_password = False
        user.save(update_fields=["password", "must_change_password"])
        return user


class PinForm(forms.Form):
    """A PIN for quick switching. Asks for the password: somebody else may stand at an open page."""

    pin = forms.CharField(
        label=_("New PIN (4–6 digits; empty takes it away)"),
        required=False,
        max_length=6,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "id": "id_pin_password"}),
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_pin(self) -> str:
        pin = unicodedata.normalize("NFKC", self.cleaned_data["pin"])
        if pin and not PIN_RULE.fullmatch(pin):
            raise ValidationError(_("A PIN has 4 to 6 digits."))
        if pin and (len(set(pin)) == 1 or pin in EASY_PINS):
            raise ValidationError(_("This PIN is too easy to guess."))
        return pin

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise ValidationError(_("This is not your password."))
        return password


def zones() -> list[tuple[Any, Any]]:
    """All time zones: those of Chinese-speaking places first and by name, the others in a group of their own."""
    others = sorted(zoneinfo.available_timezones() - {name for name, _label in NEARBY})
    return [*NEARBY, (_("Other time zones"), [(name, name) for name in others if "/" in name])]


class OpeningHoursForm(forms.Form):
    """Hours per weekday and single closed days, as fields that a person can fill in. Kept in Salon as JSON."""

    closed_days = forms.CharField(
        label=_("Closed days"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "2027-02-06, 2027-02-07"}),
        help_text=_("Holidays on which the salon is closed, such as 2027-02-06; several with commas or on lines."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        salon = getattr(self, "instance", None) or Salon()
        self.initial["closed_days"] = "\n".join(salon.closed_days)
        for day, name in WEEKDAYS.items():
            hours = salon.hours.get(str(day))
            self.fields[f"open_{day}"] = forms.BooleanField(label=name, required=False, initial=bool(hours))
            for word, label, usual in (("from", _("opens"), "10:00"), ("to", _("closes"), "21:00")):
                given = hours[word == "to"] if hours else usual
                self.fields[f"{word}_{day}"] = forms.TimeField(
                    label=label,
                    required=False,
                    initial=time.fromisoformat(given),
                    widget=forms.TimeInput(
                        format="%H:%M", attrs={"type": "time", "aria-label": f"{name} {label}", "class": "form-control"}
                    ),
                )

    def days(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        """For the template: per weekday whether open, from, to."""
        return [(self[f"open_{day}"], self[f"from_{day}"], self[f"to_{day}"]) for day in WEEKDAYS]

    def clean_closed_days(self) -> list[str]:
        days = set()
        for word in re.split(r"[\s,，、;；]+", self.cleaned_data["closed_days"].strip()):
            if word:
                days.add(_day(word))
        return sorted(days)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        hours = {}
        for day in WEEKDAYS:
            opens, closes = data.get(f"from_{day}"), data.get(f"to_{day}")
            if not data.get(f"open_{day}") or f"from_{day}" in self.errors or f"to_{day}" in self.errors:
                continue
            if not opens or not closes or opens >= closes:
                self.add_error(f"to_{day}", _("Give an opening time and a later closing time."))
            else:
                hours[str(day)] = [f"{opens:%H:%M}", f"{closes:%H:%M}"]
        data["hours"] = hours
        return data


def _day(written: str) -> str:
    """The ISO date of a day in one of the usual writings. Raises ValidationError naming it."""
    found = DATE_WRITING.fullmatch(written)
    try:
        if found:
            return date(*map(int, found.groups())).isoformat()
    except ValueError:
        pass
    raise ValidationError(_("“%(day)s” is not a date such as 2027-02-06."), params={"day": written[:20]})


class SalonForm(OpeningHoursForm, forms.ModelForm[Salon]):  # type: ignore[misc]
    """The salon's settings, in the admin."""

    time_zone = forms.ChoiceField(label=_("time zone"), choices=zones)
    idle_minutes = forms.IntegerField(
        label=_("sign out after idle minutes"),
        min_value=1,
        max_value=720,
        help_text=_("A page that nobody touched for so long is locked."),
    )

    class Meta:
        model = Salon
        fields = ("name", "phone", "address", "time_zone", "idle_minutes")

    def save(self, commit: bool = True) -> Salon:
        self.instance.hours = self.cleaned_data["hours"]
        self.instance.closed_days = self.cleaned_data["closed_days"]
        saved: Salon = super().save(commit)
        return saved


class SetupForm(OpeningHoursForm):
    """The first page of a new salon: the owner's account, the salon's name, clock and hours."""

    salon_name = forms.CharField(label=_("name of the salon"), max_length=60)
    time_zone = forms.ChoiceField(label=_("time zone"), choices=zones, initial="Asia/Shanghai")
    display_name = NameField(label=_("your name"), max_length=40)
    username = UsernameField(
        label=_("account to sign in with"),
        max_length=150,
        validators=User._meta.get_field("username").validators,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "username"}),
        help_text=_("Letters, digits or Chinese characters."),
    )
    password = forms.CharField(
        label=_("password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=PASSWORD_RULE,
    )
    password_again = forms.CharField(
        label=_("password once more"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        password, again = data.get("password"), data.get("password_again")
        if password and again and password != again:
            self.add_error("password_again", _("The two passwords differ."))
        elif password:
            owner = User(username=data.get("username", ""), display_name=data.get("display_name", ""))
            try:
                validate_password(password, owner)
            except ValidationError as weak:
                self.add_error("password", weak)
        return data
