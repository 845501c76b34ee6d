"""The channels in the admin panel: set up, tried out on oneself, switched on."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outreach import channels
from outreach.channel_forms import ChannelForm, NewChannelForm, TryForm, kinds_in_words
from outreach.channels import NotSent, Outgoing, Unclear
from outreach.channels.failures import words_for
from outreach.models import ChannelSetting, MessageTemplate, Way
from outreach.words import FIELD
from staff import audit
from staff.admin_rights import ByRight
from staff.models import AuditEntry, User
from staff.roles import Can


@admin.register(ChannelSetting)
class ChannelSettingAdmin(ByRight):
    """One row a channel. What was sent keeps its channel, so none is deleted: it is switched off."""

    right = looks = Can.MANAGE_STAFF
    list_display = ("way", "is_on", "kinds_shown", "state")
    change_form_template = "admin/outreach/channel.html"
    actions = None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and ChannelSetting.objects.count() < len(channels.PROVIDERS)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return ChannelForm if obj else NewChannelForm

    def get_fieldsets(self, request: HttpRequest, obj: ChannelSetting | None = None) -> list[Any]:
        if obj is None:
            return [(None, {"fields": ("way",)})]
        server = ("host", "port") if obj.way == Way.EMAIL else ("host",)
        return [
            (None, {"fields": ("is_on", "kinds")}),
            (gettext_lazy("Provider"), {"fields": (*server, "account", "secret_new", "sender")}),
        ]

    def response_add(self, request: HttpRequest, obj: ChannelSetting, post_url_continue: Any = None) -> HttpResponse:
        """Straight on to what the provider asks for."""
        return redirect("admin:outreach_channelsetting_change", obj.pk)

    def save_model(self, request: HttpRequest, obj: ChannelSetting, form: Any, change: bool) -> None:
        """A new secret is in the trail, the secret itself is not."""
        super().save_model(request, obj, form, change)
        if form.cleaned_data.get("secret_new"):
            _tell(request, f"channel_secret:{obj.way}")

    @admin.display(description=gettext_lazy("sent by itself"))
    def kinds_shown(self, setting: ChannelSetting) -> str:
        return kinds_in_words(setting)

    @admin.display(description=gettext_lazy("what went wrong"))
    def state(self, setting: ChannelSetting) -> str:
        return words_for(setting.fault) or "—"

    def get_urls(self) -> list[URLPattern]:
        mine = path("<int:pk>/try/", self.admin_site.admin_view(self.try_out), name="outreach_channelsetting_try")
        return [mine, *super().get_urls()]

    def try_out(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send one message to oneself, whether the channel is on or off, and say what the provider said."""
        setting = ChannelSetting.objects.filter(pk=min(pk, 2**63 - 1)).first()
        if not self.has_change_permission(request, setting):
            raise PermissionDenied
        if setting is None:
            raise Http404
        form = TryForm(Way(setting.way), request.POST or None)
        if form.is_valid():
            _tell(request, f"channel_try:{setting.way}")
            _try(request, setting, form.cleaned_data["to"])
            return redirect("admin:outreach_channelsetting_try", pk)
        context = self.admin_site.each_context(request) | {
            "form": form,
            "original": setting,
            "opts": self.opts,
            "title": _("Try it out"),
            "template": _approved() if setting.way == Way.SMS else None,
            "is_sms": setting.way == Way.SMS,
            "back": reverse("admin:outreach_channelsetting_change", args=[pk]),
        }
        return render(request, "admin/outreach/try.html", context)


def _try(request: HttpRequest, setting: ChannelSetting, to: str) -> None:
    try:
        number = channels.send(setting, _sample(setting, to))
    except NotSent as refused:
        messages.error(request, _("It was not sent. %(why)s") % {"why": words_for(refused.reason)})
    except Unclear as unclear:
        messages.warning(request, _("It may have been sent. %(why)s") % {"why": words_for(unclear.reason)})
    else:
        messages.success(request, _("Sent. The provider's number is %(number)s.") % {"number": number or "—"})


def _sample(setting: ChannelSetting, to: str) -> Outgoing:
    """A message that says what it is; for SMS the first approved text, its fields filled with their names."""
    key, body = f"try:{uuid.uuid4()}", _("This message only tries the channel out. You can ignore it.")
    template = _approved() if setting.way == Way.SMS else None
    values = dict.fromkeys(FIELD.findall(template.text), _("try")) if template else {}
    code = template.provider_code if template else ""
    return Outgoing(key=key, to=to, body=body, subject=_("Trying out"), provider_code=code, values=values)


def _approved() -> MessageTemplate | None:
    texts = MessageTemplate.objects.filter(way=Way.SMS, is_active=True)
    return texts.exclude(provider_code="").order_by("pk").first()


def _tell(request: HttpRequest, what: str) -> None:
    by = request.user if isinstance(request.user, User) else None
    audit.record(AuditEntry.Action.CHANGED, by=by, what=what, request=request)
