"""How a contact went: who tried when, what came of it, and what ended it. Drawn, without the database."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from django.utils import timezone

from frontdesk.sample import words
from frontdesk.sample.accounts import Team
from outreach.contacting import LOW
from outreach.models import Contact, ContactTask, Feeling, Kind
from outreach.models.contacts import MARKETING

Outcome, Status, Because = Contact.Outcome, ContactTask.Status, ContactTask.Because
DAY = timedelta(days=1)
TRIES = 3
UNSEEN_BY_BEAUTICIANS = frozenset(
    {Kind.BIRTHDAY, Kind.GIFT, Kind.MEMORABLE_DAY, Kind.POINTS_LAPSING, Kind.VOUCHER_LAPSING}
)
SATISFACTION = ((5, 54), (4, 32), (3, 9), (2, 3), (1, 2))
FEELINGS = {5: Feeling.SATISFIED, 4: Feeling.SATISFIED, 3: Feeling.SO_SO, 2: Feeling.DISSATISFIED}
# What comes of a try, in a hundred.
SPOKEN = ((Outcome.REACHED, 70), (Outcome.SENT, 7), (Outcome.NO_ANSWER, 17), (Outcome.RESCHEDULED, 4))
WAYS: dict[Kind, tuple[tuple[Contact.Outcome, int], ...]] = {
    Kind.FOLLOW_UP: (*SPOKEN, (Outcome.NOT_WANTED, 2)),
    Kind.THANK_YOU: ((Outcome.SENT, 90), (Outcome.REACHED, 10)),
    Kind.DORMANT: ((Outcome.SENT, 50), (Outcome.REACHED, 24), (Outcome.NO_ANSWER, 21), (Outcome.NOT_WANTED, 5)),
    Kind.GIFT: ((Outcome.PREPARED, 100),),
}
GREETED = ((Outcome.SENT, 92), (Outcome.REACHED, 8))
EARLY = 0.55  # of the calls are made between the day they are shown and the day they are due
LATE = ((0, 74), (1, 16), (2, 6), (3, 4))  # days after it was due


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to be."""

    outcome: str
    at: datetime
    day: date
    by: int
    channel: str = ""
    feeling: str = ""
    satisfaction: int | None = None
    note: str = ""
    until: date | None = None


@dataclass(slots=True)
class Task:
    """One contact to be, as it stands. `ends` is the day on which something else makes it needless."""

    client: int
    kind: Kind
    occasion: str
    planned_for: date
    due_on: date
    shown_from: date
    assigned_to: int | None = None
    visit: int | None = None
    about: str = ""  # the category of what was done on that visit
    memorable_day: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    agreed: bool = True
    ends: date | None = None
    ends_because: str = Because.NEWER_VISIT
    gives_up: int = 14  # days after it was due
    status: str = Status.OPEN
    because: str = Because.NONE
    closed_at: datetime | None = None
    closed_by: int | None = None
    tries: list[Try] = field(default_factory=list)
    answered_at: datetime | None = None
    answer: str = ""

    @property
    def is_to_mention(self) -> bool:
        """Greetings and offers for who has not agreed to them are only said in the salon."""
        return self.kind in MARKETING and not self.agreed

    @property
    def attempts(self) -> int:
        return sum(one.outcome == Outcome.NO_ANSWER for one in self.tries)

    @property
    def told(self) -> Try | None:
        """The try that closed it as done."""
        done = (one for one in self.tries if one.outcome != Outcome.ANSWERED)
        return list(done)[-1] if self.status == Status.DONE else None

    @property
    def is_bad(self) -> bool:
        """Whether the salon owes the client an answer."""
        return bool(self.told and self.told.satisfaction and self.told.satisfaction <= LOW)


class Calls:
    """The people of the salon, working off what is due up to the evening before `today`."""

    def __init__(self, team: Team, today: date) -> None:
        self.team, self.today = team, today

    def first_day(self, task: Task, draw: Random) -> date:
        """The day on which somebody tries first, whatever happens until then."""
        if draw.random() < self._missed(task):
            never = task.due_on + (task.gives_up + 1) * DAY  # nobody found the time, or the occasion to mention it
            if never <= self.today or task.kind is Kind.DORMANT:
                return never
        if task.kind is Kind.FOLLOW_UP and draw.random() < EARLY:
            return task.shown_from + draw.randrange(1, 4) * DAY
        day = task.due_on + draw.choices([days for days, _ in LATE], [weight for _, weight in LATE])[0] * DAY
        return self.today - DAY if day >= self.today > task.due_on else day

    def put_off(self, task: Task, draw: Random) -> None:
        """Who agreed to nothing and stays away can only be told when she comes."""
        day, until = self.today - DAY, self.today + draw.randrange(1, 7) * DAY
        note = words.WHEN_SHE_COMES
        task.tries.append(
            Try(Outcome.RESCHEDULED, self._at(day, draw), day, self._by(task, draw), note=note, until=until)
        )
        task.due_on = until

    def work(self, task: Task, day: date, draw: Random) -> None:
        """Let people try from `day` on until it is done, over, or the present day has come."""
        while task.status == Status.OPEN:
            if task.ends and task.ends <= min(day, self.today):
                self._close(task, Status.CANCELLED, task.ends_because, self._at(task.ends, draw))
            elif day > task.due_on + task.gives_up * DAY and not task.tries:
                over = task.due_on + (task.gives_up + 1) * DAY
                if over > self.today:
                    return
                self._close(
                    task, Status.SKIPPED, Because.TOO_LATE, timezone.make_aware(datetime.combine(over, time(6)))
                )
            elif day >= self.today:
                task.due_on = max(task.due_on, day) if task.tries else task.due_on
                return
            else:
                day = self._try(task, day, draw)

    @staticmethod
    def _missed(task: Task) -> float:
        """How likely it is that nobody does it."""
        if task.kind is Kind.DORMANT:  # who agreed to nothing cannot be told while away
            return 1.0 if task.is_to_mention else 0.0
        return 0.25 if task.is_to_mention else 0.015

    def _try(self, task: Task, day: date, draw: Random) -> date:
        """One try on `day`. Returns the day of the next one, if there is to be one."""
        outcome = self._outcome(task, draw)
        at, by = self._at(day, draw), self._by(task, draw)
        until = day + draw.randrange(2, 5) * DAY if outcome == Outcome.RESCHEDULED else None
        score, note = self._said(task, outcome, draw)
        feeling = (FEELINGS.get(score, Feeling.DISSATISFIED) if score else "") if task.kind is Kind.FOLLOW_UP else ""
        channel = "" if outcome in (Outcome.MENTIONED, Outcome.PREPARED) else "phone"
        if outcome == Outcome.SENT or (outcome == Outcome.REACHED and task.kind in MARKETING):
            channel = "wechat"  # what the client agreed to
        task.tries.append(Try(outcome, at, day, by, channel, feeling, score, note, until))
        if until:
            task.due_on = until
            return until
        if outcome == Outcome.NO_ANSWER:
            if task.attempts >= TRIES:
                self._close(task, Status.NO_ANSWER, Because.UNREACHED, at, by)
            return day + DAY
        if outcome == Outcome.NOT_WANTED:
            self._close(task, Status.SKIPPED, Because.NOT_WANTED, at, by)
        else:
            self._close(task, Status.DONE, Because.NONE, at, by)
        return day

    @staticmethod
    def _outcome(task: Task, draw: Random) -> Contact.Outcome:
        if task.is_to_mention:
            return Outcome.MENTIONED
        ways = WAYS.get(task.kind, GREETED)
        return draw.choices([way for way, _ in ways], [weight for _, weight in ways])[0]

    @staticmethod
    def _said(task: Task, outcome: Contact.Outcome, draw: Random) -> tuple[int | None, str]:
        if outcome == Outcome.REACHED and task.kind is Kind.FOLLOW_UP:
            score = draw.choices([score for score, _ in SATISFACTION], [weight for _, weight in SATISFACTION])[0]
            return score, draw.choice(words.said_of(task.about, score))
        return None, draw.choice(words.REMINDED) if outcome == Outcome.REACHED and task.kind is Kind.DORMANT else ""

    def _by(self, task: Task, draw: Random) -> int:
        chosen = draw.choice(self.team.front_desk)
        return task.assigned_to if task.assigned_to and draw.random() < 0.4 else chosen

    @staticmethod
    def _at(day: date, draw: Random) -> datetime:
        return timezone.make_aware(datetime.combine(day, time(10 + draw.randrange(10), draw.randrange(60))))

    @staticmethod
    def _close(task: Task, status: str, because: str, at: datetime, by: int | None = None) -> None:
        task.status, task.because, task.closed_at, task.closed_by = status, because, at, by
