"""SMS by Alibaba Cloud's published interface, against a server on this machine that checks the signature."""

import json
import socket
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from outreach import channels
from outreach.channels import NotSent, Outgoing, Unclear, aliyun_sms, web
from outreach.models import ChannelSetting, Way
from tests.outreach.providers import KEY_ID, SECRET, Provider, Reply, Request, alibaba_signature, serving, silent

OUTGOING = Outgoing(
    key="birthday:17:S2026:sms",
    to="+8613800138000",
    body="王女士，生日快乐！",
    provider_code="SMS_154950909",
    values={"honorific": "王女士", "salon": "花间 & 美~容*院'(总店)"},
)


class AlibabaCloud:
    """Refuses what is not signed as published; otherwise answers what it is told to."""

    def __init__(self) -> None:
        self.reply: Reply = (200, {"Code": "OK", "Message": "OK", "BizId": "9006^0", "RequestId": "F655A8D5"})
        self.nonces: set[str] = set()

    def __call__(self, asked: Request) -> Reply:
        if asked.headers["authorization"] != alibaba_signature(asked):
            return 400, {"Code": "SignatureDoesNotMatch"}
        nonce = asked.headers["x-acs-signature-nonce"]
        if nonce in self.nonces:
            return 400, {"Code": "SignatureNonceUsed"}
        self.nonces.add(nonce)
        sent = datetime.strptime(asked.headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs((timezone.now() - sent).total_seconds()) > 900:
            return 400, {"Code": "InvalidTimeStamp.Expired"}
        return self.reply


@pytest.fixture
def cloud() -> AlibabaCloud:
    return AlibabaCloud()


@pytest.fixture
def provider(cloud: AlibabaCloud) -> Iterator[Provider]:
    with serving(cloud) as running:
        yield running


def setting(host: str, **fields: Any) -> ChannelSetting:
    given: dict[str, Any] = {"account": KEY_ID, "secret": SECRET, "sender": "花间美容院"}
    return ChannelSetting(way=Way.SMS, host=host, **given | fields)


def test_it_is_signed_as_published_and_sent(provider: Provider) -> None:
    assert channels.send(setting(provider.address), OUTGOING) == "9006^0"

    (asked,) = provider.asked
    assert (asked.method, asked.path, asked.body) == ("POST", "/", b"")
    assert asked.headers["x-acs-action"] == "SendSms"
    assert asked.headers["x-acs-version"] == "2017-05-25"
    assert json.loads(asked.query.pop("TemplateParam")) == OUTGOING.values
    assert asked.query == {
        "PhoneNumbers": "13800138000",
        "SignName": "花间美容院",
        "TemplateCode": "SMS_154950909",
        "OutId": "birthday:17:S2026:sms",
    }


def test_each_call_has_a_nonce_of_its_own(provider: Provider) -> None:
    for _time in range(3):
        channels.send(setting(provider.address), OUTGOING)

    assert len({asked.headers["x-acs-signature-nonce"] for asked in provider.asked}) == 3


def test_the_example_of_the_documentation() -> None:
    """Alibaba Cloud's own example of a signature: RunInstances with the key pair YourAccessKeyId."""
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = aliyun_sms.signed(
        "ecs.cn-shanghai.aliyuncs.com",
        "RunInstances",
        query,
        "YourAccessKeyId",
        "YourAccessKeySecret",
        at=datetime(2023, 10, 26, 10, 22, 32, tzinfo=UTC),
        nonce=uuid.UUID("3156853299f313e23d1673dc12e1703d"),
        version="2014-05-26",
    )

    assert headers["Authorization"].endswith(
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


@pytest.mark.parametrize(
    ("e164", "number"),
    [("+8613800138000", "13800138000"), ("+85291234567", "85291234567"), ("+886912345678", "886912345678")],
)
def test_numbers_as_it_wants_them(e164: str, number: str) -> None:
    assert aliyun_sms.number(e164) == number


def refused(provider: Provider, **fields: Any) -> NotSent:
    with pytest.raises(NotSent) as caught:
        channels.send(setting(provider.address, **fields), OUTGOING)
    return caught.value


def test_a_wrong_secret_is_the_channels_fault(provider: Provider) -> None:
    wrong = refused(provider, secret="another")

    assert (wrong.reason, wrong.may_retry, wrong.whole_channel) == ("SignatureDoesNotMatch", True, True)


@pytest.mark.parametrize(
    ("status", "code", "may_retry", "whole_channel"),
    [
        (200, "isv.MOBILE_NUMBER_ILLEGAL", False, False),
        (200, "isv.TEMPLATE_MISSING_PARAMETERS", False, False),
        (200, "isv.BUSINESS_LIMIT_CONTROL", True, False),
        (200, "isv.AMOUNT_NOT_ENOUGH", True, True),
        (404, "InvalidAccessKeyId.NotFound", True, True),
        (400, "Throttling.User", True, True),
        (403, "Forbidden.RAM", True, True),
    ],
)
def test_what_its_codes_mean(
    provider: Provider, cloud: AlibabaCloud, status: int, code: str, may_retry: bool, whole_channel: bool
) -> None:
    cloud.reply = (status, {"Code": code, "Message": "13800138000 said in words"})

    told = refused(provider)

    assert (told.reason, told.may_retry, told.whole_channel) == (code, may_retry, whole_channel)


@pytest.mark.parametrize(
    "reply", [(500, {"Code": "InternalError"}), (503, {"Code": "ServiceUnavailable"}), (200, {}), (200, {"Code": None})]
)
def test_what_is_no_clear_answer(provider: Provider, cloud: AlibabaCloud, reply: Reply) -> None:
    cloud.reply = reply

    with pytest.raises(Unclear):
        channels.send(setting(provider.address), OUTGOING)


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"

        with pytest.raises(NotSent) as caught:
            channels.send(setting(address), OUTGOING)

    assert (caught.value.reason, caught.value.may_retry, caught.value.whole_channel) == ("no_connection", True, True)


def test_silence_after_the_request_is_unclear(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.2)

    with silent() as address, pytest.raises(Unclear, match="timeout"):
        channels.send(setting(address), OUTGOING)
