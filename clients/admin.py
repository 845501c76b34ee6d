"""The admin panel for client files: identity is corrected here, health data is not shown at all."""

from http import HTTPStatus
from typing import Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clients import file, tagging
from clients.guessing import counted, whole_numbers
from clients.models import Client, FileRules, PrivacyNotice, SkinRecord, Tag
from clients.opening import note_opening
from staff.admin_rights import ByRight, OneRow
from staff.names import clean_name
from staff.roles import Can, StaffRequest
from staff.templatetags.salon import mask_phone


class ClientCorrection(forms.ModelForm):  # type: ignore[type-arg]
    """Correcting a file by hand; phones are changed on the client's own page, where duplicates are shown."""

    opened_version = forms.IntegerField(widget=forms.HiddenInput, label="")

    class Meta:
        model = Client
        fields = (
            "name",
            "honorific",
            "gender",
            "source",
            "consultant",
            "status",
            "do_not_contact",
            "do_not_contact_reason",
            "note",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["opened_version"].initial = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuse what was typed over an older state of the file; the row stays locked until it is saved."""
        current = Client.objects.select_for_update().get(pk=self.instance.pk)
        if self.cleaned_data.get("opened_version") != current.version:
            by, at = file.last_change(current)
            words = {"name": by, "time": timezone.localtime(at).strftime("%H:%M")}
            raise forms.ValidationError(
                _("%(name)s changed this client at %(time)s. Open this page again, then enter your change."),
                params=words,
            )
        return self.cleaned_data

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_status(self) -> str:
        status: str = self.cleaned_data["status"]
        closed = {Client.Status.MERGED, Client.Status.ERASED}
        if status != self.instance.status and (status in closed or self.instance.status in closed):
            raise forms.ValidationError(_("Files are merged and erased on their own pages, not here."))
        return status


@admin.register(Client)
class ClientAdmin(ByRight):
    right = Can.EDIT_CLIENT
    may_add = False  # a new file is opened on its own page, where duplicates are shown
    actions = None
    form = ClientCorrection
    list_display = ("number", "name", "gender", "masked_phone", "consultant", "status", "touched_at")
    list_filter = ("status", "source", "gender")
    list_select_related = ("consultant",)
    search_fields = ("name",)  # what makes the box appear; get_search_results looks up as everywhere
    search_help_text = _("Name, pinyin, initials, phone, its last four digits, or client number.")
    show_full_result_count = False
    list_per_page = 50
    ordering = ("-id",)
    readonly_fields = ("number", "masked_phone", "created_at", "touched_at")
    fields = ("number", *ClientCorrection.Meta.fields, "masked_phone", "created_at", "touched_at", "opened_version")

    @admin.display(description=_("phone"))
    def masked_phone(self, client: Client) -> str:
        return mask_phone(client.phone)

    @admin.display(description=_("number"), ordering="id")
    def number(self, client: Client) -> str:
        return client.number

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        if not search_term.strip():
            return queryset, False
        found = queryset.matching(search_term)
        if whole_numbers(search_term):
            counted(cast(StaffRequest, request).user, search_term, lambda: list(found[:1]), request)
        return found, False

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        """Through the same door as everywhere: only what changed is written, and the search keys follow."""
        before = Client.objects.get(pk=obj.pk)
        values = {field: getattr(obj, field) for field in form.changed_data if field != "opened_version"}
        file.change(before, values, version=form.cleaned_data["opened_version"], at=timezone.now())

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Who reads a file here stands in the trail as on every other page."""
        answer: HttpResponse = super().change_view(request, object_id, *args, **kwargs)
        if request.method == "GET" and answer.status_code == HTTPStatus.OK:
            note_opening(cast(StaffRequest, request), int(object_id))
        return answer


@admin.register(Tag)
class TagAdmin(ByRight):
    right = Can.MANAGE_CATALOGUE
    list_display = ("name", "group", "rule", "wanted", "is_active")
    list_filter = ("group", "is_active")

    @admin.display(description=_("value of the rule"), ordering="rule_value")
    def wanted(self, tag: Tag) -> str:
        """The value in words where the rule compares with one of a list."""
        words: dict[str, Any] = {}
        if tag.rule == Tag.Rule.SOURCE:
            words = dict(Client.Source.choices)
        elif tag.rule == Tag.Rule.SKIN_TYPE:
            words = dict(SkinRecord.SkinType.choices)
        return str(words.get(tag.rule_value, tag.rule_value))

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        tagging.apply_rules(only=obj)


@admin.register(FileRules)
class FileRulesAdmin(OneRow):
    right = Can.MANAGE_CATALOGUE
    fieldsets: ClassVar[Any] = (
        (None, {"fields": ("stale_months", "leap_day", "reveals_per_hour")}),
        (
            _("Optional fields: off unless there is a purpose"),
            {"fields": ("occupation_purpose", "interests_purpose", "family_purpose", "background_purpose")},
        ),
    )


@admin.register(PrivacyNotice)
class PrivacyNoticeAdmin(ByRight):
    """A notice that somebody consented to is never changed: a new text is a new version."""

    right = Can.MANAGE_CATALOGUE
    list_display = ("version", "in_force_from")
    actions = None

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        in_use = obj is not None and obj.consent_set.exists()
        return super().has_change_permission(request, obj) and not in_use
