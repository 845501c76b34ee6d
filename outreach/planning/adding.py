"""Putting found occasions into the list: once each, to whom they belong, belated or too late.

What a statement finds has the columns client_id, occasion, planned_for (the day itself), due_on (when to do it),
shown_from, too_late, visit_id, memorable_day_id, voucher_id and facts. Rule source: DESIGN §4, missed days.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

from outreach.access import NEEDED_RIGHT
from outreach.models import ContactTask, Kind, OutreachRules
from staff.jobs import Counts
from staff.models import User
from staff.roles import MATRIX, Can, Role

Because = ContactTask.Because
LONGEST = 32_767  # days late that a column can hold
THANKS_LATE = 7  # days; as many as the front desk may enter a visit late
REMINDER_LATE = 14

# Who is not on file or does not want to be contacted is in no plan. Belated ones are due today. What was cancelled
# for a reason that is gone (`revives`) is opened again: its occasion is the same. So is what was cancelled by a tick
# in the box 'do not contact' that was a mistake.
ADD = """
WITH found AS ({found}),
fresh AS (
    SELECT found.*, client.consultant_id,
           CASE WHEN found.too_late THEN found.due_on ELSE greatest(found.due_on, %(today)s) END AS due
      FROM found JOIN clients_client AS client ON client.id = found.client_id
       AND client.status IN ('prospect', 'active') AND NOT client.do_not_contact
     WHERE NOT EXISTS (SELECT FROM outreach_contacttask AS known
                        WHERE known.client_id = found.client_id AND known.kind = %(kind)s
                          AND known.occasion = found.occasion
                          AND NOT (known.status = 'cancelled' AND known.because = ANY(%(revives)s)))),
made AS (
    INSERT INTO outreach_contacttask AS task
        (client_id, kind, occasion, visit_id, memorable_day_id, voucher_id, facts, planned_for, due_on, shown_from,
         belated_days, assigned_to_id, status, because, attempts, feeling, closed_at, needs_answer, answer, created_at)
    SELECT client_id, %(kind)s, occasion, visit_id, memorable_day_id, voucher_id, facts, planned_for, due,
           least(shown_from, due), least(greatest(%(today)s - due_on, 0), %(longest)s),
           CASE WHEN too_late THEN NULL WHEN consultant_id = ANY(%(able)s) THEN consultant_id ELSE ({beautician}) END,
           CASE WHEN too_late THEN 'skipped' ELSE 'open' END, CASE WHEN too_late THEN 'too_late' ELSE '' END, 0, '',
           CASE WHEN too_late THEN %(at)s END, false, '', %(at)s
      FROM fresh
     ORDER BY client_id, occasion
    ON CONFLICT (client_id, kind, occasion) DO UPDATE
       SET visit_id = excluded.visit_id, voucher_id = excluded.voucher_id, facts = excluded.facts,
           planned_for = excluded.planned_for, due_on = excluded.due_on,
           shown_from = excluded.shown_from, belated_days = excluded.belated_days, status = excluded.status,
           assigned_to_id = excluded.assigned_to_id, because = excluded.because, closed_at = excluded.closed_at
     WHERE task.status = 'cancelled' AND task.because = ANY(%(revives)s)
    RETURNING status, belated_days)
SELECT count(*) FILTER (WHERE status = 'open'), count(*) FILTER (WHERE status = 'open' AND belated_days > 0),
       count(*) FILTER (WHERE status = 'skipped')
  FROM made
"""
# Of the visit that it is about, else of the client's last one.
BEAUTICIAN = """
    SELECT line.beautician_id FROM visits_visitline AS line
     WHERE line.beautician_id = ANY(%(able)s) AND line.visit_id = coalesce(fresh.visit_id,
               (SELECT last.id FROM visits_visit AS last
                 WHERE last.client_id = fresh.client_id AND last.status = 'completed'
                 ORDER BY last.day DESC, last.id DESC LIMIT 1))
     ORDER BY line.position, line.id LIMIT 1
"""
# When an occasion is over. An open reminder to come back never is: it waits until the client comes or a newer one.
TOO_LATE = """
    CASE WHEN task.kind IN ('birthday', 'memorable_day') THEN task.due_on + %(greeting_late)s < %(today)s
         WHEN task.kind = 'gift' THEN greatest(task.planned_for, task.due_on) < %(today)s
         WHEN task.kind = 'follow_up' THEN task.due_on + %(follow_up_late)s < %(today)s
         WHEN task.kind = 'thank_you' THEN task.due_on + %(thanks_late)s < %(today)s
         WHEN task.kind = 'dormant' THEN task.due_on + %(reminder_late)s < %(today)s
         ELSE task.planned_for < %(today)s END
"""
# The clock had gone ahead and came back: what was skipped meanwhile is open when its day comes. What was planned on
# such a day (created and closed in one) is due today, the rest as it was.
REOPEN = f"""
UPDATE outreach_contacttask AS task
   SET status = 'open', because = '', closed_at = NULL,
       due_on = CASE WHEN task.closed_at = task.created_at THEN %(today)s ELSE task.due_on END,
       belated_days = CASE WHEN task.closed_at = task.created_at THEN %(today)s - task.due_on
                           ELSE task.belated_days END
  FROM (SELECT DISTINCT ON (task.client_id, CASE WHEN %(one_open)s THEN 0 ELSE task.id END) task.id
          FROM outreach_contacttask AS task JOIN clients_client AS client ON client.id = task.client_id
         WHERE task.kind = %(kind)s AND task.status = 'skipped' AND task.because = 'too_late'
           AND task.due_on BETWEEN %(since)s AND %(today)s AND NOT ({TOO_LATE})
           AND client.status IN ('prospect', 'active') AND NOT client.do_not_contact
           AND NOT (%(one_open)s AND EXISTS (SELECT FROM outreach_contacttask AS other
                                              WHERE other.client_id = task.client_id AND other.kind = %(kind)s
                                                AND other.status = 'open'))
         ORDER BY task.client_id, CASE WHEN %(one_open)s THEN 0 ELSE task.id END, task.due_on DESC) AS again
 WHERE task.id = again.id AND task.status = 'skipped'
"""  # noqa: S608  # put together from our own words
# The other half: what a day ahead of time called belated is due when it would have been. Nobody has put it off yet,
# since what is put off stays shown.
PULL_BACK = """
UPDATE outreach_contacttask AS task
   SET due_on = greatest(task.due_on - task.belated_days, %(today)s),
       shown_from = greatest(task.due_on - task.belated_days, %(today)s),
       belated_days = greatest(%(today)s - (task.due_on - task.belated_days), 0)
 WHERE task.kind = %(kind)s AND task.status = 'open' AND task.belated_days > 0 AND task.attempts = 0
   AND task.due_on > %(today)s AND task.shown_from = task.due_on
"""
# The furthest back that something skipped may be due and still not be too late.
SKIPPED_SINCE = 400
ONE_OPEN = frozenset({Kind.FOLLOW_UP, Kind.DORMANT})


def add(
    kind: Kind, found: str, values: Mapping[str, Any], *, today: date, at: datetime, revives: Sequence[Because] = ()
) -> Counts:
    """Put in what the statement `found` finds with these `values`. Returns how many are open, belated, and too late."""
    ours: dict[str, Any] = {
        "kind": kind.value,
        "today": today,
        "at": at,
        "longest": LONGEST,
        "revives": [one.value for one in revives],
    }
    with connection.cursor() as cursor:
        cursor.execute(ADD.format(found=found, beautician=BEAUTICIAN), {**values, **ours, "able": who_can_do(kind)})
        planned, belated, too_late = cursor.fetchone()
    return {"planned": planned, "belated": belated, "too_late": too_late}


def settle(kind: Kind, rules: OutreachRules, today: date) -> int:
    """Put right what was planned while the clock was ahead. Returns how many tasks are open again or due earlier."""
    values = lateness(rules, today) | {
        "kind": kind.value,
        "one_open": kind in ONE_OPEN,
        "since": before(today, SKIPPED_SINCE),
    }
    settled = 0
    with connection.cursor() as cursor:
        for sql in (REOPEN, PULL_BACK):
            cursor.execute(sql, values)
            settled += cursor.rowcount
    return settled


def lateness(rules: OutreachRules, today: date) -> dict[str, Any]:
    """What TOO_LATE asks for: the day, and figures in days."""
    return {
        "today": today,
        "greeting_late": rules.birthday_late_days,
        "follow_up_late": rules.follow_up_late_days,
        "thanks_late": THANKS_LATE,
        "reminder_late": REMINDER_LATE,
    }


def who_can_do(kind: Kind) -> list[int]:
    """The ids of those at work who may do this kind of contact: a beautician sees no birthdays and no points."""
    people = User.objects.filter(is_active=True)
    for right in {Can.WORK_CONTACTS, NEEDED_RIGHT.get(kind, Can.WORK_CONTACTS)}:
        people = people.filter(groups__name__in=[role for role in Role if right in MATRIX[role]])
    return list(people.order_by("pk").values_list("pk", flat=True).distinct())


def before(day: date, days: int) -> date:
    """So many days earlier; the first day there is at the earliest."""
    return date.fromordinal(max(day.toordinal() - days, 1))
