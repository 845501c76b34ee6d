"""What a threshold would do before it is saved: who would move, which way, and what the discount would have cost.

All by today's figures, and nothing is written: a tier rises at once, falls at its next review, and one set by hand
holds until its day. Rule source: DESIGN §4, explaining a tier.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from loyalty.models import SegmentRules, Tier
from loyalty.segments import BARS, EVERYBODY, IN_FORCE, JUDGED, label
from loyalty.standing import window_start

SHOWN = 100


class Way(StrEnum):
    """Which way somebody would move."""

    UP = "up"
    DOWN = "down"
    STAYS = "stays"
    BETWEEN = "between"


@dataclass(frozen=True, slots=True)
class Flow:
    """How many would come out at `after` where it would have been `before`."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Moving:
    """One client who would move. `on`: the day of the review or the last one of a tier set by hand; None: at once."""

    client: int
    name: str
    now: str
    before: str
    after: str
    on: date | None = None

    @property
    def number(self) -> str:
        return f"C-{self.client:05d}"


@dataclass(frozen=True, slots=True)
class Group:
    """All who would move the same way: how many in all, from where to where, and the first of them by name."""

    way: Way
    flows: list[Flow] = field(default_factory=list)
    clients: list[Moving] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(flow.count for flow in self.flows)

    @property
    def more(self) -> int:
        """How many are not named."""
        return self.count - len(self.clients)


@dataclass(frozen=True, slots=True)
class Discount:
    """Yuan of tier discount on the services of the last 12 months.

    `given` is what was given; `present` what today's tiers by the present rules would have given all the 12 months,
    `proposed` the same by the new ones.
    """

    given: Decimal
    present: Decimal
    proposed: Decimal

    @property
    def difference(self) -> Decimal:
        return self.proposed - self.present


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would happen. `discount` is None where it is not touched."""

    groups: list[Group]
    discount: Discount | None = None

    @property
    def count(self) -> int:
        return sum(group.count for group in self.groups)


# Both ladders come as rows: tier (0: the one that is being added), position, minimums, per cent. `settled` is where a
# client is by the end of the hour, `later` where the next review leaves them by today's figures, `on` when that is.
TIERS = """
WITH present AS (
    SELECT * FROM jsonb_to_recordset(%(present)s::jsonb)
        AS step(tier bigint, position int, min_spend numeric, min_visits int, percent int)),
proposed AS (
    SELECT * FROM jsonb_to_recordset(%(proposed)s::jsonb)
        AS step(tier bigint, position int, min_spend numeric, min_visits int, percent int)),
aims AS (
    SELECT account.client_id, account.tier_id, account.tier_by_hand_until, account.review_on,
           client.name, client.status IN ('prospect', 'active') AS on_file,
           coalesce(account.tier_by_hand_until >= %(today)s, false) AS by_hand,
           coalesce(account.tier_by_hand_until < %(today)s
                    OR (account.tier_by_hand_until IS NULL AND account.review_on <= %(today)s), false) AS is_due,
           {aim_present} AS aim_before, {aim_proposed} AS aim_after
      FROM loyalty_loyaltyaccount AS account JOIN clients_client AS client ON client.id = account.client_id),
outcomes AS (
    SELECT aims.*, coalesce(aims.tier_by_hand_until, aims.review_on) AS ends_on,
           CASE WHEN by_hand THEN tier_id WHEN is_due OR aim_b.position > tier_b.position THEN aim_before
                ELSE tier_id END AS settled_before,
           CASE WHEN by_hand THEN tier_id WHEN is_due OR aim_a.position > tier_a.position THEN aim_after
                ELSE tier_id END AS settled_after,
           CASE WHEN by_hand OR review_on IS NOT NULL OR aim_b.position > tier_b.position THEN aim_before
                ELSE tier_id END AS later_before,
           CASE WHEN by_hand OR review_on IS NOT NULL OR aim_a.position > tier_a.position THEN aim_after
                ELSE tier_id END AS later_after
      FROM aims
      JOIN present AS tier_b ON tier_b.tier = tier_id
      JOIN proposed AS tier_a ON tier_a.tier = tier_id
      JOIN present AS aim_b ON aim_b.tier = aim_before
      JOIN proposed AS aim_a ON aim_a.tier = aim_after),
moves AS MATERIALIZED (
    SELECT client_id, name, tier_id AS now, way,
           CASE way WHEN 'up' THEN settled_before ELSE later_before END AS before,
           CASE way WHEN 'up' THEN settled_after ELSE later_after END AS after,
           CASE way WHEN 'up' THEN NULL ELSE ends_on END AS "on"
      FROM (SELECT outcomes.*,
                   CASE WHEN settled_a.position > settled_b.position THEN 'up'
                        WHEN later_a.position < later_b.position THEN 'down'
                        WHEN later_a.position > later_b.position THEN 'stays' END AS way
              FROM outcomes
              JOIN proposed AS settled_b ON settled_b.tier = settled_before
              JOIN proposed AS settled_a ON settled_a.tier = settled_after
              JOIN proposed AS later_b ON later_b.tier = later_before
              JOIN proposed AS later_a ON later_a.tier = later_after
             WHERE on_file) AS ways
     WHERE way IS NOT NULL),
rates AS (
    SELECT client_id, coalesce(before.percent, 0) AS percent_before, coalesce(after.percent, 0) AS percent_after
      FROM outcomes
      JOIN present AS before ON before.tier = CASE WHEN by_hand THEN tier_id ELSE later_before END
      JOIN proposed AS after ON after.tier = CASE WHEN by_hand THEN tier_id ELSE later_after END),
costs AS (
    SELECT coalesce(sum(line.tier_discount), 0) AS given,
           coalesce(sum(round(line.unit_price * line.quantity * percent_before / 100, 2)), 0) AS present,
           coalesce(sum(round(line.unit_price * line.quantity * percent_after / 100, 2)), 0) AS proposed
      FROM visits_visit AS visit
      JOIN rates ON rates.client_id = visit.client_id
      JOIN visits_visitline AS line ON line.visit_id = visit.id AND line.service_id IS NOT NULL
     WHERE visit.status = 'completed' AND visit.day > %(since)s AND visit.day <= %(today)s)
"""
# The highest step that the figures reach; the lowest one needs nothing.
AIM = """(
    SELECT step.tier FROM {ladder} AS step
     WHERE step.position = (SELECT min(position) FROM {ladder})
        OR (step.min_spend > 0 AND account.spend_12m >= step.min_spend)
        OR (step.min_visits > 0 AND account.visits_12m >= step.min_visits)
     ORDER BY step.position DESC LIMIT 1)"""
SEGMENTS = """
WITH moves AS MATERIALIZED (
    SELECT client_id, client.name, before.segment AS now, 'between' AS way, before.segment AS before,
           after.segment AS after, NULL::date AS "on"
      FROM (WITH {bars_before}, {judged} SELECT client_id, segment FROM judged) AS before
      JOIN (WITH {bars_after}, {judged} SELECT client_id, segment FROM judged) AS after USING (client_id)
      JOIN clients_client AS client ON client.id = client_id
     WHERE before.segment <> after.segment)
"""
TOLD = """
SELECT (SELECT coalesce(jsonb_agg(to_jsonb(flow)), '[]')
          FROM (SELECT way, before, after, count(*) AS n FROM moves
                 GROUP BY way, before, after ORDER BY n DESC) AS flow),
       (SELECT coalesce(jsonb_agg(to_jsonb(named)), '[]')
          FROM (SELECT * FROM (SELECT moves.*, row_number() OVER (PARTITION BY way ORDER BY client_id) AS place
                                 FROM moves) AS ranked
                 WHERE place <= %(shown)s ORDER BY place) AS named)
"""
TRIED = """(
    SELECT %(dormant_months)s::int AS dormant_months, %(new_days)s::int AS new_days, %(new_visits)s::int AS new_visits,
           %(recent_days)s::int AS recent_days, %(core_visits)s::int AS core_visits,
           %(core_ratio)s::numeric AS core_ratio, %(growth_visits)s::int AS growth_visits,
           %(reference_ticket)s::numeric AS reference_ticket) AS tried"""
FIGURES = (
    "dormant_months", "new_days", "new_visits", "recent_days", "core_visits", "core_ratio", "growth_visits",
    "reference_ticket",
)  # fmt: skip


def rows(tiers: Sequence[Tier]) -> list[dict[str, Any]]:
    """The figures of a ladder that decide, as JSON holds them; a tier that is not saved yet is number 0."""
    return [
        {
            "tier": tier.pk or 0,
            "position": tier.position,
            "min_spend": f"{tier.min_spend:.2f}",
            "min_visits": tier.min_visits,
            "percent": tier.discount_percent,
        }
        for tier in tiers
    ]


def try_tiers(present: Sequence[Tier], proposed: Sequence[Tier], today: date) -> DryRun:
    """What would happen if `proposed` were the ladder instead of `present`. The standing must be fresh. One query."""
    head = TIERS.format(aim_present=AIM.format(ladder="present"), aim_proposed=AIM.format(ladder="proposed"))
    money = ", (SELECT given FROM costs), (SELECT present FROM costs), (SELECT proposed FROM costs)"
    flows, named, *yuan = _asked(
        head + TOLD + money,
        {
            "present": json.dumps(rows(present)),
            "proposed": json.dumps(rows(proposed)),
            "today": today,
            "since": window_start(today),
        },
    )
    names = {tier.pk or 0: tier.label for tier in (*present, *proposed)}
    return DryRun(_groups((Way.UP, Way.DOWN, Way.STAYS), flows, named, names), Discount(*yuan))


def try_segments(rules: SegmentRules, today: date) -> DryRun:
    """Who would be in another segment by `rules` than by those in force. The standing must be fresh. One query."""
    head = SEGMENTS.format(
        bars_before=BARS.format(rules=IN_FORCE),
        bars_after=BARS.format(rules=TRIED),
        judged=JUDGED.format(of_whom=EVERYBODY),
    )
    figures = {name: getattr(rules, name) for name in FIGURES}
    flows, named = _asked(head + TOLD, figures | {"today": today})
    return DryRun(_groups((Way.BETWEEN,), flows, named, {}))


def _asked(sql: str, values: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"shown": SHOWN})
        flows, named, *more = cursor.fetchone()
    return [json.loads(flows), json.loads(named), *more] if isinstance(flows, str) else [flows, named, *more]


def _groups(
    ways: tuple[Way, ...], flows: list[dict[str, Any]], named: list[dict[str, Any]], names: dict[int, str]
) -> list[Group]:
    """The rows of both answers by way, with the names of tiers (or, when there are none, of segments)."""

    def told(code: Any) -> str:
        return names[code] if names else label(code) or _("in no segment")

    groups = []
    for way in ways:
        of_way = [Flow(told(one["before"]), told(one["after"]), one["n"]) for one in flows if one["way"] == way]
        clients = [
            Moving(
                one["client_id"],
                one["name"],
                told(one["now"]),
                told(one["before"]),
                told(one["after"]),
                date.fromisoformat(one["on"]) if one["on"] else None,
            )
            for one in named
            if one["way"] == way
        ]
        groups.append(Group(way, of_way, clients))
    return groups
