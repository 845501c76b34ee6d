"""The small forms of a client file: one for each thing that is noted in the flow of work."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clients import birthdays
from clients.calendars import YearlyDay
from clients.card import channels_of
from clients.fields import FocusedForm, line, lines
from clients.models import Allergy, Calendar, Client, ClientTag, Consent, Enquiry, SkinRecord, Tag
from staff.encryption import Unreadable
from staff.names import visible
from staff.reasons import ReasonField

# A greeting comes every year from the first one on; without a year, the coming day is the first.
NOT_YET = _("This day is still to come. Leave the year out: it is then kept from the next time on.")


class AllergyForm(FocusedForm):
    substance = line(_("Substance"), 80, required=True, help_text=_("As on the label: 果酸, 酒精, PPD."))
    severity = forms.ChoiceField(
        label=_("Severity"), choices=Allergy.Severity.choices, initial=Allergy.Severity.MODERATE
    )
    reaction = line(_("What happened"), 300)

    def clean_substance(self) -> str:
        substance = visible(self.cleaned_data["substance"])
        if not substance:
            raise forms.ValidationError(_("Name the substance."))
        return substance


class WithdrawAllergyForm(FocusedForm):
    reason = ReasonField(
        label=_("Why withdrawn"), max_length=200, help_text=_("Such as: tested negative, entered by mistake.")
    )


class SkinRecordForm(FocusedForm):
    recorded_on = forms.DateField(label=_("Seen on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    skin_type = forms.ChoiceField(label=_("Skin type"), choices=SkinRecord.SkinType.choices, required=False)
    concerns = line(_("Concerns"), 300)
    hair_type = line(_("Hair type"), 100)
    contraindications = lines(_("Contraindications"), rows=2)
    consultation = lines(_("Consultation"))
    care_plan = lines(_("Care plan"))

    LASTING = ("skin_type", "hair_type", "contraindications", "care_plan")

    def __init__(self, *args: Any, today: date, before: SkinRecord | None = None, **kwargs: Any) -> None:
        """`before` is the last record: what lasts is taken over from it, and told so beside the field."""
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["recorded_on"].initial = today
        for name in self.LASTING if before else ():
            value = getattr(before, name)
            if value and not isinstance(value, Unreadable):
                self.initial[name] = value
                told = _("Taken over from %(day)s.") % {"day": f"{before.recorded_on:%Y-%m-%d}"}  # type: ignore[union-attr]
                self.fields[name].help_text = told

    def clean_recorded_on(self) -> date:
        day: date = self.cleaned_data["recorded_on"]
        if day > self.today:
            raise forms.ValidationError(_("This day lies in the future."))
        if day.year < 2000:
            raise forms.ValidationError(_("This day is too long ago."))
        return day

    def clean(self) -> dict[str, Any]:
        if not self.errors and not any(value for name, value in self.cleaned_data.items() if name != "recorded_on"):
            raise forms.ValidationError(_("Fill in at least one field."))
        return self.cleaned_data


class PreferenceForm(FocusedForm):
    text = line(_("Preference"), 60, required=True, help_text=_("One small thing: warm lemon water, no small talk."))

    def clean_text(self) -> str:
        text = visible(self.cleaned_data["text"])
        if not text:
            raise forms.ValidationError(_("Write the preference."))
        return text


class MemorableDayForm(FocusedForm):
    label = line(_("Occasion"), 40, required=True, help_text=_("Such as the wedding day."))
    day = line(_("Day"), 80, required=True, help_text=_("As 2018-05-20, 5-20, or 农历八月十五."))
    calendar = forms.ChoiceField(label=_("Calendar"), choices=Calendar.choices, required=False, initial=Calendar.SOLAR)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_label(self) -> str:
        label = visible(self.cleaned_data["label"])
        if not label:
            raise forms.ValidationError(_("Name the occasion."))
        return label

    def clean_day(self) -> YearlyDay:
        calendar = self.data.get(self.add_prefix("calendar"), "")
        known = calendar if calendar in Calendar.values else Calendar.SOLAR
        try:
            day = birthdays.read(self.cleaned_data["day"], known, self.today)
        except forms.ValidationError as refused:
            raise forms.ValidationError(NOT_YET, code="future") if refused.code == "future" else refused from None
        if day is None:
            raise forms.ValidationError(_("Write the day."))
        return day

    def values(self) -> dict[str, Any]:
        """The fields of MemorableDay."""
        return {"label": self.cleaned_data["label"], **self.cleaned_data["day"]._asdict()}


class TagsForm(FocusedForm):
    tags = forms.TypedMultipleChoiceField(
        label=_("Tags"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, client: Client, **kwargs: Any) -> None:
        mine = ClientTag.objects.filter(client=client, by_rule=False).values_list("tag", flat=True)
        kwargs["initial"] = {"tags": list(mine)}
        super().__init__(*args, **kwargs)
        self.known = list(Tag.objects.filter(is_active=True, rule=Tag.Rule.BY_HAND))
        groups = [
            (group.label, [(tag.pk, tag.name) for tag in self.known if tag.group == group]) for group in Tag.Group
        ]
        self.fields["tags"].choices = [group for group in groups if group[1]]  # type: ignore[attr-defined]

    def chosen(self) -> list[Tag]:
        return [tag for tag in self.known if tag.pk in self.cleaned_data["tags"]]


class EnquiryForm(FocusedForm):
    about = line(_("Asked about"), 80, required=True)
    why_not = line(_("Why not bought"), 200)


class CloseEnquiryForm(FocusedForm):
    status = forms.ChoiceField(
        choices=[(status.value, status.label) for status in (Enquiry.Status.BOUGHT, Enquiry.Status.DROPPED)]
    )


class ConsentForm(FocusedForm):
    """One tap: which purpose and channel, and whether it is now given."""

    purpose = forms.ChoiceField(choices=Consent.Purpose.choices)
    channel = forms.ChoiceField(choices=Consent.Channel.choices, required=False)
    given = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda value: value == "1")
    how = forms.ChoiceField(choices=Consent.How.choices, required=False)

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not self.errors and data["channel"] not in channels_of(Consent.Purpose(data["purpose"])):
            raise forms.ValidationError(_("This consent has no such channel."))
        data["how"] = data.get("how") or Consent.How.SAID
        return data


class FirstConsentsForm(FocusedForm):
    """What a new client may agree to at once; each tick is a consent of its own."""

    told = forms.BooleanField(label=_("Has been told how the salon keeps data, and agrees to a file"), required=False)
    health = forms.BooleanField(label=_("Agrees that allergies and skin records are kept"), required=False)
    marketing_wechat = forms.BooleanField(label=_("Wants greetings and offers by WeChat"), required=False)
    marketing_sms = forms.BooleanField(label=_("Wants greetings and offers by SMS"), required=False)

    def given(self) -> list[tuple[str, str]]:
        """(purpose, channel) of everything ticked."""
        kinds = {
            "told": (Consent.Purpose.FILE, Consent.Channel.NONE),
            "health": (Consent.Purpose.HEALTH, Consent.Channel.NONE),
            "marketing_wechat": (Consent.Purpose.MARKETING, Consent.Channel.WECHAT),
            "marketing_sms": (Consent.Purpose.MARKETING, Consent.Channel.SMS),
        }
        return [kind for name, kind in kinds.items() if self.cleaned_data[name]]
