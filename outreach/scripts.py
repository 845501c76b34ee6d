"""What somebody has before her when she contacts a client: the words, what to ask, what to offer, what to mind."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.db.models import Exists, F, Q
from django.db.models.lookups import Exact
from django.utils.translation import gettext_lazy as _

from clients.card import card_for
from clients.models import Allergy, Client, Consent, Preference
from loyalty.offers import Offer, offers_for
from outreach.facts import Facts
from outreach.fields import FIELDS
from outreach.models import ContactTask, Kind, Way
from outreach.words import render, templates_for
from staff.models import Salon, User
from staff.roles import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CALLED_FIRST = (Kind.FOLLOW_UP, Kind.DORMANT)
ICONS = {Way.HAND: "wechat", Way.CALL: "telephone", Way.SMS: "chat-dots", Way.EMAIL: "envelope"}
CHANNELS = {
    Way.HAND: Consent.Channel.WECHAT,
    Way.CALL: Consent.Channel.PHONE,
    Way.SMS: Consent.Channel.SMS,
    Way.EMAIL: Consent.Channel.EMAIL,
}
QUESTIONS: "dict[Kind, tuple[StrOrPromise, ...]]" = {
    Kind.FOLLOW_UP: (
        _("How does the skin or the hair feel now, a week later?"),
        _("Was there anything that was not right?"),
        _("From 1 to 5, how satisfied with this visit?"),
        _("When would suit for the next visit?"),
    ),
    Kind.THANK_YOU: (
        _("How did the first visit feel?"),
        _("Was there anything that was not right?"),
        _("How did you hear of us?"),
    ),
    Kind.DORMANT: (
        _("How have you been?"),
        _("Was there something about the last visit that was not right?"),
        _("What would you like to have done next?"),
    ),
}
OFFERED = (Kind.FOLLOW_UP, Kind.DORMANT)


@dataclass(frozen=True)
class Spoken:
    """The words of one way; `channel` is that of the consent, `is_allowed` whether they may be sent on it."""

    way: Way
    text: str
    subject: str
    channel: str
    is_allowed: bool
    missing: list["StrOrPromise"] = field(default_factory=list)

    @property
    def label(self) -> "StrOrPromise":
        return self.way.label

    @property
    def icon(self) -> str:
        return ICONS[self.way]

    @property
    def can_be_sent(self) -> bool:
        """Whether sending is all there is to do; what came of a call has to be told."""
        return self.way != Way.CALL


@dataclass(frozen=True)
class Script:
    """What `user` may know for one contact."""

    task: ContactTask
    spoken: list[Spoken]
    questions: "tuple[StrOrPromise, ...]"
    offers: list[Offer]
    allergies: list[Allergy]
    preferences: list[Preference]
    care_note: str = ""
    care_on: date | None = None

    @property
    def is_held_back(self) -> bool:
        """A greeting or an offer that the client has agreed to on no channel: it is mentioned in the salon."""
        return self.task.is_marketing and not any(one.is_allowed for one in self.spoken)

    @property
    def shown(self) -> list[Spoken]:
        """What may be said; when nothing may be sent, one text as a reminder of what to say in the salon."""
        return [one for one in self.spoken if one.is_allowed] or self.spoken[:1]

    @property
    def knows_more(self) -> bool:
        return any((self.allergies, self.questions, self.offers, self.care_note, self.preferences))


def script_for(task: ContactTask, user: User, today: date, *, salon: Salon | None = None) -> Script:
    """The words for each way that has any, and what to know. What `user` may not see is left out.

    At most eight queries, one fewer with the `salon` at hand.
    """
    facts = Facts(task, today, user, salon)
    card = card_for(user, task.client, today)
    offers: list[Offer] = []
    if task.kind in OFFERED and user.can(Can.SEE_SPEND):
        offers = offers_for(task.client, today, allergies=card.allergies)
    visit = facts.visit
    note = visit.care_note.strip() if visit and user.can(Can.SEE_SKIN) else ""
    return Script(
        task,
        _spoken(task, facts),
        QUESTIONS.get(Kind(task.kind), ()),
        offers,
        card.allergies,
        card.preferences,
        note,
        visit.day if visit and note else None,
    )


def _spoken(task: ContactTask, facts: Facts) -> list[Spoken]:
    ways = sorted(_ways(task.client, facts.by), key=lambda way: task.kind in CALLED_FIRST and way != Way.CALL)
    texts = templates_for(task.kind, ways, task.client.language, besides=_without_email(task.client_id))
    agreed = _agreed(task)
    labels = {field.name: field.label for field in FIELDS}
    spoken = []
    for way in ways:
        said = render(texts[way], facts) if way in texts else None
        if said is not None:
            channel = CHANNELS[way]
            missing = [labels[name] for name in said.missing]
            spoken.append(Spoken(way, said.text, said.subject, channel, channel in agreed, missing))
    return spoken


def _ways(client: Client, user: User | None) -> list[Way]:
    """The ways in which this person can reach the client; WeCom is a nudge to the colleague, not for the client."""
    ways = [Way.HAND, Way.CALL]
    if user is None or user.can(Can.SEE_MASKED_PHONE):
        ways += [Way.SMS] if client.phone else []
        ways.append(Way.EMAIL)  # if there is an address: asked with the texts, the list does not unseal it
    return ways


def _without_email(client: int) -> Q:
    """The texts for e-mail, when this client has no address: an empty text is stored unsealed."""
    return Q(Exists(Client.objects.filter(Exact(F("email"), ""), pk=client)), way=Way.EMAIL)


def _agreed(task: ContactTask) -> set[str]:
    """The channels on which this may be said: all for service, those consented to for greetings and offers."""
    if not task.is_marketing:
        return set(CHANNELS.values())
    if hasattr(task, "agreed"):  # the list has asked already
        return set(task.agreed)
    standing = Consent.objects.filter(client=task.client_id, purpose=Consent.Purpose.MARKETING).standing()
    return {act.channel for act in standing if act.given}
