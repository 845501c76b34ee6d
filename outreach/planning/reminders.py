"""Winning back who has not come for long: at so many calendar months after the last visit, and twice again.

Rule source: DESIGN §4, dormant reminder and missed days. As with the segment, who never spent anything is not called
dormant. The first time the job runs it takes the last days only: who has been away for longer is for the list of the
dormant, not for a flood of messages.
"""

from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from loyalty.months import months_before
from outreach.models import Kind, OutreachRules
from outreach.planning.adding import REMINDER_LATE, add, before
from outreach.planning.closing import tidy
from staff.jobs import Counts, Window

FIRST_TIME = 7  # days
BY_A_MISTAKE = timedelta(days=30)  # a visit that closed a reminder may be voided so much later

AWAY = """
    SELECT account.client_id, 'since:' || last.id || ':' || step.months AS occasion, reached.on_day AS planned_for,
           reached.on_day AS due_on, NULL::date AS shown_from, reached.on_day < %(open_from)s AS too_late,
           last.id AS visit_id, NULL::bigint AS memorable_day_id, NULL::bigint AS voucher_id,
           jsonb_build_object('months', step.months) AS facts
      FROM unnest(%(months)s::int[], %(from)s::date[], %(to)s::date[]) AS step (months, since, until)
      JOIN loyalty_loyaltyaccount AS account ON account.last_visit_on BETWEEN step.since AND step.until
           AND account.lifetime_spend > 0
     CROSS JOIN LATERAL (SELECT (account.last_visit_on + make_interval(months => step.months))::date AS on_day)
           AS reached
      JOIN LATERAL (SELECT visit.id, visit.day FROM visits_visit AS visit
                     WHERE visit.client_id = account.client_id AND visit.status = 'completed'
                     ORDER BY visit.day DESC, visit.id DESC LIMIT 1) AS last ON last.day = account.last_visit_on
     WHERE reached.on_day BETWEEN %(first)s AND %(today)s
"""
# An open reminder of the client gives way to the newer one that is put in next.
GIVE_WAY = f"""
UPDATE outreach_contacttask AS task SET status = 'cancelled', because = 'newer_reminder', closed_at = %(at)s
  FROM ({AWAY}) AS found
 WHERE task.client_id = found.client_id AND task.kind = 'dormant' AND task.status = 'open' AND NOT found.too_late
   AND task.occasion <> found.occasion
   AND NOT EXISTS (SELECT FROM outreach_contacttask AS known
                    WHERE known.client_id = found.client_id AND known.kind = 'dormant'
                      AND known.occasion = found.occasion)
"""  # noqa: S608  # put together from our own words
# The visit by which the client came back was voided: she did not.
NOT_BACK = """
UPDATE outreach_contacttask AS task SET status = 'open', because = '', closed_at = NULL
  FROM visits_visit AS visit, clients_client AS client
 WHERE task.closed_at >= %(lately)s AND task.kind = 'dormant' AND task.status = 'cancelled'
   AND task.because = 'returned' AND visit.id = task.visit_id AND visit.status = 'completed'
   AND client.id = task.client_id AND client.status IN ('prospect', 'active') AND NOT client.do_not_contact
   AND NOT EXISTS (SELECT FROM visits_visit AS newer
                    WHERE newer.client_id = task.client_id AND newer.status = 'completed' AND newer.day > visit.day)
   AND NOT EXISTS (SELECT FROM outreach_contacttask AS other
                    WHERE other.client_id = task.client_id AND other.kind = 'dormant' AND other.id <> task.id
                      AND (other.status = 'open' OR other.closed_at > task.closed_at OR other.id > task.id))
"""


@transaction.atomic
def plan(window: Window, at: datetime) -> Counts:
    """The reminders whose day lies in the window. Returns how many are open, belated, too late, and closed for them."""
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.DORMANT, rules, today, at)
    first = before(today, FIRST_TIME - 1) if window.first is None else min(window.first, today)
    values = _steps(rules, first, today)
    with connection.cursor() as cursor:
        cursor.execute(NOT_BACK, {"lately": at - BY_A_MISTAKE})
        tidied["reopened"] += cursor.rowcount
        cursor.execute(GIVE_WAY, values | {"at": at})
        tidied["closed"] += cursor.rowcount
    return add(Kind.DORMANT, AWAY, values, today=today, at=at) | tidied


def _steps(rules: OutreachRules, first: date, today: date) -> dict[str, Any]:
    """The months of each reminder, with the last visits they may concern, wide enough for the ends of months."""
    months = [rules.dormant_first, rules.dormant_second, rules.dormant_third]
    return {
        "months": months,
        "from": [before(months_before(first, step), 3) for step in months],
        "to": [months_before(today, step) + timedelta(days=3) for step in months],
        "first": first,
        "today": today,
        "open_from": before(today, REMINDER_LATE),
    }
