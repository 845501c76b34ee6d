"""How a text would read: for a made-up client with everything known, or for a real one."""

import math
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from clients.models import Client, MemorableDay
from loyalty.models import Voucher
from outreach.facts import Facts
from outreach.fields import FIELDS, OPT_OUT, values
from outreach.models import ContactTask, Kind, MessageTemplate, Way
from outreach.words import Said, fields_in, filled
from staff.models import User
from staff.roles import Can

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ONE_SMS, PART_OF_SMS = 70, 67  # characters, when there are Chinese ones among them
SMS_LATIN, PART_LATIN = 160, 153
POINTS = 300
EXAMPLES: dict[str, dict[str, str]] = {
    "zh-hans": {
        "honorific": "王女士", "name": "王丽华", "salon_phone": "0571-88886666", "staff": "小雨",
        "last_service": "深层补水护理", "last_visit": "11月15日", "beautician": "林美", "days": "7", "months": "6",
        "care_advice": "三天内注意防晒，少吃辛辣", "voucher": "生日礼 7 折", "voucher_code": "4821 7730",
        "voucher_until": "11月30日", "points": "300",
        "points_until": "12月31日", "occasion": "结婚纪念日",
    },
    "en": {
        "honorific": "Ms Wang", "name": "Wang Lihua", "salon_phone": "0571-88886666", "staff": "Xiaoyu",
        "last_service": "the hydrating facial", "last_visit": "15 November", "beautician": "Lin Mei", "days": "7",
        "months": "6", "care_advice": "keep out of the sun for three days", "voucher": "Birthday: 30 % off",
        "voucher_code": "4821 7730", "voucher_until": "30 November", "points": "300", "points_until": "31 December",
        "occasion": "wedding anniversary",
    },
}  # fmt: skip


VOUCHERS = {
    "zh-hans": {Kind.DORMANT: "回归礼 ¥50", Kind.THANK_YOU: "新客礼 下次半价"},
    "en": {Kind.DORMANT: "Welcome back: ¥50", Kind.THANK_YOU: "Next visit half price"},
}


@dataclass(frozen=True)
class Preview:
    """A text as it would read; `said` is None when nothing is left of it."""

    said: Said | None
    missing: list["StrOrPromise"]
    length: str
    client: Client | None = None


def preview(template: MessageTemplate, user: User, today: date, client: Client | None = None) -> Preview:
    """How `template`, saved or not, reads for `client`, as far as `user` may know her; without one for nobody real."""
    facts = Facts(_occasion(template, client or Client(name="王丽华"), user, today), today, user)
    if client is None:
        known = {name: value for name, value in _example(template, facts).items() if value}
    else:
        known = values(fields_in(template), facts, template.language, template.way)
    said = filled(template, known)
    labels = {field.name: field.label for field in FIELDS}
    missing = [labels[name] for name in said.missing] if said else []
    return Preview(said, missing, _length(template, said), client)


def _example(template: MessageTemplate, facts: Facts) -> dict[str, str]:
    """What would be known of a client of whom everything is known."""
    known = {**EXAMPLES[template.language], "salon": facts.salon.name, "opt_out": _refusing(template)}
    voucher = VOUCHERS[template.language].get(Kind(template.kind))
    if template.kind == Kind.BIRTHDAY:
        known["occasion"] = "birthday" if template.language == User.Language.ENGLISH else "生日"
    return known | ({"voucher": voucher} if voucher else {})


def _refusing(template: MessageTemplate) -> str:
    return OPT_OUT.get((Way(template.way), "en" if template.language == User.Language.ENGLISH else "zh"), "")


def _occasion(template: MessageTemplate, client: Client, user: User, today: date) -> ContactTask:
    """A contact of this kind, only thought of: it is saved nowhere."""
    task = ContactTask(client=client, kind=template.kind, planned_for=today, due_on=today, shown_from=today)
    if client.pk is None:
        return task
    if template.kind == Kind.POINTS_LAPSING:
        task.facts = {"points": POINTS, "on": date(today.year, 12, 31).isoformat()}
    elif template.kind == Kind.VOUCHER_LAPSING and user.can(Can.SEE_POINTS):
        open_ones = Voucher.objects.usable(today).filter(account=client.pk)
        task.voucher = open_ones.order_by("expires_on", "pk").first()
    elif template.kind == Kind.MEMORABLE_DAY and user.can(Can.SEE_BIRTHDAY):
        task.memorable_day = MemorableDay.objects.filter(client=client).first()
    return task


def _length(template: MessageTemplate, said: Said | None) -> str:
    """How long an SMS is, and what it costs; "" for other ways."""
    if template.way != Way.SMS or said is None:
        return ""
    n = len(said.text)
    one, part = (SMS_LATIN, PART_LATIN) if said.text.isascii() else (ONE_SMS, PART_OF_SMS)
    parts = 1 if n <= one else math.ceil(n / part)
    return _("%(n)s characters, charged as %(parts)s SMS") % {"n": n, "parts": parts}
