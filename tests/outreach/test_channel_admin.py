"""The channels in the admin panel: the secret goes in and never comes out, and one tries them out on oneself."""

import re
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from outreach import channels
from outreach.channels import NotSent, Outgoing, Unclear
from outreach.models import ChannelSetting, Kind, Way
from staff.models import AuditEntry
from staff.roles import Role
from tests.access.world import session_of
from tests.outreach.posting import Gateway, switch_on
from tests.staff.cast import staff

pytestmark = pytest.mark.django_db
SECRET = "geheim-7714"
RIGHT: dict[Way, dict[str, object]] = {
    Way.SMS: {"account": "LTAI5t", "secret_new": SECRET, "sender": "【花间】", "kinds": ["birthday"]},
    Way.EMAIL: {"host": "smtp.exmail.qq.com", "port": "465", "account": "a@b.cn", "secret_new": SECRET,
                "sender": "花间 <a@b.cn>", "kinds": ["birthday"]},
    Way.WECOM: {"account": "ww1", "secret_new": SECRET, "sender": "1000002", "kinds": ["follow_up"]},
}  # fmt: skip


@pytest.fixture
def panel() -> Browser:
    panel = Browser()
    panel.cookies["sessionid"] = session_of(staff(Role.ADMIN))
    return panel


def change(setting: ChannelSetting) -> str:
    return reverse("admin:outreach_channelsetting_change", args=[setting.pk])


def errors(panel: Browser, way: Way, **fields: object) -> dict[str, str]:
    """What is wrong at each field, or nothing when it was saved."""
    setting = ChannelSetting.objects.get_or_create(way=way)[0]
    answer: Any = panel.post(change(setting), RIGHT[way] | {"is_on": "on"} | fields)
    if answer.status_code == 302:
        return {}
    return {name: str(told[0]) for name, told in answer.context["adminform"].form.errors.items()}


def test_it_works(panel: Browser) -> None:
    answer = panel.post(reverse("admin:outreach_channelsetting_add"), {"way": "sms"})
    setting = ChannelSetting.objects.get()
    assert answer["Location"] == change(setting)

    assert errors(panel, Way.SMS) == {}

    setting.refresh_from_db()
    assert (setting.is_on, setting.kinds, setting.sender) == (True, ["birthday"], "花间")
    assert setting.secret == SECRET


def test_the_secret_never_comes_out(panel: Browser) -> None:
    errors(panel, Way.SMS)
    setting = ChannelSetting.objects.get()
    pages = [change(setting), reverse("admin:outreach_channelsetting_changelist"), change(setting) + "../history/"]
    pages += [reverse("admin:outreach_channelsetting_try", args=[setting.pk]), "/messages/", "/audit/"]

    assert [page for page in pages if SECRET in panel.get(page).content.decode()] == []
    refused: Any = panel.post(change(setting), RIGHT[Way.SMS] | {"is_on": "on", "account": ""})
    assert SECRET not in refused.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM outreach_channelsetting")
        assert SECRET not in cursor.fetchone()[0]
    assert SECRET not in str(list(AuditEntry.objects.values()))


def test_empty_keeps_the_secret_and_a_new_one_is_in_the_trail(panel: Browser) -> None:
    errors(panel, Way.SMS)
    errors(panel, Way.SMS, secret_new="", account="LTAI6")

    setting = ChannelSetting.objects.get()
    assert (setting.secret, setting.account) == (SECRET, "LTAI6")
    assert AuditEntry.objects.filter(what="channel_secret:sms").count() == 1


def test_the_hint_shows_the_whole_address(panel: Browser) -> None:
    setting = ChannelSetting.objects.create(way=Way.EMAIL)

    assert "&lt;hello@salon.cn&gt;" in panel.get(change(setting)).content.decode()


@pytest.mark.parametrize("way", list(RIGHT))
def test_each_channel_as_it_should_be(panel: Browser, way: Way) -> None:
    assert errors(panel, way) == {}


@pytest.mark.parametrize(
    ("way", "fields", "at"),
    [
        (Way.SMS, {"account": ""}, "account"),
        (Way.SMS, {"secret_new": ""}, "secret_new"),
        (Way.SMS, {"sender": ""}, "sender"),
        (Way.SMS, {"host": "http://dysmsapi.aliyuncs.com"}, "host"),
        (Way.SMS, {"host": "https://dysmsapi.aliyuncs.com/x?y"}, "host"),
        (Way.SMS, {"kinds": ["follow_up"]}, "kinds"),
        (Way.SMS, {"kinds": ["nonsense"]}, "kinds"),
        (Way.SMS, {"account": "x" * 300}, "account"),
        (Way.EMAIL, {"host": ""}, "host"),
        (Way.EMAIL, {"host": "https://smtp.qq.com"}, "host"),
        (Way.EMAIL, {"port": "0"}, "port"),
        (Way.EMAIL, {"port": "70000"}, "port"),
        (Way.EMAIL, {"sender": "花间"}, "sender"),
        (Way.EMAIL, {"sender": "a@b.cn\nBcc: c@d.cn"}, "sender"),
        (Way.WECOM, {"sender": "助手"}, "sender"),
    ],
)
def test_what_is_wrong_stands_at_its_field(panel: Browser, way: Way, fields: dict[str, object], at: str) -> None:
    assert list(errors(panel, way, **fields)) == [at]
    assert not ChannelSetting.objects.get().is_on


def test_switched_off_it_may_be_half_filled_in(panel: Browser) -> None:
    assert errors(panel, Way.SMS, is_on="", account="", secret_new="") == {}


def test_new_settings_end_the_rest(panel: Browser) -> None:
    errors(panel, Way.SMS)
    ChannelSetting.objects.update(faults=4, fault="SignatureDoesNotMatch", resting_until="2026-11-22T12:00:00Z")

    errors(panel, Way.SMS, secret_new="another")

    setting = ChannelSetting.objects.get()
    assert (setting.faults, setting.fault, setting.resting_until) == (0, "", None)


def test_each_channel_once(panel: Browser) -> None:
    add = reverse("admin:outreach_channelsetting_add")
    for way in RIGHT:
        panel.post(add, {"way": way})
        panel.post(add, {"way": way})

    assert ChannelSetting.objects.count() == 3
    assert panel.get(add).status_code == 403


def test_the_password_is_asked_for_once_more() -> None:
    panel = Browser()
    panel.force_login(staff(Role.ADMIN), backend="staff.present.PresentBackend")

    answer = panel.get(reverse("admin:outreach_channelsetting_changelist"))

    assert answer.status_code == 302
    assert answer["Location"].startswith("/step-up/")


# --- Trying out ---------------------------------------------------------------------------------------------------


def tried(panel: Browser, way: Way, to: str) -> str:
    """What the page says after a message was sent to oneself."""
    setting = ChannelSetting.objects.get(way=way)
    answer: Any = panel.post(reverse("admin:outreach_channelsetting_try", args=[setting.pk]), {"to": to}, follow=True)
    return re.sub(r"\s+", " ", answer.content.decode())


@pytest.mark.parametrize(
    ("way", "typed", "to"),
    [
        (Way.SMS, "138 0013 8000", "+8613800138000"),
        (Way.EMAIL, "me@salon.cn", "me@salon.cn"),
        (Way.WECOM, "lili", "lili"),
    ],
)
def test_a_message_to_oneself(panel: Browser, gateway: Gateway, way: Way, typed: str, to: str) -> None:
    switch_on(way, Kind.BIRTHDAY)

    assert "已发送" in tried(panel, way, typed)

    (outgoing,) = gateway.given
    assert outgoing.to == to
    assert outgoing.provider_code == ("SMS_1" if way == Way.SMS else "")
    assert AuditEntry.objects.filter(what=f"channel_try:{way}").exists()


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (NotSent("isv.AMOUNT_NOT_ENOUGH", may_retry=True), "账户余额不足"),
        (NotSent("isv.SOMETHING_NEW", may_retry=False), "isv.SOMETHING_NEW"),
        (Unclear("timeout"), "可能已经发出"),
    ],
)
def test_what_the_provider_says_is_told(panel: Browser, gateway: Gateway, fault: Exception, words: str) -> None:
    switch_on(Way.SMS, Kind.BIRTHDAY)
    gateway.fault = fault

    assert words in tried(panel, Way.SMS, "13800138000")


@pytest.mark.parametrize(("way", "typed"), [(Way.SMS, "abc"), (Way.EMAIL, "abc"), (Way.WECOM, "")])
def test_where_to_is_checked(panel: Browser, gateway: Gateway, way: Way, typed: str) -> None:
    switch_on(way, Kind.BIRTHDAY)

    assert "errorlist" in tried(panel, way, typed)
    assert gateway.given == []


def test_without_an_approved_text_there_is_nothing_to_try(panel: Browser) -> None:
    setting = ChannelSetting.objects.create(way=Way.SMS)

    page = panel.get(reverse("admin:outreach_channelsetting_try", args=[setting.pk])).content.decode()

    assert 'name="to"' not in page


def test_only_the_admin_tries_out(gateway: Gateway) -> None:
    setting = switch_on(Way.SMS, Kind.BIRTHDAY)
    panel = Browser()
    panel.cookies["sessionid"] = session_of(staff(Role.MANAGER))

    answer = panel.post(reverse("admin:outreach_channelsetting_try", args=[setting.pk]), {"to": "13800138000"})

    assert answer.status_code in (302, 403)
    assert gateway.given == []


def test_the_real_channels_are_three() -> None:
    assert set(channels.PROVIDERS) == {Way.SMS, Way.EMAIL, Way.WECOM}
    assert Outgoing(key="k", to="t", body="b").values == {}


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("花间 <a@b.cn>", "花间 <a@b.cn>"),
        ("a@b.cn", "a@b.cn"),
        ("Flora, Hair: Skin <a@b.cn>", '"Flora, Hair: Skin" <a@b.cn>'),
        ('"花间, 美容" <a@b.cn>', '"花间, 美容" <a@b.cn>'),
    ],
)
def test_a_sender_can_stand_in_a_mail(panel: Browser, written: str, kept: str) -> None:
    assert errors(panel, Way.EMAIL, sender=written) == {}

    sender = ChannelSetting.objects.get(way=Way.EMAIL).sender
    assert sender == kept
    assert (
        EmailMessage("花", "花", sender, ["c@d.cn"]).message()["From"].endswith("a@b.cn>" if "<" in kept else "a@b.cn")
    )
