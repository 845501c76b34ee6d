"""The call a week after each visit, and the thanks for the first one.

The visits of the last weeks are looked at each time, so that one that was entered late has its call too. A visit that
came by import was attended to elsewhere. Rule source: DESIGN §4, one-week follow-up call, thank-you; §3, visits are
counted as days.
"""

from datetime import datetime

from django.db import transaction

from outreach.models import ContactTask, Kind, OutreachRules
from outreach.planning.adding import THANKS_LATE, add, before
from outreach.planning.closing import tidy
from staff.jobs import Counts, Window

Because = ContactTask.Because
# The latest receipt of the latest day. A day that was called for already is not called for again because of another
# receipt; an open call that somebody holds at this moment is left to the next run.
CALLS = """
    SELECT latest.client_id, 'visit:' || latest.id AS occasion, latest.day + %(due_days)s AS planned_for,
           latest.day + %(due_days)s AS due_on, latest.day + %(shown_days)s AS shown_from,
           latest.day < %(open_from)s AS too_late, latest.id AS visit_id, NULL::bigint AS memorable_day_id,
           NULL::bigint AS voucher_id, '{}'::jsonb AS facts
      FROM (SELECT DISTINCT ON (client_id) client_id, id, day
              FROM visits_visit
             WHERE status = 'completed' AND client_id IS NOT NULL AND imported_from = '' AND day >= %(since)s
             ORDER BY client_id, day DESC, at DESC, id DESC) AS latest
     WHERE latest.day <= %(until)s
       AND NOT EXISTS (SELECT FROM outreach_contacttask AS had JOIN visits_visit AS visit ON visit.id = had.visit_id
                        WHERE had.client_id = latest.client_id AND had.kind = 'follow_up'
                          AND (had.status = 'open' OR had.status <> 'cancelled' AND visit.day = latest.day))
"""
# Whoever came before the day from which visits are looked at is no new client.
THANKS = """
    SELECT first.client_id, 'visit:' || first.id AS occasion, first.day AS planned_for, first.day AS due_on,
           NULL::date AS shown_from, first.day < %(open_from)s AS too_late, first.id AS visit_id,
           NULL::bigint AS memorable_day_id, NULL::bigint AS voucher_id, '{}'::jsonb AS facts
      FROM (SELECT DISTINCT ON (client_id) client_id, id, day, imported_from
              FROM visits_visit
             WHERE status = 'completed' AND client_id IS NOT NULL AND day BETWEEN %(since)s AND %(today)s
             ORDER BY client_id, day, at, id) AS first
     WHERE first.imported_from = ''
       AND NOT EXISTS (SELECT FROM visits_visit AS older
                        WHERE older.client_id = first.client_id AND older.status = 'completed'
                          AND older.day < %(since)s)
       AND NOT EXISTS (SELECT FROM outreach_contacttask AS had
                        WHERE had.client_id = first.client_id AND had.kind = 'thank_you'
                          AND had.status <> 'cancelled')
"""


@transaction.atomic
def plan(window: Window, at: datetime) -> Counts:
    """One open call for each client's latest visit that has none. Returns how many, belated, too late, and closed.

    Calls of earlier visits that are open still are closed first: the newer visit takes their place.
    """
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.FOLLOW_UP, rules, today, at)
    open_from = before(today, rules.follow_up_days + rules.follow_up_late_days)
    since = open_from if window.first is None else min(open_from, before(window.first, rules.follow_up_shown_days))
    values = {
        "due_days": rules.follow_up_days,
        "shown_days": rules.follow_up_shown_days,
        "open_from": open_from,
        "since": since,
        "until": before(today, rules.follow_up_shown_days),
    }
    revives = (Because.NEWER_VISIT, Because.DO_NOT_CONTACT)
    return add(Kind.FOLLOW_UP, CALLS, values, today=today, at=at, revives=revives) | tidied


@transaction.atomic
def plan_thanks(window: Window, at: datetime) -> Counts:
    """Thanks to each client whose first completed visit was in the last days, once. Returns how many, as `plan`."""
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.THANK_YOU, rules, today, at)
    open_from = before(today, THANKS_LATE)
    since = open_from if window.first is None else min(open_from, window.first)
    values = {"open_from": open_from, "since": since}
    return add(Kind.THANK_YOU, THANKS, values, today=today, at=at, revives=(Because.DO_NOT_CONTACT,)) | tidied
