"""Closing what is no longer needed, with the reason. Looks at the open tasks only.

A task that somebody holds at the moment is left to the next time, and so is one whose message is on its way or waits
for a person to check it. Rule source: DESIGN §4, dormant reminder, one-week follow-up call, missed days.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection

from outreach.models import Kind, OutreachRules
from outreach.planning.adding import TOO_LATE, lateness, settle
from outreach.planning.kept import APART, KEPT, kept_days
from staff.jobs import Counts

NEWER = """
    SELECT FROM visits_visit AS newer
     WHERE newer.client_id = task.client_id AND newer.status = 'completed' AND newer.day > visit.day
"""
# The same person, greeted under the number of a file that was merged into this one. Into most files none was, which is
# asked first: before the database has counted a thousand new contacts, it goes through all of them for each.
GREETED = f"""
    task.client_id IN (SELECT merged_into_id FROM clients_client WHERE merged_into_id IS NOT NULL) AND EXISTS (
    SELECT FROM clients_client AS merged JOIN outreach_contacttask AS had ON had.client_id = merged.id
     WHERE merged.merged_into_id = task.client_id AND had.kind = task.kind AND had.status IN ('done', 'no_answer')
       AND had.planned_for BETWEEN task.planned_for - {APART} AND task.planned_for + {APART})
"""  # noqa: S608  # put together from our own words
KEPT_THEN = f"""
    SELECT FROM {KEPT} WHERE kept.on_day = task.planned_for AND kept.calendar = {{day}}calendar
                         AND kept.month = {{day}}month AND kept.day = {{day}}day
"""
UNUSED = """
    SELECT FROM loyalty_voucher AS voucher
     WHERE voucher.account_id = task.client_id AND voucher.status = 'open' AND voucher.expires_on = task.planned_for
"""
REASON = f"""
    CASE WHEN client.status NOT IN ('prospect', 'active') THEN 'not_on_file'
         WHEN client.do_not_contact THEN 'do_not_contact'
         WHEN visit.status = 'void' THEN 'visit_void'
         WHEN task.kind = 'dormant' AND EXISTS ({NEWER}) THEN 'returned'
         WHEN task.kind = 'follow_up' AND EXISTS ({NEWER} AND newer.imported_from = '') THEN 'newer_visit'
         WHEN task.kind IN ('birthday', 'gift') AND NOT EXISTS ({KEPT_THEN.format(day="client.birthday_")})
              THEN 'date_changed'
         WHEN task.kind IN ('birthday', 'gift') AND {GREETED} THEN 'not_on_file'
         WHEN task.kind = 'memorable_day' AND NOT EXISTS ({KEPT_THEN.format(day="memorable.")}) THEN 'date_changed'
         WHEN task.kind <> 'dormant' AND ({TOO_LATE}) THEN 'too_late'
         WHEN task.kind = 'voucher_lapsing' AND NOT EXISTS ({UNUSED}) THEN 'used'
         ELSE '' END
"""
CLOSE = f"""
WITH closing AS (
    SELECT task.id, reason.because
      FROM outreach_contacttask AS task
      JOIN clients_client AS client ON client.id = task.client_id
      LEFT JOIN visits_visit AS visit ON visit.id = task.visit_id
      LEFT JOIN clients_memorableday AS memorable ON memorable.id = task.memorable_day_id
     CROSS JOIN LATERAL (SELECT {REASON} AS because) AS reason
     WHERE task.status = 'open' AND task.kind = ANY(%(kinds)s) AND reason.because <> ''
       AND NOT EXISTS (SELECT FROM outreach_message AS message
                        WHERE message.task_id = task.id AND message.status IN ('sending', 'check'))
     ORDER BY task.id
       FOR UPDATE OF task SKIP LOCKED),
closed AS (
    UPDATE outreach_contacttask AS task
       SET status = CASE closing.because WHEN 'too_late' THEN 'skipped' ELSE 'cancelled' END,
           because = closing.because, closed_at = %(at)s
      FROM closing WHERE task.id = closing.id AND task.status = 'open'
    RETURNING task.because)
SELECT because, count(*) FROM closed GROUP BY because ORDER BY because
"""  # noqa: S608  # put together from our own words
DAYS = "SELECT DISTINCT planned_for FROM outreach_contacttask WHERE status = 'open' AND kind = ANY(%(dated)s)"
DATED = (Kind.BIRTHDAY, Kind.GIFT, Kind.MEMORABLE_DAY)


def close(rules: OutreachRules, today: date, at: datetime, *, kinds: Sequence[Kind]) -> Counts:
    """Close the open tasks of these kinds that are no longer needed. Returns how many were closed, by reason."""
    values = lateness(rules, today) | {"at": at, "kinds": [kind.value for kind in kinds]}
    dated = [kind.value for kind in DATED if kind in kinds]
    with connection.cursor() as cursor:
        cursor.execute(DAYS, {"dated": dated})
        values |= kept_days(*((day, day) for (day,) in cursor.fetchall()))
        cursor.execute(CLOSE, values)
        return dict(cursor.fetchall())


def tidy(kind: Kind, rules: OutreachRules, today: date, at: datetime) -> Counts:
    """What comes before the plan of a kind: close what is over, and put right what a wrong clock did. Returns both."""
    closed = sum(close(rules, today, at, kinds=[kind]).values())
    return {"closed": closed, "reopened": settle(kind, rules, today)}
