"""E-mail by SMTP, against a mail server on this machine."""

import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest

from outreach import channels
from outreach.channels import NotSent, Outgoing, Unclear
from outreach.models import ChannelSetting, Way
from tests.outreach.mailing import MailServer, mail_server

OUTGOING = Outgoing(
    key="birthday:17:S2026:email",
    to="wang@example.com",
    subject="生日快乐",
    body="王女士：\n生日快乐！",
    is_marketing=True,
)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


def setting(port: int, **fields: Any) -> ChannelSetting:
    given: dict[str, Any] = {"host": "127.0.0.1", "account": "salon", "secret": "s3cret"}
    return ChannelSetting(way=Way.EMAIL, port=port, sender="花间美容院 <hello@salon.test>", **given | fields)


def refused(server: MailServer) -> NotSent:
    with pytest.raises(NotSent) as caught:
        channels.send(setting(server.port), OUTGOING)
    assert server.mails == []
    return caught.value


def test_it_arrives(server: MailServer) -> None:
    number = channels.send(setting(server.port), OUTGOING)

    (mail,) = server.mails
    read = message_from_bytes(mail.encode(), policy=policy.default)
    assert read["Subject"] == "生日快乐"
    assert read["To"] == "wang@example.com"
    assert str(read["From"]) == "花间美容院 <hello@salon.test>"
    assert read["Message-ID"] == number
    assert number.endswith("@salon.test>")
    assert read["List-Unsubscribe"] == "<mailto:hello@salon.test?subject=unsubscribe>"
    assert read.get_content().replace("\r\n", "\n").strip() == OUTGOING.body
    assert server.users == ["\0salon\0s3cret"]


def test_the_same_message_has_the_same_number(server: MailServer) -> None:
    assert channels.send(setting(server.port), OUTGOING) == channels.send(setting(server.port), OUTGOING)


@pytest.mark.parametrize(
    ("step", "answer", "may_retry"),
    [
        ("RCPT", "550 no such user wang@example.com", False),
        ("RCPT", "450 greylisted", True),
        ("DATA", "554 no", False),
        ("END", "552 too much", False),
        ("END", "452 disk full", True),
    ],
)
def test_a_refusal_is_told_by_its_number_only(server: MailServer, step: str, answer: str, may_retry: bool) -> None:
    server.refuses[step] = answer

    told = refused(server)

    assert (told.reason, told.may_retry, told.whole_channel) == (f"smtp.{answer[:3]}", may_retry, False)


def test_a_wrong_password_is_the_channels_fault(server: MailServer) -> None:
    server.refuses["AUTH"] = "535 no"

    told = refused(server)

    assert (told.reason, told.may_retry, told.whole_channel) == ("smtp.535", True, True)


def test_a_sender_that_is_refused_is_the_channels_fault(server: MailServer) -> None:
    """It is the same in each mail: none is spent on finding that out."""
    server.refuses["MAIL"] = "553 not you"

    told = refused(server)

    assert (told.reason, told.may_retry, told.whole_channel) == ("smtp.553", True, True)


@pytest.mark.parametrize("field", ["account", "secret"])
def test_what_cannot_be_typed_into_smtp_sends_nothing(server: MailServer, field: str) -> None:
    """Full-width digits of a Chinese keyboard: nothing has left the house, so nobody has to check anything."""
    with pytest.raises(NotSent) as caught:
        channels.send(setting(server.port, **{field: "密码１２３"}), OUTGOING)

    assert (caught.value.reason, caught.value.whole_channel) == ("smtp.535", True)


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))

        with pytest.raises(NotSent) as caught:
            channels.send(setting(closed.getsockname()[1]), OUTGOING)

    assert (caught.value.reason, caught.value.whole_channel) == ("no_connection", True)


@pytest.mark.parametrize("step", ["DATA", "END"])
def test_hanging_up_in_the_middle_is_unclear(server: MailServer, step: str) -> None:
    server.refuses[step] = None

    with pytest.raises(Unclear):
        channels.send(setting(server.port), OUTGOING)


@pytest.mark.parametrize(
    "fields", [{"to": "nobody@@@"}, {"to": "a\nBcc: b@example.com"}, {"subject": "a\nBcc: b@c.de"}]
)
def test_no_header_is_slipped_in(server: MailServer, fields: dict[str, str]) -> None:
    given: dict[str, Any] = {"key": "k", "to": "wang@example.com", "body": "x"} | fields

    with pytest.raises((NotSent, Unclear)):
        channels.send(setting(server.port), Outgoing(**given))
    assert server.mails == []


def test_without_encryption_only_to_this_machine(server: MailServer) -> None:
    """A server that offers no STARTTLS gets neither the password nor the mail when it is somewhere else."""
    elsewhere = setting(server.port, host="0.0.0.0")  # noqa: S104  # this machine by another name

    with pytest.raises(NotSent):
        channels.send(elsewhere, OUTGOING)
    assert (server.users, server.mails) == ([], [])
