"""Greetings on the day, solar or lunar: birthdays, the gifts prepared for them, and memorable days.

A day is looked for in both calendars at once. The last few days are looked at each time, so that a birthday that was
entered late is still greeted; what lies further back and was never planned is closed as too late. Rule source:
DESIGN §4, birthday, memorable days, missed days; PROMISES P2, P7, P8.
"""

from datetime import datetime, timedelta

from django.db import transaction

from outreach.models import ContactTask, Kind, OutreachRules
from outreach.planning.adding import add, before
from outreach.planning.closing import tidy
from outreach.planning.kept import APART, KEPT, kept_days
from staff.jobs import Counts, Window

# What was right once may be right again: the day is put back, or somebody may be contacted after all.
REVIVED = (ContactTask.Because.DATE_CHANGED, ContactTask.Because.DO_NOT_CONTACT)
# Had is what stands, and what was closed while it was going out all the same; that of a file merged into this one too.
HAD = """
    SELECT FROM outreach_contacttask AS had
     WHERE had.kind = %(kind)s AND had.planned_for BETWEEN kept.on_day - {apart} AND kept.on_day + {apart}
       AND {whose}
       AND (had.status <> 'cancelled'
            OR EXISTS (SELECT FROM outreach_message AS message
                        WHERE message.task_id = had.id AND message.status IN ('sending', 'sent', 'check')))
"""
OF_CLIENT = """had.client_id = ANY(ARRAY(
            SELECT client.id UNION ALL
            SELECT merged.id FROM clients_client AS merged WHERE merged.merged_into_id = client.id))"""
FOUND = """
    SELECT client.id AS client_id, upper(left(kept.calendar, 1)) || kept.year {suffix} AS occasion,
           kept.on_day AS planned_for, kept.on_day - %(ahead)s::int AS due_on, NULL::date AS shown_from,
           kept.on_day < %(open_from)s AS too_late, NULL::bigint AS visit_id, {memorable_day} AS memorable_day_id,
           NULL::bigint AS voucher_id, '{{}}'::jsonb AS facts
      FROM {kept} {joins}
     WHERE NOT EXISTS ({had})
"""
BORN = """
      JOIN clients_client AS client ON client.birthday_calendar = kept.calendar
           AND client.birthday_month = kept.month AND client.birthday_day = kept.day
"""
FROM_TIER = """
      JOIN loyalty_loyaltyaccount AS account ON account.client_id = client.id
      JOIN loyalty_tier AS tier ON tier.id = account.tier_id AND tier.position >= %(least)s
"""
REMEMBERED = """
      JOIN clients_memorableday AS day ON day.calendar = kept.calendar AND day.month = kept.month
           AND day.day = kept.day
      JOIN clients_client AS client ON client.id = day.client_id
"""
OF_BIRTHDAY = {"kept": KEPT, "suffix": "", "memorable_day": "NULL::bigint"}
BIRTHDAYS = FOUND.format(**OF_BIRTHDAY, joins=BORN, had=HAD.format(apart=APART, whose=OF_CLIENT))
GIFTS = FOUND.format(**OF_BIRTHDAY, joins=BORN + FROM_TIER, had=HAD.format(apart=APART, whose=OF_CLIENT))
# A day that was taken off the file and entered again is another row, but the same day: `had` then names none.
OF_DAY = """had.client_id = client.id AND (had.memorable_day_id = day.id
            OR had.memorable_day_id IS NULL AND had.planned_for = kept.on_day)"""
MEMORABLE_DAYS = FOUND.format(
    kept=KEPT,
    suffix="|| ':' || day.id",
    memorable_day="day.id",
    joins=REMEMBERED,
    had=HAD.format(apart=APART, whose=OF_DAY),
)


def plan(window: Window, at: datetime) -> Counts:
    """The greetings for birthdays in the window. Returns how many are open, how many of them belated, and too late."""
    return _greetings(Kind.BIRTHDAY, BIRTHDAYS, window, at)


def plan_memorable_days(window: Window, at: datetime) -> Counts:
    """The greetings for memorable days in the window, as for birthdays."""
    return _greetings(Kind.MEMORABLE_DAY, MEMORABLE_DAYS, window, at)


@transaction.atomic
def plan_gifts(window: Window, at: datetime) -> Counts:
    """The gifts to prepare for birthdays that are near, from the tier upwards that the rules name.

    Whoever reaches the tier in the last days gets one too. Too late is what was to be prepared on days that were missed
    until the birthday was over.
    """
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.GIFT, rules, today, at)
    if rules.gift_from_tier is None:
        return tidied
    ahead = timedelta(days=rules.gift_days)
    first = today if window.first is None else min(today, window.first + ahead)
    values = kept_days((first, today + ahead)) | {
        "ahead": rules.gift_days,
        "open_from": today,
        "least": rules.gift_from_tier.position,
    }
    return add(Kind.GIFT, GIFTS, values, today=today, at=at, revives=REVIVED) | tidied


@transaction.atomic
def _greetings(kind: Kind, found: str, window: Window, at: datetime) -> Counts:
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(kind, rules, today, at)
    open_from = before(today, rules.birthday_late_days)
    first = open_from if window.first is None else min(open_from, window.first)
    values = kept_days((first, today)) | {"ahead": 0, "open_from": open_from}
    return add(kind, found, values, today=today, at=at, revives=REVIVED) | tidied
