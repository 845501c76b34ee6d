"""The outbox as people see it: what waits, what must be looked at, what was not sent, and what was."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils.translation import pgettext_lazy

from outreach.channels.failures import words_for
from outreach.models import ChannelSetting, Message

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Status = Message.Status
ROWS = 50


class Shown(StrEnum):
    """Which messages are listed."""

    CHECK = "check"
    FAILED = "failed"
    WAITING = "waiting"
    HELD = "held"
    SENT = "sent"


LABELS: "dict[Shown, StrOrPromise]" = {
    Shown.CHECK: pgettext_lazy("messages", "Please check"),
    Shown.FAILED: pgettext_lazy("messages", "Not sent"),
    Shown.WAITING: pgettext_lazy("messages", "Waiting"),
    Shown.HELD: pgettext_lazy("messages", "Held back"),
    Shown.SENT: pgettext_lazy("messages", "Sent"),
}
WHICH = {
    Shown.CHECK: Q(status=Status.CHECK),
    Shown.FAILED: Q(status=Status.FAILED),
    Shown.WAITING: Q(status__in=(Status.QUEUED, Status.SENDING)),
    Shown.HELD: Q(status=Status.SUPPRESSED),
    Shown.SENT: Q(status=Status.SENT),
}
COUNTED = {  # what nobody has seen to yet
    Shown.CHECK: WHICH[Shown.CHECK],
    Shown.FAILED: Q(status=Status.FAILED, decided_at=None),
    Shown.WAITING: WHICH[Shown.WAITING],
}


@dataclass(frozen=True, slots=True)
class Row:
    """One message with what went wrong, in words."""

    message: Message

    @property
    def trouble(self) -> str:
        message = self.message
        return message.get_held_display() if message.held else words_for(message.error)

    @property
    def can_be_decided(self) -> bool:
        return self.message.status in (Status.CHECK, Status.FAILED) and self.message.decided_at is None

    @property
    def may_have_gone_out(self) -> bool:
        return self.message.status == Status.CHECK


@dataclass(frozen=True, slots=True)
class Chip:
    """One of the lists, and how many stand in it (None: not counted)."""

    shown: Shown
    label: "StrOrPromise"
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of messages. `after` is the id behind which the next page begins; None at the end."""

    shown: Shown
    chips: list[Chip]
    rows: list[Row]
    after: int | None


def listed(asked: str, after: int | None) -> Listed:
    """The list asked for; without one, the first in which a person is waited for. Two queries.

    What waits is listed from the oldest on, what is over from the newest.
    """
    counts = _counts()
    shown = Shown(asked) if asked in set(Shown) else next((one for one in COUNTED if counts[one]), Shown.WAITING)
    rows = list(_page(shown, after))
    chips = [Chip(one, label, counts.get(one), one == shown) for one, label in LABELS.items()]
    more = rows[ROWS - 1].pk if len(rows) > ROWS else None
    return Listed(shown, chips, [Row(message) for message in rows[:ROWS]], more)


def count_to_check() -> int:
    """How many messages broke off while being sent and wait for a person. One query, by index."""
    return Message.objects.to_check().count()


def _counts() -> dict[Shown, int]:
    unsettled = Q(status__in=(Status.CHECK, Status.FAILED, Status.QUEUED, Status.SENDING))
    counts = {shown.value: Count("pk", filter=which) for shown, which in COUNTED.items()}
    found = Message.objects.filter(unsettled).aggregate(**counts)
    return {shown: found[shown.value] for shown in COUNTED}


def _page(shown: Shown, after: int | None) -> "list[Message]":
    messages = Message.objects.filter(WHICH[shown]).select_related("client", "task__assigned_to", "decided_by")
    if shown in (Shown.CHECK, Shown.WAITING):
        return list(messages.filter(pk__gt=after or 0).order_by("pk")[: ROWS + 1])
    if after:
        messages = messages.filter(pk__lt=after)
    return list(messages.order_by("-pk")[: ROWS + 1])


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel that is in use, and until when it rests and why."""

    label: str
    rests_until: datetime | None
    why: str


def channel_states(at: datetime) -> list[ChannelState]:
    """The channels in use. One query."""
    return [
        ChannelState(
            str(one.get_way_display()),
            one.resting_until if one.resting_until and one.resting_until > at else None,
            words_for(one.fault),
        )
        for one in ChannelSetting.objects.filter(is_on=True).order_by("pk")
    ]
