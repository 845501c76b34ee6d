"""Whether a message may go out at this moment: asked once more when it is claimed, in the same transaction.

Rule source: DESIGN §4, consent and restraint.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from clients.models import Consent
from outreach import own_or_today, words
from outreach.access import visible_tasks
from outreach.channels import Outgoing
from outreach.models import ChannelSetting, Contact, ContactTask, Kind, Message, OutreachRules, Way
from outreach.models.contacts import MARKETING, PAUSED

Held = Message.Held
Status = Message.Status

CONSENT_FOR = {Way.SMS: Consent.Channel.SMS, Way.EMAIL: Consent.Channel.EMAIL}
THANKS_LATE_DAYS = 7  # as the planning has it
REMINDER_LATE_DAYS = 14
LONGEST_SUBJECT = 100


def late_days(rules: OutreachRules) -> dict[Kind, int]:
    """How many days after its occasion a message is still worth sending, by kind; a gift is prepared before its day."""
    return {
        Kind.GIFT: 0,
        Kind.BIRTHDAY: rules.birthday_late_days,
        Kind.MEMORABLE_DAY: rules.birthday_late_days,
        Kind.FOLLOW_UP: rules.follow_up_days + rules.follow_up_late_days,
        Kind.THANK_YOU: THANKS_LATE_DAYS,
        Kind.DORMANT: REMINDER_LATE_DAYS,
        Kind.POINTS_LAPSING: rules.lapsing_days,
        Kind.VOUCHER_LAPSING: rules.lapsing_days,
    }


def is_sending_time(rules: OutreachRules, at: datetime) -> bool:
    """Whether messages go out now, by the salon's clock."""
    return rules.send_from <= timezone.localtime(at).time() < rules.send_until


def verdict(
    message: Message, setting: ChannelSetting, rules: OutreachRules, at: datetime
) -> Outgoing | Message.Held | datetime:
    """What goes out; or why it is held back for good; or until when it has to wait.

    The rows of message, task and client are locked by the caller, so nobody withdraws anything meanwhile.
    """
    today = timezone.localdate(at)
    if why := _held_back(message, setting, rules, today):
        return why
    if wait := _has_to_wait(message, rules, today):
        return wait
    return _words(message, today)


def _held_back(message: Message, setting: ChannelSetting, rules: OutreachRules, today: date) -> Message.Held | None:
    task, client = message.task, message.client
    if not task.is_open:
        return Held.CLOSED
    if not client.is_on_file:
        return Held.NOT_ON_FILE
    if client.do_not_contact:
        return Held.DO_NOT_CONTACT
    if not setting.is_on or task.kind not in setting.kinds:
        return Held.CHANNEL_OFF
    if not address(message, today):
        return Held.NO_ADDRESS
    if is_too_late(task, rules, today):
        return Held.TOO_LATE
    return None if _may_be_greeted(message) else Held.NO_CONSENT


def address(message: Message, today: date) -> str:
    """Where it goes: the client's phone or e-mail, or the account in WeCom of the colleague whose contact it is.

    A colleague who may not see this contact (any more) is told nothing of it.
    """
    if message.way == Way.SMS:
        return message.client.phone
    if message.way == Way.EMAIL:
        return message.client.email
    whose = message.task.assigned_to
    if whose is None or not whose.is_active or not whose.wecom_id:
        return ""
    return whose.wecom_id if visible_tasks(whose, today).filter(pk=message.task_id).exists() else ""


def is_too_late(task: ContactTask, rules: OutreachRules, today: date) -> bool:
    """Whether the day has gone by so far that a message would be odd; what lapses is not told once it has lapsed."""
    kept = late_days(rules).get(Kind(task.kind), 0)
    lapses = str(task.facts.get("on", ""))
    return task.planned_for + timedelta(days=kept) < today or (lapses != "" and lapses < today.isoformat())


def _may_be_greeted(message: Message) -> bool:
    """Service needs no consent, nor does a note to a colleague; greetings and offers need it for this channel."""
    channel = CONSENT_FOR.get(Way(message.way))
    if channel is None or message.task.kind not in MARKETING:
        return True
    held = Consent.objects.holding(Consent.Purpose.MARKETING, channel)
    return held.filter(client=message.client_id).exists()


def _has_to_wait(message: Message, rules: OutreachRules, today: date) -> datetime | None:
    """When it was put off, and while another greeting or offer reached the client a few days ago."""
    if message.task.due_on > today:
        return _opening(message.task.due_on, rules)
    if message.way == Way.WECOM or message.task.kind not in PAUSED or not rules.pause_days:
        return None
    last = _last_greeted(message, today - timedelta(days=rules.pause_days))
    return _opening(last + timedelta(days=rules.pause_days), rules) if last else None


def _last_greeted(message: Message, after: date) -> date | None:
    """The last day after `after` on which a greeting or an offer reached the client, or may have."""
    told = Contact.objects.standing().filter(client=message.client_id, is_marketing=True, day__gt=after)
    days = list(told.order_by("-day").values_list("day", flat=True)[:1])
    under_way = Message.objects.filter(
        client=message.client_id,
        status__in=(Status.SENDING, Status.CHECK),
        task__kind__in=MARKETING,
        lease_until__date__gt=after,
    ).exclude(way=Way.WECOM)
    days += [timezone.localdate(lease) for lease in under_way.values_list("lease_until", flat=True) if lease]
    return max(days, default=None)


def _opening(day: date, rules: OutreachRules) -> datetime:
    return timezone.make_aware(datetime.combine(day, rules.send_from or time(9)))


def _words(message: Message, today: date) -> Outgoing | Message.Held:
    task = message.task
    # A note says to the colleague what she may see on the page, and no more.
    reader = task.assigned_to if message.way == Way.WECOM else None
    if reader is not None:
        own_or_today.widen(reader, today, pk=task.client_id)
    said = words.say(task, Way(message.way), today=today, by=reader)
    if said is None or not said.text.strip():
        return Held.NO_WORDS
    # Alibaba Cloud fills in what it has approved: it has no code for another text, and leaves no line out.
    if message.way == Way.SMS and (not said.provider_code or said.missing):
        return Held.NO_WORDS
    outgoing = Outgoing(
        key=message.key,
        to=address(message, today),
        body=said.text,
        subject=" ".join(said.subject.split())[:LONGEST_SUBJECT],
        provider_code=said.provider_code,
        values=said.values,
        is_marketing=task.kind in MARKETING,
    )
    if message.way != Way.WECOM:
        return outgoing
    # Whom it is about stands below: the same words for two clients would be one note to WeCom.
    who = f"{message.client.name} {message.client.number}"
    return replace(outgoing, body=f"{said.text}\n{who} · {task.get_kind_display()}")
