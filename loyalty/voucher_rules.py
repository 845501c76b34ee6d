"""Vouchers given by rule: thanks after a first visit, for the birthday, to who has not come for long.

Each rule is one statement over all clients, and each voucher has an occasion that the database takes once: run late,
twice or by two workers at once, everybody gets one. A rule without a kind of voucher in use gives nothing. Files that
were merged away or erased get nothing, and walk-ins have no file. Rule source: DESIGN §4, thank-you, birthday, dormant
reminder; the referral's voucher is given where the referral is rewarded.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction

from clients.calendars import days_between
from clients.models import Calendar, FileRules
from loyalty.models import SegmentRules, VoucherKind
from loyalty.months import months_before
from loyalty.vouchers import CODES, LEAST_CODE, last_day
from staff.jobs import Counts, Window

Rule = VoucherKind.Rule
JOB = "loyalty.issue_vouchers"

# How far back each rule looks. Long enough for visits that are entered late and for days on which nothing ran; short
# enough that taking over old visits, or switching a rule on, floods nobody.
THANK_YOU_DAYS = 7  # as many as the front desk may enter a visit late
BELATED_DAYS = 3  # a birthday that was missed is kept this much later
DORMANT_DAYS = 7  # who has been away longer than that is for the win-back list, not for a voucher to everybody
# Two birthdays lie at least 354 days apart, in either calendar. Who has the birthday moved into the other calendar, or
# corrected, does not get a second one for the same year.
BETWEEN_BIRTHDAYS = 300

FIRST_VISITS = """
    SELECT first.client_id, 'thank_you:visit:' || first.id AS occasion
      FROM (SELECT DISTINCT ON (client_id) client_id, id, imported_from
              FROM visits_visit
             WHERE status = 'completed' AND client_id IS NOT NULL AND day BETWEEN %(since)s AND %(today)s
             ORDER BY client_id, day, at, id) AS first
     WHERE first.imported_from = ''
       AND NOT EXISTS (SELECT FROM visits_visit AS older
                        WHERE older.client_id = first.client_id AND older.status = 'completed'
                          AND older.day < %(since)s)
       AND NOT EXISTS (SELECT FROM loyalty_voucher AS had
                        WHERE had.account_id = first.client_id AND had.occasion LIKE 'thank_you:%%'
                          AND had.status <> 'withdrawn')
"""
BIRTHDAYS = """
    SELECT client.id AS client_id,
           'birthday:' || upper(left(kept.calendar, 1)) || kept.year || ':' || client.id AS occasion
      FROM unnest(%(calendars)s::text[], %(years)s::int[], %(months)s::int[], %(days)s::int[])
           AS kept (calendar, year, month, day)
      JOIN clients_client AS client ON client.birthday_calendar = kept.calendar
           AND client.birthday_month = kept.month AND client.birthday_day = kept.day
     WHERE NOT EXISTS (SELECT FROM loyalty_voucher AS had
                        WHERE had.account_id = client.id AND had.occasion LIKE 'birthday:%%'
                          AND had.issued_on > %(again)s)
"""
# As with the segment, who never spent anything is not called dormant.
LONG_AWAY = """
    SELECT client_id, 'dormant:' || client_id || ':' || last_visit_on AS occasion
      FROM loyalty_loyaltyaccount
     WHERE last_visit_on BETWEEN %(from)s AND %(to)s AND lifetime_spend > 0
       AND (last_visit_on + %(away)s::interval)::date BETWEEN %(since)s AND %(today)s
"""
# An account that a checkout holds at this moment is left to the next run, so that neither waits for the other. A code
# that is taken already falls to the conflict; whoever is still due gets another one in the next round.
GIVE = """
WITH due AS MATERIALIZED (
    SELECT account.client_id, found.occasion
      FROM ({found}) AS found
      JOIN loyalty_loyaltyaccount AS account ON account.client_id = found.client_id
      JOIN clients_client AS client ON client.id = found.client_id AND client.status IN ('prospect', 'active')
      JOIN loyalty_tier AS tier ON tier.id = account.tier_id AND tier.position >= %(least)s
     WHERE NOT EXISTS (SELECT FROM loyalty_voucher AS known WHERE known.occasion = found.occasion)
     ORDER BY account.client_id
       FOR KEY SHARE OF account SKIP LOCKED),
given AS (
    INSERT INTO loyalty_voucher
        (code, account_id, kind_id, name, name_en, worth, value, service_id, min_spend, stacks, issued_on, expires_on,
         source, occasion, reason, status, saved, withdrawn_reason)
    SELECT %(least_code)s + ('x' || left(gen_random_uuid()::text, 8))::bit(32)::bigint %% %(codes)s,
           due.client_id, kind.id, kind.name, kind.name_en, kind.worth, kind.value, kind.service_id, kind.min_spend,
           kind.stacks, %(today)s, %(expires_on)s, 'rule', due.occasion, '', 'open', 0, ''
      FROM due JOIN loyalty_voucherkind AS kind ON kind.id = %(kind)s
     ORDER BY due.client_id
    ON CONFLICT DO NOTHING
    RETURNING id)
SELECT (SELECT count(*) FROM due), (SELECT count(*) FROM given)
"""
ROUNDS = 10


def issue_due(today: date) -> Counts:
    """Give every voucher that a rule asks for on this day. Returns how many were given, by rule."""
    return {
        Rule.THANK_YOU: thank_for_first_visits(today),
        Rule.BIRTHDAY: give_for_birthdays(today),
        Rule.DORMANT: give_to_dormant(today),
    }


def issue(window: Window) -> Counts:
    """The day's vouchers, and on each repeat the thanks for first visits. Returns how many, by rule."""
    if window.is_repeat:
        return {Rule.THANK_YOU: thank_for_first_visits(window.today)}
    return issue_due(window.today)


def thank_for_first_visits(today: date) -> int:
    """A voucher for each client whose first completed visit was in the last days, once. Returns how many.

    A visit that came by import is nobody's first: that client was thanked elsewhere.
    """
    return _give(Rule.THANK_YOU, today, FIRST_VISITS, {"since": _days_before(today, THANK_YOU_DAYS - 1)})


def give_for_birthdays(today: date) -> int:
    """A voucher for each birthday, solar or lunar, once a year. Returns how many.

    A kind that holds until the end of the month is given from the first of the month in which the birthday is kept,
    so that it holds all of that month; one that holds for some days is given on the day itself.
    """
    kind = _kind(Rule.BIRTHDAY)
    if kind is None:
        return 0
    first, last = _days_before(today, BELATED_DAYS), today
    if kind.days_valid is None:
        last = today.replace(day=monthrange(today.year, today.month)[1])
    leap_day = FileRules.load().leap_day
    kept = [(calendar, day) for calendar in Calendar.values for day in days_between(calendar, first, last, leap_day)]
    values = {
        "calendars": [calendar for calendar, _day in kept],
        "years": [day.year for _calendar, day in kept],
        "months": [day.month for _calendar, day in kept],
        "days": [day.day for _calendar, day in kept],
        "again": _days_before(today, BETWEEN_BIRTHDAYS),
    }
    return _give(Rule.BIRTHDAY, today, BIRTHDAYS, values)


def give_to_dormant(today: date) -> int:
    """A voucher for each client whose last visit was so many months ago in the last days, once for that visit."""
    months = SegmentRules.load().dormant_months
    since = _days_before(today, DORMANT_DAYS - 1)
    values = {
        "since": since,
        "away": f"{months} months",
        # Wide enough for what the ends of months take off, so that the index is asked first.
        "from": _days_before(months_before(since, months), 3),
        "to": months_before(today, months) + timedelta(days=3),
    }
    return _give(Rule.DORMANT, today, LONG_AWAY, values)


def _kind(rule: str) -> VoucherKind | None:
    return VoucherKind.objects.select_related("min_tier").filter(rule=rule, is_active=True).first()


@transaction.atomic
def _give(rule: str, today: date, found: str, values: Mapping[str, Any]) -> int:
    """Give the rule's kind to all whom the statement `found` finds with an occasion that is new."""
    kind = _kind(rule)
    if kind is None:
        return 0
    values = {
        **values,
        "today": today,
        "kind": kind.pk,
        "expires_on": last_day(kind, today),
        "least": kind.min_tier.position if kind.min_tier else 0,
        "least_code": LEAST_CODE,
        "codes": CODES,
    }
    made = 0
    with connection.cursor() as cursor:
        for _round in range(ROUNDS):
            cursor.execute(GIVE.format(found=found), values)
            due, given = cursor.fetchone()
            made += given
            if given == due:
                break
    return made


def _days_before(day: date, days: int) -> date:
    return day - timedelta(days=min(days, (day - date.min).days))
