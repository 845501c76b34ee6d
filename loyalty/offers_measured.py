"""Whether the offers are worth making: held against offering everybody what sells most, on visits they did not see.

The last days are held out; habits and pairs are counted from what was before. Enquiries are left out: those that led
to a visit are closed by it, and would not be seen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection

from clients.models import Client
from loyalty.offers import AT_MOST, LOOKED_BACK, count_pairs, habits
from loyalty.refunds import only_looking

# The first visit after the days before, of clients who had been here: the day, and the services of that day.
HELD_OUT = """
SELECT visit.client_id, visit.day, array_agg(DISTINCT line.service_id)
  FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
  JOIN visits_service AS service ON service.id = line.service_id AND service.price > 0
  JOIN (SELECT client_id, min(day) AS day FROM visits_visit
         WHERE status = 'completed' AND day > %(until)s AND day <= %(today)s GROUP BY client_id) AS next
       ON next.client_id = visit.client_id AND next.day = visit.day
 WHERE visit.status = 'completed'
   AND EXISTS (SELECT FROM visits_visit AS before WHERE before.client_id = visit.client_id
                  AND before.status = 'completed' AND before.day <= %(until)s)
 GROUP BY visit.client_id, visit.day ORDER BY md5(visit.client_id::text) LIMIT %(limit)s
"""
# What sold at most visits of the year before, and what this client had in it.
POPULAR = """
SELECT line.service_id FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
  JOIN visits_service AS service ON service.id = line.service_id AND service.price > 0 AND service.is_active
 WHERE visit.status = 'completed' AND visit.day > %(since)s AND visit.day <= %(until)s
 GROUP BY line.service_id ORDER BY count(DISTINCT visit.id) DESC, line.service_id
"""
HAD = """
SELECT DISTINCT line.service_id FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
 WHERE visit.client_id = %(client)s AND visit.status = 'completed' AND line.service_id IS NOT NULL
   AND visit.day > %(since)s AND visit.day <= %(until)s
"""


@dataclass
class Score:
    """Of `visits` visits, at how many the first one offered was bought, and at how many one of the three."""

    visits: int = 0
    first: int = 0
    any_of_three: int = 0

    def count(self, offered: Sequence[int], bought: Iterable[int]) -> None:
        had = set(bought)
        self.visits += 1
        self.first += offered[0] in had
        self.any_of_three += not had.isdisjoint(offered[:AT_MOST])


@dataclass
class Trial:
    """Ours beside the most popular, on the same visits: all where we had an offer, and those with something new."""

    looked_at: int = 0
    ours: Score = field(default_factory=Score)
    popular: Score = field(default_factory=Score)
    new_ours: Score = field(default_factory=Score)
    new_popular: Score = field(default_factory=Score)


def measure(today: date, *, days: int, clients: int) -> Trial:
    """Hold out the last `days` days of the visits up to `today`, and try at most `clients` clients' next visits."""
    trial, until = Trial(), today - timedelta(days=days)
    spans: dict[str, Any] = {"until": until, "today": today, "since": until - LOOKED_BACK, "limit": clients}
    with only_looking(), connection.cursor() as cursor:
        count_pairs(until)
        cursor.execute(POPULAR, spans)
        popular = [service for (service,) in cursor.fetchall()]
        cursor.execute(HELD_OUT, spans)
        held_out = cursor.fetchall()
        for client, day, bought in held_out:
            cursor.execute(HAD, {"client": client, "since": spans["since"], "until": until})
            had = {service for (service,) in cursor.fetchall()}
            offered = [found.item.id for found in habits(Client(pk=client), day - timedelta(days=1)) if found.item]
            _try(trial, popular, had, offered, bought)
    return trial


def _try(trial: Trial, popular: list[int], had: set[int], offered: list[int], bought: list[int]) -> None:
    trial.looked_at += 1
    if offered and popular:
        trial.ours.count(offered, bought)
        trial.popular.count(popular, bought)
    fresh = [service for service in bought if service not in had]
    offered_fresh = [service for service in offered if service not in had]
    popular_fresh = [service for service in popular if service not in had]
    if fresh and offered_fresh and popular_fresh:
        trial.new_ours.count(offered_fresh, fresh)
        trial.new_popular.count(popular_fresh, fresh)
