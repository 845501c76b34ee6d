"""What the admin enters for a channel. The secret goes in and never comes out."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from clients.phones import normalise
from outreach.channels import NotSent, web
from outreach.models import ChannelSetting, Kind, Way
from outreach.queueing import kinds_for
from staff.listed import listed

# What the four fields are for each channel: label and what to enter.
FIELDS: dict[str, dict[str, tuple[Any, Any]]] = {
    Way.SMS: {
        "host": (_("server"), _("Empty: dysmsapi.aliyuncs.com")),
        "account": (_("AccessKey ID"), _("Of a RAM user that may send SMS and nothing else.")),
        "secret_new": (_("AccessKey secret"), ""),
        "sender": (_("signature"), _("As approved at Alibaba Cloud, without the brackets.")),
    },
    Way.EMAIL: {
        "host": (_("mail server"), _("Such as smtp.exmail.qq.com.")),
        "account": (_("account"), _("Mostly the whole e-mail address.")),
        "secret_new": (_("password"), _("Many providers give a password of its own for programs.")),
        "sender": (_("sent from"), _("Such as: Salon name &lt;hello@salon.cn&gt;")),
    },
    Way.WECOM: {
        "host": (_("server"), _("Empty: qyapi.weixin.qq.com")),
        "account": (_("company's ID"), _("In the WeCom admin console, at the bottom of “My company”.")),
        "secret_new": (_("secret of the application"), ""),
        "sender": (_("number of the application"), _("AgentId, digits only.")),
    },
}
NEEDED = {
    Way.SMS: ("account", "sender"),
    Way.EMAIL: ("host", "sender"),
    Way.WECOM: ("account", "sender"),
}
LARGEST_PORT = 65_535


SPECIAL = frozenset("()<>[]:;@,.")  # of a name in a mail's header: RFC 5322


class ChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """One channel. Switched on it needs all that its provider asks for; off it may be half filled in."""

    kinds = forms.MultipleChoiceField(
        label=_("sent by itself"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Greetings and offers go only to who agreed to this channel. Everything else stays on the list."),
    )
    secret_new = forms.CharField(
        label=_("secret"),
        required=False,
        strip=True,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = ChannelSetting
        fields = ("is_on", "kinds", "host", "port", "account", "sender")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.fields:  # for who only looks
            return
        way = Way(self.instance.way)
        self._kinds().choices = [(kind.value, kind.label) for kind in kinds_for(way)]
        for name, (label, hint) in FIELDS[way].items():
            self.fields[name].label, self.fields[name].help_text = label, hint
        if self.instance.secret:
            self.fields["secret_new"].help_text = _("One is kept. Empty: it stays as it is.")
        if way != Way.EMAIL:
            del self.fields["port"]
        else:
            self.fields["port"].help_text = _("465 or 587; empty: 587. The connection is always encrypted.")

    def _kinds(self) -> forms.MultipleChoiceField:
        field = self.fields["kinds"]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101
        return field

    def clean_host(self) -> str:
        host: str = self.cleaned_data["host"].strip()
        if host and self.instance.way != Way.EMAIL:
            try:
                web.server(host)
            except NotSent:
                raise ValidationError(_("A server's name, such as api.example.com, and always encrypted.")) from None
        elif any(sign in host for sign in "/ @\t"):
            raise ValidationError(_("A server's name only, such as smtp.example.com."))
        return host

    def clean_port(self) -> int | None:
        port: int | None = self.cleaned_data["port"]
        if port is not None and not 0 < port <= LARGEST_PORT:
            raise ValidationError(_("A port is a number from 1 to 65535."))
        return port

    def clean_sender(self) -> str:
        sender: str = self.cleaned_data["sender"].strip()
        if sender and self.instance.way == Way.WECOM and not (sender.isascii() and sender.isdigit()):
            raise ValidationError(_("The number of the application has digits only."))
        if sender and self.instance.way == Way.EMAIL:
            return _mail_sender(sender)
        return sender.strip("【】[]") if self.instance.way == Way.SMS else sender

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("is_on"):
            return cleaned
        for name in NEEDED[Way(self.instance.way)]:
            if name in cleaned and not cleaned[name]:
                self.add_error(name, _("Needed before the channel is switched on."))
        if not self.instance.secret and not cleaned.get("secret_new") and self.instance.way != Way.EMAIL:
            self.add_error("secret_new", _("Needed before the channel is switched on."))
        return cleaned

    def save(self, commit: bool = True) -> ChannelSetting:
        if self.cleaned_data["secret_new"]:
            self.instance.secret = self.cleaned_data["secret_new"]
        # Whatever was at fault, the new settings are tried at once.
        self.instance.resting_until, self.instance.faults, self.instance.fault = None, 0, ""
        saved: ChannelSetting = super().save(commit)
        return saved


class NewChannelForm(forms.ModelForm):  # type: ignore[type-arg]
    """Which channel; the rest is asked for next."""

    class Meta:
        model = ChannelSetting
        fields = ("way",)


class TryForm(forms.Form):
    """Where a message goes that only tries the channel out."""

    to = forms.CharField(max_length=200)

    def __init__(self, way: Way, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way = way
        self.fields["to"].label = {
            Way.SMS: _("your own mobile number"),
            Way.EMAIL: _("your own e-mail address"),
            Way.WECOM: _("your own account in WeCom"),
        }[way]

    def clean_to(self) -> str:
        to: str = self.cleaned_data["to"].strip()
        if self.way == Way.SMS:
            return normalise(to)
        if self.way == Way.EMAIL:
            validate_email(to)
        return to


def kinds_in_words(setting: ChannelSetting) -> str:
    """The kinds that a channel sends by itself, as people call them."""
    return listed(Kind(kind).label for kind in setting.kinds if kind in set(Kind)) or "—"


def _mail_sender(written: str) -> str:
    """花间 <a@b.cn>, with the name in quotes where a comma in it would end the address. Raises ValidationError."""
    name, _bracket, address = written.rpartition("<")
    address = address.removesuffix(">").strip()
    validate_email(address)
    name = " ".join(name.replace("\\", "").replace('"', "").split())
    quoted = f'"{name}"' if SPECIAL & set(name) else name
    return f"{quoted} <{address}>" if name else address
