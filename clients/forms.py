"""The client form: new in 30 seconds, the rest where there is time. One form for both."""

import uuid
from datetime import date
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from clients import birthdays, file
from clients.access import visible_clients
from clients.calendars import YearlyDay
from clients.card import PROFILE_LABELS, profile_purposes
from clients.consultants import consultants
from clients.fields import LONGEST_NOTE, FocusedForm, OtherClientField, PhoneField, line, lines
from clients.file import Likeness
from clients.models import Calendar, Client, FileRules
from staff.encryption import Unreadable
from staff.models import User
from staff.names import NameField
from staff.reasons import reason_in
from staff.roles import Can
from staff.templatetags.salon import mask_phone

PLAIN_FIELDS = (
    "name", "honorific", "gender", "wechat_id", "email", "language", "address", "source", "consultant", "note",
    "do_not_contact", "do_not_contact_reason", "guardian_agreed",
)  # fmt: skip
PHONES = ("phone", "second_phone")
EXISTS = _("A file like this exists. Open it, or tick that this is another person.")


class ClientForm(FocusedForm):
    """Everything about a client's own row that this user may enter. `values()` is what file.create and change take.

    The `key` of a new file's form makes sending it twice harmless.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    name = NameField(label=_("Name"), widget=forms.TextInput(attrs={"autocomplete": "off"}))
    phone = PhoneField(label=_("Phone"), required=False)
    second_phone = PhoneField(label=_("Second phone"), required=False)
    remove_phone = forms.BooleanField(label=_("Remove this phone"), required=False)
    remove_second_phone = forms.BooleanField(label=_("Remove this phone"), required=False)
    honorific = line(_("Form of address"), 10, help_text=_("Such as 王姐. It is found by the search, too."))
    gender = forms.ChoiceField(
        label=_("Gender"), choices=Client.Gender.choices, required=False, initial=Client.Gender.UNKNOWN
    )
    wechat_id = line(_("WeChat ID"), 60)
    email = forms.EmailField(
        label=_("E-mail"), required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    language = forms.ChoiceField(
        label=_("Language of messages"),
        choices=User.Language.choices,
        required=False,
        initial=User.Language.CHINESE,
    )
    birthday = line(_("Birthday"), 2 * birthdays.LONGEST_WRITING, help_text=birthdays.HOW_TO)
    birthday_calendar = forms.ChoiceField(
        label=_("Calendar"), choices=Calendar.choices, required=False, initial=Calendar.SOLAR
    )
    guardian_agreed = forms.BooleanField(label=_("A guardian agrees (needed under 14)"), required=False)
    source = forms.ChoiceField(label=_("How the client found us"), choices=Client.Source.choices, required=False)
    referred_by = OtherClientField(
        label=_("Brought by"),
        required=False,
        max_length=80,
        help_text=_("Name, pinyin initials, last four digits or number"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    consultant = forms.ModelChoiceField(
        User.objects.none(), label=_("Consultant"), required=False, empty_label=_("not set")
    )
    address = line(_("Address"), 200)
    occupation = line(PROFILE_LABELS["occupation"], 60)
    interests = line(PROFILE_LABELS["interests"], 200)
    family = lines(PROFILE_LABELS["family"], 500, rows=2)
    spending_background = lines(PROFILE_LABELS["spending_background"], 500, rows=2)
    note = lines(_("Note"), LONGEST_NOTE)
    is_prospect = forms.BooleanField(label=_("Prospect: has not bought anything yet"), required=False)
    do_not_contact = forms.BooleanField(label=_("Do not contact"), required=False)
    do_not_contact_reason = line(_("Why no contact"), 200)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)
    another_person = forms.BooleanField(label=_("This is another person (a family may share a phone)"), required=False)

    def __init__(self, *args: Any, user: User, today: date, client: Client | None = None, **kwargs: Any) -> None:
        self.user, self.today, self.client = user, today, client
        self.likenesses: list[Likeness] = []
        self.unreadable: list[str] = []
        self.will_be_saved = True  # else nobody is looked for: it would tell whose a phone is, and leave no trace
        kwargs["initial"] = initial_of(client, user) if client else {"key": uuid.uuid4()}
        super().__init__(*args, **kwargs)
        self.purposes = profile_purposes(FileRules.load(), user)
        for name in PROFILE_LABELS.keys() - self.purposes.keys():
            del self.fields[name]
        for name, purpose in self.purposes.items():
            self.fields[name].help_text = _("Kept for: %(purpose)s") % {"purpose": purpose}
        self.fields["consultant"].queryset = consultants(client.consultant_id if client else None)  # type: ignore[attr-defined]
        if client is None:
            self.fields["referred_by"].among = visible_clients(user, today)  # type: ignore[attr-defined]
            self.fields["referred_by"].user = user  # type: ignore[attr-defined]
        else:
            del self.fields["key"]
            del self.fields["referred_by"]  # later on it has a page of its own, which knows of visits and circles
            self._keep_what_cannot_be_read(client)
        for name in PHONES:
            self._keep_phone_masked(name)
        if client is None:
            self.fields["name"].widget.attrs["autofocus"] = True

    def _keep_what_cannot_be_read(self, client: Client) -> None:
        """Such a value has an empty box, which keeps what is stored; only another text replaces it."""
        self.unreadable = [name for name in self.fields if isinstance(getattr(client, name, None), Unreadable)]
        for name in self.unreadable:
            self.initial[name] = ""
            self.fields[name].widget.attrs["placeholder"] = getattr(client, name)
            self.fields[name].help_text = _("On file, but it cannot be read. Leave empty to keep it.")

    @property
    def sent_key(self) -> uuid.UUID | None:
        """The key that came with the form; None when it is missing or none."""
        try:
            return uuid.UUID(self.data.get(self.add_prefix("key"), ""))
        except ValueError:
            return None

    def renew_key(self) -> None:
        """Let what is sent next open another file, everything typed kept."""
        sent = cast(QueryDict, self.data).copy()
        sent[self.add_prefix("key")] = str(uuid.uuid4())
        self.data = sent

    def repeats(self, made: Client) -> bool:
        """Whether this is what `made` was opened with."""
        if self.errors.keys() - {"another_person"}:
            return False
        return all(getattr(made, name) == value for name, value in self.values().items())

    def _keep_phone_masked(self, name: str) -> None:
        """A phone on file stays hidden: an empty box keeps it, another number replaces it, a tick removes it."""
        on_file = getattr(self.client, name, "")
        if on_file:
            masked = mask_phone(on_file)
            self.fields[name].widget.attrs["placeholder"] = masked
            self.fields[name].help_text = _("On file: %(phone)s. Leave empty to keep it.") % {"phone": masked}
        else:
            del self.fields[f"remove_{name}"]

    def clean_gender(self) -> str:
        return self.cleaned_data["gender"] or Client.Gender.UNKNOWN

    def clean_language(self) -> str:
        kept = self.client.language if self.client else User.Language.CHINESE
        return self.cleaned_data["language"] or kept

    def clean_version(self) -> int:
        return self.cleaned_data["version"] or 0

    def clean_birthday(self) -> YearlyDay | None:
        calendar = self.data.get(self.add_prefix("birthday_calendar"), "")
        known = calendar if calendar in Calendar.values else Calendar.SOLAR
        return birthdays.read(self.cleaned_data["birthday"], known, self.today)

    @property
    def referrers(self) -> list[Client]:
        """Those to choose from when what was typed for "brought by" means several."""
        return self.fields["referred_by"].found if "referred_by" in self.errors else []  # type: ignore[attr-defined]

    def _take_picked_referrer(self) -> None:
        picked = self.data.get(self.add_prefix("referrer"), "")
        found = next((one for one in self.referrers if str(one.pk) == picked), None)
        if found is not None:
            del self.errors["referred_by"]
            self.cleaned_data["referred_by"] = found

    def clean(self) -> dict[str, Any]:
        self._take_picked_referrer()
        if self.client and self.cleaned_data.get("version") != self.client.version:
            self.will_be_saved = False
        if self.errors.pop("key", None):
            self.add_error(None, _("This form was not complete. Please tap again."))
            self.renew_key()
        if self.cleaned_data.get("referred_by") and not self.cleaned_data.get("source"):
            self.cleaned_data["source"] = Client.Source.REFERRAL
        birthday = self.cleaned_data.get("birthday")
        if birthday and birthdays.needs_guardian(birthday, self.today) and not self.cleaned_data["guardian_agreed"]:
            self.add_error("guardian_agreed", _("Under 14 a guardian must agree."))
        why = reason_in(self.cleaned_data.get("do_not_contact_reason", ""))
        if self.cleaned_data.get("do_not_contact") and not why:
            self.add_error("do_not_contact_reason", _("Say why, so that nobody asks again."))
        if not self.errors and self.will_be_saved:
            self._ask_about_duplicates()
        return self.cleaned_data

    def _ask_about_duplicates(self) -> None:
        """Warn of files that may be the same person. Not a refusal: families share phones."""
        values = self.values()
        known = self.client
        new_phones = tuple(values[name] for name in PHONES if known is None or values[name] != getattr(known, name))
        birthday = self.cleaned_data["birthday"]
        if known is None:  # two forms at once: the second waits, then sees what the first opened
            file.wait_for_others(file.marks_of(values["name"], new_phones, birthday))
        same_as_before = known is not None and known.name == values["name"] and file.birthday_of(known) == birthday
        self.likenesses = file.alike(
            visible_clients(self.user, self.today),
            name="" if same_as_before else values["name"],
            phones=new_phones,
            birthday=birthday,
            except_pk=known.pk if known else None,
        )
        if self.likenesses and not self.cleaned_data["another_person"]:
            self.add_error("another_person", EXISTS)

    def values(self) -> dict[str, Any]:
        """The fields of Client as entered."""
        data = self.cleaned_data
        values: dict[str, Any] = {name: data[name] for name in PLAIN_FIELDS}
        values |= {name: data[name] for name in (*self.purposes, "referred_by") if name in data}
        for name in PHONES:
            removed = data.get(f"remove_{name}", False)
            values[name] = data[name] or ("" if removed else getattr(self.client, name, ""))
        values |= {name: getattr(self.client, name) for name in self.unreadable if not values[name]}
        values |= file.birthday_values(self._birthday_to_keep())
        if data["is_prospect"] or self.client is None or self.client.status == Client.Status.PROSPECT:
            values["status"] = Client.Status.PROSPECT if data["is_prospect"] else Client.Status.ACTIVE
        if not data["do_not_contact"]:
            values["do_not_contact_reason"] = ""
        return values

    def _birthday_to_keep(self) -> YearlyDay | None:
        """As entered; but who may not see the year does not lose it by saving month and day."""
        entered: YearlyDay | None = self.cleaned_data["birthday"]
        on_file = file.birthday_of(self.client) if self.client else None
        if entered is None or on_file is None or entered.year or self.user.can(Can.SEE_BIRTH_YEAR):
            return entered
        if (entered.calendar, entered.month, entered.day) == (on_file.calendar, on_file.month, on_file.day):
            return on_file
        moved = entered._replace(year=on_file.year)
        return moved if moved.began_on() else entered

    def take_version(self, version: int) -> None:
        """Let the next saving of what was typed be on top of this version."""
        self.data = {**self.data.dict(), self.add_prefix("version"): str(version)}  # type: ignore[attr-defined]

    def differences(self, current: Client) -> list[tuple[str, str, str]]:
        """(field, what is on file now, what was entered) wherever the two differ; phones masked."""
        entered = self.values()
        return [
            (_label(field), _shown(field, getattr(current, field), self.user), _shown(field, value, self.user))
            for field, value in entered.items()
            if getattr(current, field) != value
        ]


def initial_of(client: Client, user: User) -> dict[str, Any]:
    """What the form shows of a file: no phone, and the year of birth only to those who may see it."""
    initial: dict[str, Any] = {name: getattr(client, name) for name in (*PLAIN_FIELDS, *PROFILE_LABELS)}
    birthday = file.birthday_of(client)
    if birthday:
        shown = birthday if user.can(Can.SEE_BIRTH_YEAR) else birthday._replace(year=None)
        initial["birthday"] = birthdays.as_written(shown)
    return initial | {
        "birthday_calendar": client.birthday_calendar,
        "is_prospect": client.status == Client.Status.PROSPECT,
        "version": client.version,
    }


def _label(field: str) -> str:
    return str(getattr(Client._meta.get_field(field), "verbose_name", field))


def _shown(field: str, value: Any, user: User) -> str:
    if field in PHONES:
        return mask_phone(value) or "—"
    if field == "birthday_year" and not user.can(Can.SEE_BIRTH_YEAR):
        return "—"
    choices = dict(getattr(Client._meta.get_field(field), "flatchoices", ()))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    return str(choices.get(value, value) if value not in (None, "") else "—")
