"""Notes to colleagues by WeCom's published interface, against a server on this machine that keeps to it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from outreach import channels
from outreach.channels import NotSent, Outgoing, Unclear, web, wecom
from outreach.models import ChannelSetting, Way
from tests.outreach.providers import Provider, Reply, Request, breaking_off, serving

OUTGOING = Outgoing(key="follow_up:17:visit:3:wecom", to="XiaoLin", body="今天回访王女士\n王丽华 C-00017")
COMPANY, SECRET, AGENT = "wwb7d1", "s3cret", "1000002"


class WeCom:
    """Gives tokens to who has the secret, and takes notes with the newest of them."""

    def __init__(self) -> None:
        self.tokens = 0
        self.reply: dict[str, Any] = {"errcode": 0, "errmsg": "ok", "invaliduser": "", "msgid": "Q3mP"}
        self.stale: int = 0  # so many calls are told that their token has ended
        self.stale_code = 42001

    def __call__(self, asked: Request) -> Reply:
        if asked.path == "/cgi-bin/gettoken":
            if (asked.method, asked.query) != ("GET", {"corpid": COMPANY, "corpsecret": SECRET}):
                return 200, {"errcode": 40001, "errmsg": "invalid credential"}
            self.tokens += 1
            return 200, {"errcode": 0, "errmsg": "ok", "access_token": f"token-{self.tokens}", "expires_in": 7200}
        assert (asked.method, asked.path) == ("POST", "/cgi-bin/message/send")
        if self.stale:
            self.stale -= 1
            return 200, {"errcode": self.stale_code, "errmsg": "access_token expired"}
        if asked.query != {"access_token": f"token-{self.tokens}"}:
            return 200, {"errcode": 40014, "errmsg": "invalid access_token"}
        return 200, self.reply


@pytest.fixture(autouse=True)
def no_tokens() -> None:
    wecom.forget_tokens()


@pytest.fixture
def company() -> WeCom:
    return WeCom()


@pytest.fixture
def provider(company: WeCom) -> Iterator[Provider]:
    with serving(company) as running:
        yield running


def setting(host: str, **fields: Any) -> ChannelSetting:
    given: dict[str, Any] = {"account": COMPANY, "secret": SECRET, "sender": AGENT}
    return ChannelSetting(way=Way.WECOM, host=host, **given | fields)


def refused(provider: Provider, **fields: Any) -> NotSent:
    with pytest.raises(NotSent) as caught:
        channels.send(setting(provider.address, **fields), OUTGOING)
    return caught.value


def test_a_token_and_the_note(provider: Provider) -> None:
    assert channels.send(setting(provider.address), OUTGOING) == "Q3mP"

    assert json.loads(provider.asked[-1].body) == {
        "touser": "XiaoLin",
        "msgtype": "text",
        "agentid": 1000002,
        "text": {"content": OUTGOING.body},
        "safe": 0,
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 14400,
    }


def test_one_token_serves_many(provider: Provider, company: WeCom) -> None:
    for _time in range(3):
        channels.send(setting(provider.address), OUTGOING)

    assert company.tokens == 1


def test_a_changed_secret_asks_for_a_token_of_its_own(provider: Provider) -> None:
    channels.send(setting(provider.address), OUTGOING)

    assert refused(provider, secret="another").reason == "wecom.40001"


@pytest.mark.parametrize("code", [42001, 40014])
def test_a_stale_token_is_renewed_once(provider: Provider, company: WeCom, code: int) -> None:
    channels.send(setting(provider.address), OUTGOING)
    company.stale, company.stale_code = 1, code

    assert channels.send(setting(provider.address), OUTGOING) == "Q3mP"
    assert company.tokens == 2


def test_and_only_once(provider: Provider, company: WeCom) -> None:
    company.stale = 5

    told = refused(provider)

    assert (told.reason, told.may_retry, told.whole_channel) == ("wecom.42001", True, True)
    assert company.stale == 3


@pytest.mark.parametrize(
    ("code", "may_retry", "whole_channel"),
    [(45009, True, True), (-1, True, True), (60020, True, True), (81013, False, False), (44004, False, False)],
)
def test_what_its_codes_mean(
    provider: Provider, company: WeCom, code: int, may_retry: bool, whole_channel: bool
) -> None:
    company.reply = {"errcode": code, "errmsg": "told in words"}

    told = refused(provider)

    assert (told.reason, told.may_retry, told.whole_channel) == (f"wecom.{code}", may_retry, whole_channel)


def test_a_colleague_who_cannot_see_the_application(provider: Provider, company: WeCom) -> None:
    company.reply = {"errcode": 0, "errmsg": "ok", "invaliduser": "xiaolin|lili", "msgid": "Q"}

    assert refused(provider).reason == "wecom.81013"


def test_a_wrong_secret_is_the_channels_fault(provider: Provider) -> None:
    told = refused(provider, secret="another")

    assert (told.may_retry, told.whole_channel) == (True, True)


def test_an_agent_that_is_no_number(provider: Provider) -> None:
    assert refused(provider, sender="沙龙助手").whole_channel


def test_long_words_are_cut_between_characters(provider: Provider) -> None:
    channels.send(setting(provider.address), Outgoing(key="k", to="lili", body="好" * 2000))

    content = json.loads(provider.asked[-1].body)["text"]["content"]
    assert content == "好" * 682


def test_no_token_means_nothing_was_sent() -> None:
    with breaking_off() as address, pytest.raises(NotSent) as caught:
        channels.send(setting(address), OUTGOING)

    assert (caught.value.may_retry, caught.value.whole_channel) == (True, True)


def test_breaking_off_after_the_note_is_unclear(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    channels.send(setting(provider.address), OUTGOING)
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.2)
    provider.slow = 0.6

    with pytest.raises(Unclear, match="timeout"):
        channels.send(setting(provider.address), OUTGOING)


@pytest.mark.parametrize("reply", [{}, {"errcode": "0"}, {"errcode": None}])
def test_an_answer_without_a_code_is_unclear(provider: Provider, company: WeCom, reply: dict[str, Any]) -> None:
    company.reply = reply

    with pytest.raises(Unclear):
        channels.send(setting(provider.address), OUTGOING)
