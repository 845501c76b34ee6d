"""A salon whose messages go out by themselves: clients to write to, contacts that are due, channels that are on."""

import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from clients.models import Client, Consent
from outreach import channels, outbox
from outreach.channels import Outgoing
from outreach.models import ChannelSetting, Contact, ContactTask, Kind, Message, MessageTemplate, Way
from outreach.queueing import kinds_for
from staff.models import User

TODAY = date(2026, 11, 22)
NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
MINUTE = timedelta(minutes=1)
Status = Message.Status


class Gateway:
    """Stands where the providers are: keeps what it was given, or fails as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.given: list[Outgoing] = []
        self.fault: BaseException | None = None
        self.meanwhile: Any = None
        monkeypatch.setattr(channels, "send", self.send)

    def send(self, setting: ChannelSetting, outgoing: Outgoing) -> str:
        if self.meanwhile:
            self.meanwhile()
        if self.fault:
            raise self.fault
        self.given.append(outgoing)
        return f"{setting.way}-{len(self.given)}"


def switch_on(way: Way, *kinds: Kind, **fields: Any) -> ChannelSetting:
    """A channel in use, for these kinds or for all that it may send, with a text for each."""
    chosen = kinds or tuple(kinds_for(way))
    for kind in chosen:
        text(kind, way)
    fields = {"host": "127.0.0.1", "account": "salon", "secret": "s3cret", "sender": "1000002"} | fields
    return ChannelSetting.objects.create(way=way, is_on=True, kinds=[kind.value for kind in chosen], **fields)


def text(kind: Kind, way: Way, words: str = "{honorific}，生日快乐！", **fields: Any) -> MessageTemplate:
    """The salon's text for this kind and channel."""
    fields = {"text": words, "subject": "问候", "provider_code": "SMS_1" if way == Way.SMS else ""} | fields
    return MessageTemplate.objects.update_or_create(kind=kind, way=way, language="zh-hans", defaults=fields)[0]


def somebody(name: str = "王丽华", **fields: Any) -> Client:
    """A client with a phone and an e-mail address, who agreed to greetings and offers on both."""
    fields = {"phone": "+8613800138000", "email": "wang@example.com", "honorific": "王女士"} | fields
    client = Client.objects.create(name=name, **fields)
    agree(client, Consent.Channel.SMS)
    agree(client, Consent.Channel.EMAIL)
    return client


def agree(client: Client, channel: str, *, given: bool = True) -> Consent:
    """The client gives consent to greetings and offers on this channel, or takes it back."""
    return Consent.objects.create(client=client, purpose="marketing", channel=channel, given=given, at=NOON)


def due(client: Client, kind: Kind = Kind.BIRTHDAY, occasion: str = "", **fields: Any) -> ContactTask:
    """A contact that is to be done today."""
    fields = {"planned_for": TODAY, "due_on": TODAY, "shown_from": TODAY} | fields
    return ContactTask.objects.create(client=client, kind=kind, occasion=occasion or f"S{uuid.uuid4()}", **fields)


def queued(task: ContactTask) -> Message:
    """Its message, put into the outbox."""
    assert outbox.queue(TODAY, NOON) >= 1
    return Message.objects.get(task=task)


def greeted(client: Client, day: date, task: ContactTask, by: User | None = None) -> Contact:
    """A greeting or an offer reached the client on that day."""
    return Contact.objects.create(
        task=task, client=client, key=uuid.uuid4(), kind=task.kind, outcome="sent", at=NOON, day=day, by=by,
        is_marketing=True,
    )  # fmt: skip


def state(message: Message) -> tuple[str, int, str]:
    """Status, tries and error of a message as they are kept now."""
    message.refresh_from_db()
    return message.status, message.attempts, message.error
