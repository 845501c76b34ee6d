"""Telling a client, once, that points or vouchers lapse soon. Rule source: DESIGN §4, points expiry; 14 days before.

What lapses within these days is looked at each time, so that points and vouchers given late are told of too. A voucher
that holds for a few days only was just handed over: nobody is reminded of it within a week.
"""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from loyalty.lapsing import LOTS
from outreach.models import ContactTask, Kind, OutreachRules
from outreach.planning.adding import add
from outreach.planning.closing import tidy
from staff.jobs import Counts, Window

REVIVED = (ContactTask.Because.DO_NOT_CONTACT,)
JUST_GIVEN = 7  # days in which a voucher is not reminded of

NEAR = """
    IN (SELECT entry.account_id FROM loyalty_pointsentry AS entry
         WHERE entry.expires_on BETWEEN %(today)s AND %(today)s + %(days)s
           AND entry.points > 0 AND entry.kind <> 'reverse'
           AND NOT EXISTS (SELECT FROM outreach_contacttask AS known
                            WHERE known.client_id = entry.account_id AND known.kind = 'points_lapsing'
                              AND known.occasion = 'lapse:' || to_char(entry.expires_on, 'YYYY-MM-DD')
                              AND NOT (known.status = 'cancelled' AND known.because = 'do_not_contact')))
"""
POINTS_OF = """
    SELECT account_id AS client_id, 'lapse:' || to_char(expires_on, 'YYYY-MM-DD') AS occasion,
           expires_on AS planned_for, expires_on - %(days)s::int AS due_on, NULL::date AS shown_from,
           expires_on < %(today)s AS too_late, NULL::bigint AS visit_id, NULL::bigint AS memorable_day_id,
           NULL::bigint AS voucher_id,
           jsonb_build_object('points', points, 'on', to_char(expires_on, 'YYYY-MM-DD')) AS facts
"""
POINTS = f"""
    WITH {LOTS.format(of_whom=NEAR)}
    {POINTS_OF} FROM lots WHERE expires_on BETWEEN %(today)s AND %(today)s + %(days)s
"""
# Nothing ran from the day of the notice until the points had lapsed.
POINTS_GONE = f"""
    {POINTS_OF}
      FROM (SELECT account_id, expires_on, -sum(points) AS points FROM loyalty_pointsentry
             WHERE kind = 'expire' AND expires_on BETWEEN %(missed)s AND %(today)s - 1
             GROUP BY account_id, expires_on HAVING sum(points) < 0) AS gone
"""  # noqa: S608  # put together from our own words
# `shown` is the one that is named: the most yuan off, else the most per cent, else the oldest.
VOUCHERS = """
    SELECT client_id, 'vouchers:' || to_char(expires_on, 'YYYY-MM-DD') AS occasion, expires_on AS planned_for,
           told_on AS due_on, NULL::date AS shown_from, expires_on < %(today)s AS too_late, NULL::bigint AS visit_id,
           NULL::bigint AS memorable_day_id, shown AS voucher_id,
           jsonb_build_object('vouchers', vouchers, 'on', to_char(expires_on, 'YYYY-MM-DD')) AS facts
      FROM (SELECT account_id AS client_id, expires_on, count(*) AS vouchers,
                   min(greatest(expires_on - %(days)s::int, issued_on + %(just_given)s))
                       FILTER (WHERE issued_on + %(just_given)s < expires_on) AS told_on,
                   (array_agg(id ORDER BY array_position('{amount,percent,price,trial}', worth::text), value DESC, id)
                   )[1] AS shown
              FROM loyalty_voucher
             WHERE status = 'open' AND expires_on BETWEEN least(%(missed)s, %(today)s) AND %(today)s + %(days)s
             GROUP BY account_id, expires_on) AS lapsing
     WHERE told_on <= %(today)s AND (expires_on >= %(today)s OR told_on >= %(missed)s)
"""
# Only who had a line in the book since then is counted again.
POINTS_LEFT = f"""
WITH asked AS MATERIALIZED (
    SELECT task.id, task.client_id, task.planned_for, task.facts
      FROM outreach_contacttask AS task
     WHERE task.status = 'open' AND task.kind = 'points_lapsing' AND task.planned_for >= %(today)s
       AND (SELECT entry.at FROM loyalty_pointsentry AS entry WHERE entry.account_id = task.client_id
             ORDER BY entry.id DESC LIMIT 1) > task.created_at),
{LOTS.format(of_whom="IN (SELECT client_id FROM asked)")},
now AS (
    SELECT asked.id, coalesce(lots.points, 0) AS points
      FROM asked LEFT JOIN lots ON lots.account_id = asked.client_id AND lots.expires_on = asked.planned_for
     WHERE coalesce(lots.points, 0) IS DISTINCT FROM (asked.facts ->> 'points')::bigint),
held AS (
    SELECT task.id, now.points FROM outreach_contacttask AS task JOIN now ON now.id = task.id
     WHERE task.status = 'open' ORDER BY task.id FOR UPDATE OF task SKIP LOCKED)
UPDATE outreach_contacttask AS task
   SET facts = task.facts || jsonb_build_object('points', held.points),
       status = CASE WHEN held.points > 0 THEN 'open' ELSE 'cancelled' END,
       because = CASE WHEN held.points > 0 THEN '' ELSE 'used' END,
       closed_at = CASE WHEN held.points > 0 THEN NULL ELSE %(at)s END
  FROM held WHERE task.id = held.id
RETURNING task.status
"""  # noqa: S608  # put together from our own words


@transaction.atomic
def plan(window: Window, at: datetime) -> Counts:
    """One notice for each client and day on which points lapse. Returns how many are open, belated, and too late."""
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.POINTS_LAPSING, rules, today, at)
    days = rules.lapsing_days
    made = add(Kind.POINTS_LAPSING, POINTS, {"days": days}, today=today, at=at, revives=REVIVED)
    missed = None if window.first is None else window.first + timedelta(days=days)
    if missed is not None and missed < today:
        gone = add(Kind.POINTS_LAPSING, POINTS_GONE, {"days": days, "missed": missed}, today=today, at=at)
        made = {count: made[count] + gone[count] for count in made}
    return made | tidied


@transaction.atomic
def plan_vouchers(window: Window, at: datetime) -> Counts:
    """One notice for each client and last day of vouchers. Returns how many are open, belated, and too late."""
    rules, today = OutreachRules.load(), window.today
    tidied = tidy(Kind.VOUCHER_LAPSING, rules, today, at)
    values = {"days": rules.lapsing_days, "just_given": JUST_GIVEN, "missed": window.first or today}
    return add(Kind.VOUCHER_LAPSING, VOUCHERS, values, today=today, at=at, revives=REVIVED) | tidied


def count_points_again(today: date, at: datetime) -> int:
    """Close the notices whose points are spent, and bring the others' figure up to date. Returns how many it closed."""
    with connection.cursor() as cursor:
        cursor.execute(POINTS_LEFT, {"today": today, "at": at})
        return sum(status != "open" for (status,) in cursor.fetchall())
