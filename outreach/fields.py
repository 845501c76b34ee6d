"""The fields that a text may name, such as {honorific}: what each says, in the language of the text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from outreach.addressing import addressed
from outreach.facts import Facts
from outreach.models import Kind, Way
from staff.models import User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

SERVICES_NAMED = 2
LONGEST_ADVICE = 200
SOON = timedelta(days=300)  # within these nobody asks of which year
# Rule source: DESIGN §4, consent; the rules for commercial SMS ask that how to refuse stands in the message.
OPT_OUT = {
    (Way.SMS, "zh"): "拒收请回复R",
    (Way.SMS, "en"): "Reply R to opt out",
    (Way.EMAIL, "zh"): "如果不想再收到这类邮件，直接回复“退订”即可。",
    (Way.EMAIL, "en"): "If you would rather not get such mails, just reply “unsubscribe”.",
}


@dataclass(frozen=True)
class Field:
    """`value` is "" where there is nothing to say; it is asked for the way and the language of the text."""

    name: str
    label: "StrOrPromise"
    value: Callable[[Facts, str, str], str]

    @property
    def written(self) -> str:
        """As it stands in a text."""
        return "{" + self.name + "}"


def values(names: set[str], facts: Facts, language: str, way: str) -> dict[str, str]:
    """What these fields say; those without a value are left out."""
    with override(language):
        found = {field.name: field.value(facts, way, language) for field in FIELDS if field.name in names}
    return {name: line for name, text in found.items() if (line := " ".join(text.split()))}


def day_words(day: date | None, today: date, language: str) -> str:
    """11月15日 or 15 November; with the year, or 去年, when the day could be taken for another year's."""
    if day is None:
        return ""
    is_plain = day.year == today.year or today < day < today + SOON
    if _is_english(language):
        return f"{day.day} {day:%B}" if is_plain else f"{day.day} {day:%B} {day.year}"
    year = "" if is_plain else "去年" if day.year == today.year - 1 else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def _is_english(language: str) -> bool:
    return language == User.Language.ENGLISH


def _last_service(facts: Facts, _way: str, language: str) -> str:
    names = list(dict.fromkeys(line.name for line in facts.lines))[:SERVICES_NAMED]
    return (" and " if _is_english(language) else "、").join(names)


def _last_visit(facts: Facts, _way: str, language: str) -> str:
    return day_words(facts.visit.day if facts.visit else None, facts.today, language)


def _beautician(facts: Facts, way: str, language: str) -> str:
    """Her name; where she speaks for herself, 我."""
    who = next((line.beautician for line in facts.lines if line.beautician), None)
    if who is not None and who == facts.by and way in (Way.HAND, Way.CALL):
        return "me" if _is_english(language) else "我"
    return str(who or "")


def _days(facts: Facts, _way: str, _language: str) -> str:
    return str((facts.today - facts.visit.day).days) if facts.visit else ""


def _months(facts: Facts, _way: str, _language: str) -> str:
    return str(facts.months_away or "")


def _voucher(facts: Facts, _way: str, _language: str) -> str:
    if facts.voucher is None:
        return ""
    words = {"voucher": facts.voucher.label, "n": facts.vouchers}
    return _("%(voucher)s (one of %(n)s)") % words if facts.vouchers > 1 else facts.voucher.label


def _voucher_code(facts: Facts, _way: str, _language: str) -> str:
    return facts.voucher.spoken_code if facts.voucher and facts.vouchers == 1 else ""


def _voucher_until(facts: Facts, _way: str, language: str) -> str:
    return day_words(facts.voucher.expires_on if facts.voucher else None, facts.today, language)


def _occasion(facts: Facts, _way: str, _language: str) -> str:
    if facts.task.kind in (Kind.BIRTHDAY, Kind.GIFT):
        return _("birthday")
    return facts.task.memorable_day.label if facts.task.memorable_day else ""


def _belated(facts: Facts, _way: str, language: str) -> str:
    """An excuse when the day itself is over; "" on the day."""
    if facts.task.kind not in (Kind.BIRTHDAY, Kind.MEMORABLE_DAY) or facts.today <= facts.task.planned_for:
        return ""
    return "A little late, but no less warmly." if _is_english(language) else "祝福来晚了一点，您别见怪。"


def _care_advice(facts: Facts, _way: str, _language: str) -> str:
    return facts.care_advice[:LONGEST_ADVICE]


def _opt_out(_facts: Facts, way: str, language: str) -> str:
    return OPT_OUT.get((Way(way), "en" if _is_english(language) else "zh"), "")


FIELDS = (
    Field("honorific", gettext_lazy("form of address: 王女士"), lambda facts, _w, to: addressed(facts.client, to)),
    Field("name", gettext_lazy("whole name"), lambda facts, _w, _l: facts.client.name),
    Field("salon", gettext_lazy("name of the salon"), lambda facts, _w, _l: facts.salon.name),
    Field("salon_phone", gettext_lazy("phone of the salon"), lambda facts, _w, _l: facts.salon.phone),
    Field("staff", gettext_lazy("who sends it"), lambda facts, _w, _l: str(facts.by or facts.task.assigned_to or "")),
    Field("last_service", gettext_lazy("what was done last"), _last_service),
    Field("last_visit", gettext_lazy("day of the last visit"), _last_visit),
    Field("beautician", gettext_lazy("beautician of the last visit"), _beautician),
    Field("days", gettext_lazy("days since the last visit"), _days),
    Field("months", gettext_lazy("months since the last visit"), _months),
    Field("care_advice", gettext_lazy("advice for the next time, or after-care"), _care_advice),
    Field("voucher", gettext_lazy("voucher of the occasion"), _voucher),
    Field("voucher_code", gettext_lazy("its code"), _voucher_code),
    Field("voucher_until", gettext_lazy("its last day"), _voucher_until),
    Field("points", gettext_lazy("points that lapse, or the balance"), lambda facts, _w, _l: f"{facts.points or ''}"),
    Field(
        "points_until",
        gettext_lazy("last day of these points"),
        lambda facts, _w, language: day_words(facts.points_until, facts.today, language),
    ),
    Field("occasion", gettext_lazy("what is celebrated: birthday, or the memorable day"), _occasion),
    Field("belated", gettext_lazy("an excuse, when the day is over already"), _belated),
    Field("opt_out", gettext_lazy("how to refuse (SMS and e-mail)"), _opt_out),
)
NAMES = tuple(field.name for field in FIELDS)
