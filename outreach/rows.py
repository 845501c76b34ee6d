"""A contact as its row shows it: who, why, what came of it so far, and what may be done."""

import uuid
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clients.models import Client, Consent
from loyalty.models import Tier
from outreach.contacting import OUTCOMES
from outreach.models import Contact, ContactTask, Feeling, Kind
from outreach.models.contacts import MARKETING, PAUSED
from outreach.reasons import Part, beauticians, kind_name, reason
from outreach.taking_back import may_take_back
from staff.models import User
from staff.roles import Can

BADGES = {
    Kind.BIRTHDAY: "badge-soon",
    Kind.GIFT: "badge-soon",
    Kind.MEMORABLE_DAY: "badge-soon",
    Kind.FOLLOW_UP: "badge-good",
    Kind.THANK_YOU: "badge-good",
    Kind.DORMANT: "badge-info",
    Kind.POINTS_LAPSING: "badge-plum",
    Kind.VOUCHER_LAPSING: "badge-plum",
}


class Row:
    """One task as `listing` annotates it, for one user. `pause` is the days between two greetings or offers."""

    def __init__(self, task: ContactTask, user: User, today: date, pause: int) -> None:
        self.task, self.user, self.today, self.pause = task, user, today, pause
        self.pk = task.pk
        self.key = uuid.uuid4()  # of the row's one-tap form

    @property
    def client(self) -> Client:
        return self.task.client

    @property
    def is_open(self) -> bool:
        return self.task.is_open

    @property
    def badge(self) -> str:
        return BADGES[Kind(self.task.kind)]

    @property
    def kind_name(self) -> str:
        return kind_name(self.task.kind)

    @property
    def tier(self) -> Tier | None:
        account = getattr(self.client, "account", None) if self.user.can(Can.SEE_POINTS) else None
        return account.tier if account else None

    @property
    def phone(self) -> str:
        """The number for who may see it masked; the page masks it."""
        return self.client.phone if self.user.can(Can.SEE_MASKED_PHONE) else ""

    @property
    def allergens(self) -> list[str]:
        return getattr(self.task, "allergens", [])

    @cached_property
    def reason(self) -> list[Part]:
        return reason(self.task, self.user, self.today)

    @property
    def outcomes(self) -> tuple[Contact.Outcome, ...]:
        return OUTCOMES[Kind(self.task.kind)]

    @property
    def can_call(self) -> bool:
        """Whether 'no answer' is one of the things that can happen."""
        return Contact.Outcome.NO_ANSWER in self.outcomes and not self.is_to_mention

    @property
    def has_script(self) -> bool:
        """Whether there is anything to say: a gift is only prepared."""
        return self.task.kind != Kind.GIFT

    @property
    def one_tap(self) -> str:
        """The outcome that one tap notes, where nothing more is asked; "" elsewhere."""
        if self.task.kind == Kind.GIFT:
            return Contact.Outcome.PREPARED
        return Contact.Outcome.MENTIONED if self.is_to_mention else ""

    @property
    def is_later(self) -> bool:
        """Whether it was put off, or tried today already."""
        return self.is_open and self.task.due_on > self.today and self._last is not None

    @property
    def is_to_mention(self) -> bool:
        """A greeting or an offer for who has agreed to none on any channel: to be said in the salon."""
        return self.task.kind in MARKETING and not self.agreed

    @property
    def agreed(self) -> list[str]:
        """The channels on which greetings and offers may be sent."""
        return self.task.agreed  # type: ignore[attr-defined,no-any-return]

    @property
    def held_until(self) -> date | None:
        """The first day of the next greeting or offer, when the last one was too short ago; else None."""
        greeted = self.task.greeted_on  # type: ignore[attr-defined]
        if not greeted or self.task.kind not in PAUSED or not self.is_open:
            return None
        free = greeted + timedelta(days=self.pause)
        return free if free > self.today else None

    @property
    def is_mine(self) -> bool:
        return self.task.assigned_to_id == self.user.pk

    @property
    def seen(self) -> int:
        """The id of the last attempt; 0 when there is none."""
        return self._last["pk"] if self._last else 0

    @property
    def _last(self) -> dict[str, Any] | None:
        return self.task.last  # type: ignore[attr-defined,no-any-return]

    @property
    def so_far(self) -> str:
        """The last attempt in words; "" before the first."""
        if self._last is None:
            return ""
        outcome = Contact.Outcome(self._last["outcome"])
        at = timezone.localtime(datetime.fromisoformat(self._last["at"]))
        clock = f"{at:%H:%M}" if at.date() == self.today else f"{at:%m-%d %H:%M}"
        words = [str(outcome.label)]
        if self._last["channel"] and outcome != Contact.Outcome.NO_ANSWER:
            words.append(str(Consent.Channel(self._last["channel"]).label))
        if self.task.attempts > 1 and outcome == Contact.Outcome.NO_ANSWER:
            words[0] = _("no answer, %(n)s tries") % {"n": self.task.attempts}
        words += [self._last["by"] or _("by itself"), clock]
        return " · ".join(words)

    @property
    def can_take_back(self) -> bool:
        """Whether the last attempt may have been noted by mistake, and `user` may say so."""
        if self._last is None:
            return False
        day = timezone.localdate(datetime.fromisoformat(self._last["at"]))
        return may_take_back(self.user, self._last["outcome"], self._last["by_id"], day, self.today)

    @property
    def note(self) -> str:
        """What was written on the last attempt."""
        return self._last["note"] if self._last else ""

    @property
    def felt(self) -> str:
        """How satisfied the client was, in words."""
        words = [str(Feeling(self.task.feeling).label)] if self.task.feeling else []
        if self.task.satisfaction:
            words.append(pgettext("satisfaction", "%(n)s of 5") % {"n": self.task.satisfaction})
        return " ".join(words)

    @property
    def now(self) -> str:
        """How it stands after the last attempt, in words; "" before the first."""
        if not self.is_open:
            return self.ended or self.so_far
        if not self.is_later:
            return self.so_far
        return _("%(what)s; comes back on %(day)s") % {"what": self.so_far, "day": f"{self.task.due_on:%m-%d}"}

    @property
    def assigned(self) -> str:
        """Who does it, when that is not told already; "" when it is anybody's."""
        who = self.task.assigned_to
        if who is None or self.is_mine:
            return pgettext("contact", "mine") if who else ""
        return "" if str(who) in beauticians(self.task) else _("%(who)s does it") % {"who": who}

    @property
    def ended(self) -> str:
        """What became of it, for a row that is done."""
        if self.is_open or self.task.status == ContactTask.Status.DONE:
            return ""
        if self.task.because == ContactTask.Because.NOT_WANTED and self.so_far:
            return self.so_far
        why = self.task.get_because_display() or self.task.get_status_display()
        return f"{why} · {self.so_far}" if self.so_far else str(why)
