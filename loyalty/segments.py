"""Segments: the second axis beside tiers, in the order in which they are asked. Rule source: DESIGN §4, segments.

A ticket is what a client spent on one day. A visit lies within 90 days when fewer than 90 days have passed since.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Sum, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.many_accounts import clients_of, in_batches
from loyalty.models import LoyaltyAccount, MeanTicket, SegmentChange
from visits.pricing import cents


class Segment(TextChoices):
    """What a client is to the salon; a walk-in or a client who never spent anything is in none."""

    DORMANT = "dormant", _("dormant")
    NEW = "new", _("new client")
    CORE = "core", _("core loyal")
    GROWTH = "growth", _("growth")
    REGULAR = "regular", _("regular")


NAMES = dict(Segment.choices)


def label(code: str) -> str:
    """The segment's name for the screen; nothing for a client who is in none."""
    return str(NAMES.get(code, ""))


def mean_ticket() -> Decimal | None:
    """The mean of what a client's visit day brought in the last 12 months, in yuan; None without spend.

    The standing must be fresh. Walk-ins do not count: nobody knows how often they come.
    """
    sums = LoyaltyAccount.objects.filter(visits_12m__gt=0).aggregate(spend=Sum("spend_12m"), visits=Sum("visits_12m"))
    return cents(sums["spend"] / sums["visits"]) or None if sums["visits"] else None


# What a client is measured by on a day: the rules in force, or others that are tried. The salon's own mean is the one
# that the last night counted; before the first night it is counted here. `core_above` is empty without any ticket.
BARS = """
bars AS (
    SELECT rules.*, rules.reference * rules.core_ratio AS core_above,
           (%(today)s::date - make_interval(months => rules.dormant_months::int))::date AS dormant_until,
           %(today)s::date - rules.new_days::int AS new_after,
           %(today)s::date - rules.recent_days::int AS recent_after
      FROM (SELECT dormant_months, new_days, new_visits, recent_days, core_visits, core_ratio, growth_visits,
                   reference_ticket IS NULL AS own_mean,
                   coalesce(reference_ticket,
                            (SELECT mean FROM loyalty_meanticket WHERE "on" <= %(today)s ORDER BY "on" DESC LIMIT 1),
                            (SELECT round(sum(spend_12m) / nullif(sum(visits_12m), 0), 2) FROM loyalty_loyaltyaccount)
                   ) AS reference
              FROM {rules}) AS rules)"""
IN_FORCE = "loyalty_segmentrules"
# The whole rule. Some clients or all of them: the same statement. It reads the standing as it is kept, so that must be
# fresh. Files that were merged away or erased are in no list, so they are in no segment either.
JUDGED = """
judged AS MATERIALIZED (
    SELECT account.client_id, account.segment AS was, account.first_visit_on, account.last_visit_on,
           account.visits_12m, account.spend_12m, account.lifetime_visits, account.lifetime_spend,
           coalesce(recent.visits, 0) AS recent_visits, asked.client_id IS NOT NULL AS asked,
           coalesce(account.spend_12m > bars.core_above * account.visits_12m, false) AS above,
           CASE WHEN client.status NOT IN ('prospect', 'active') OR account.last_visit_on IS NULL
                  OR account.lifetime_spend <= 0 THEN ''
                WHEN account.last_visit_on <= bars.dormant_until THEN 'dormant'
                WHEN account.first_visit_on > bars.new_after AND account.lifetime_visits < bars.new_visits THEN 'new'
                WHEN recent.visits >= bars.core_visits
                 AND account.spend_12m > bars.core_above * account.visits_12m THEN 'core'
                WHEN recent.visits >= bars.growth_visits OR asked.client_id IS NOT NULL THEN 'growth'
                ELSE 'regular' END AS segment
      FROM loyalty_loyaltyaccount AS account
     CROSS JOIN bars
      JOIN clients_client AS client ON client.id = account.client_id
      LEFT JOIN (SELECT client_id, count(DISTINCT day) AS visits FROM visits_visit
                  WHERE status = 'completed' AND client_id {of_whom}
                    AND day > (SELECT recent_after FROM bars) AND day <= %(today)s
                  GROUP BY client_id) AS recent ON recent.client_id = account.client_id
      LEFT JOIN (SELECT DISTINCT client_id FROM clients_enquiry
                  WHERE status = 'open' AND client_id {of_whom}) AS asked ON asked.client_id = account.client_id
     WHERE account.client_id {of_whom})"""
# The figures of a client's day with those of the rules: what a change keeps, and what an explanation tells.
FIGURES = """
jsonb_build_object(
    'first_visit_on', first_visit_on, 'last_visit_on', last_visit_on, 'visits', lifetime_visits,
    'recent_visits', recent_visits, 'ticket', round(spend_12m / nullif(visits_12m, 0), 2)::text, 'above', above,
    'enquiry', asked, 'reference', reference::text, 'own_mean', own_mean, 'core_ratio', core_ratio::text,
    'core_visits', core_visits, 'growth_visits', growth_visits, 'recent_days', recent_days,
    'dormant_months', dormant_months, 'new_days', new_days, 'new_visits', new_visits)"""
# Only who moves is written, and nobody whom a checkout counted meanwhile: it has judged by fresher figures.
MOVE = (
    "WITH {bars}, {judged},"
    """
moved AS (
    UPDATE loyalty_loyaltyaccount AS account SET segment = judged.segment
      FROM judged
     WHERE account.client_id = judged.client_id AND account.segment = judged.was AND judged.segment <> judged.was
       AND (account.first_visit_on, account.last_visit_on, account.visits_12m, account.spend_12m,
            account.lifetime_visits, account.lifetime_spend)
           IS NOT DISTINCT FROM
           (judged.first_visit_on, judged.last_visit_on, judged.visits_12m, judged.spend_12m,
            judged.lifetime_visits, judged.lifetime_spend)
    RETURNING judged.*)
INSERT INTO loyalty_segmentchange (account_id, from_segment, to_segment, figures, "on", at)
SELECT client_id, was, segment, {figures}, %(today)s, %(at)s FROM moved CROSS JOIN bars
"""
)
LOOK = """
WITH {bars}, {judged}
SELECT segment, {figures},
       (SELECT coalesce(jsonb_agg(to_jsonb(latest)), '[]')
          FROM (SELECT from_segment, to_segment, figures, "on" FROM loyalty_segmentchange
                 WHERE account_id = judged.client_id ORDER BY id DESC LIMIT %(latest)s) AS latest)
  FROM judged CROSS JOIN bars
"""
FIND = "WITH {bars}, {judged} SELECT client_id FROM judged WHERE segment <> was ORDER BY client_id"
EVERYBODY, THESE = "IS NOT NULL", "= ANY(%(clients)s)"


def refresh(account: LoyaltyAccount, today: date) -> SegmentChange | None:
    """Put one client into the segment of today's figures. Returns the change, or None when the client stays.

    The standing must be fresh. One query.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _sql(MOVE, THESE) + "RETURNING id, from_segment, to_segment, figures, at",
            {"today": today, "at": timezone.now(), "clients": [account.pk]},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    pk, before, account.segment, figures, at = row
    return SegmentChange(
        pk=pk,
        account=account,
        from_segment=before,
        to_segment=account.segment,
        figures=_read(figures),
        on=today,
        at=at,
    )


def rebuild_all(today: date) -> int:
    """Count the salon's mean ticket, then put everybody into the segment of today. Returns how many moved.

    The standing must be fresh. Stopped anywhere or run twice, it leaves what the next run finishes.
    """
    if mean := mean_ticket():
        MeanTicket.objects.bulk_create(
            [MeanTicket(on=today, mean=mean)], update_conflicts=True, unique_fields=["on"], update_fields=["mean"]
        )
    return in_batches(clients_of(_sql(FIND, EVERYBODY), {"today": today}), lambda clients: _move(clients, today))


def _move(clients: Sequence[int], today: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_sql(MOVE, THESE), {"today": today, "at": timezone.now(), "clients": list(clients)})
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Look:
    """What today's figures give a client: the segment, the figures as a change keeps them, and the latest changes."""

    segment: str
    figures: dict[str, Any]
    changes: list[dict[str, Any]]


def look(account: LoyaltyAccount, today: date, latest: int) -> Look:
    """How one client is judged today, with the `latest` changes, newest first. Writes nothing; one query."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(LOOK, THESE), {"today": today, "clients": [account.pk], "latest": latest})
        segment, figures, changes = cursor.fetchone()
    return Look(segment, _read(figures), _read(changes))


def _sql(statement: str, of_whom: str, rules: str = IN_FORCE) -> str:
    return statement.format(bars=BARS.format(rules=rules), judged=JUDGED.format(of_whom=of_whom), figures=FIGURES)


def _read(stored: Any) -> Any:
    return json.loads(stored) if isinstance(stored, str) else stored
