"""What to offer a client next, and why: an open enquiry, a habit that is due again, what goes with what she buys.

Plain counting. How much better it does than offering everybody the service that sells most, `manage.py measure_offers`
tells on the salon's own visits. Rule source: issue of the loyalty floor, enquiries to offers.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q, Value
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clients.models import Allergy, Client, Enquiry
from visits.allergy_gate import conflicts
from visits.catalogue import NAMES, SERVICES, Item, narrow
from visits.substances import Synonyms

AT_MOST = 3
ENQUIRIES_LOOKED_AT = 3
LOOKED_THROUGH = 40  # candidates, of which allergies and the bill may take away most
LOOKED_BACK = timedelta(days=365)
# A pair seen in fewer clients than this is chance.
FEWEST_BUYERS = 10
# A service is a habit from the second day on, and worth naming again when half of its usual interval is over. Of the
# figures tried on the sample salon these did best without naming what was done a week ago.
DAYS_FOR_A_HABIT = 2
DUE_AT = 0.5


@dataclass(frozen=True, slots=True)
class Offer:
    """A service to offer and the reason to tell. Without `item` the client asked for what is not on the price list."""

    because: str
    about: str
    item: Item | None = None


# Of each service of this client: on how many days, out of how many visit days, the last day, and days between.
# Then what others have who have the same: the best percentage, and through which of her services.
HABITS = """
WITH had AS (
    SELECT line.service_id, count(DISTINCT visit.day) AS days, min(visit.day) AS first_on, max(visit.day) AS last_on
      FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
     WHERE visit.client_id = %(client)s AND visit.status = 'completed' AND line.service_id IS NOT NULL
       AND visit.day > %(since)s AND visit.day <= %(today)s
     GROUP BY line.service_id),
again AS (
    SELECT service_id, days, %(today)s - last_on AS away, (last_on - first_on) / (days - 1) AS usual,
           0 AS shared, 0 AS buyers, '' AS through
      FROM had
     WHERE days >= %(habit)s AND %(today)s - last_on >= %(due)s * (last_on - first_on) / (days - 1)
       AND last_on < %(today)s),
together AS (
    SELECT DISTINCT ON (pair.also_id) pair.also_id AS service_id, 0 AS days, 0 AS away, 0 AS usual,
           pair."both" AS shared, pair.buyers, hers.name AS through
      FROM loyalty_boughttogether AS pair
      JOIN had ON had.service_id = pair.service_id
      JOIN visits_service AS hers ON hers.id = pair.service_id
     WHERE pair.buyers >= %(fewest)s AND pair.also_id NOT IN (SELECT service_id FROM had)
     ORDER BY pair.also_id, pair."both"::numeric / pair.buyers DESC)
SELECT found.days, found.away, found.usual, found.shared, found.buyers, found.through,
       'service', service.id, service.name, service.price, service.minutes, service.ingredients, service.is_active
  FROM (SELECT * FROM again UNION ALL SELECT * FROM together) AS found
  JOIN visits_service AS service ON service.id = found.service_id
 WHERE service.is_active AND service.price > 0
 ORDER BY found.days DESC, found.shared::numeric / greatest(found.buyers, 1) DESC, service.id
 LIMIT %(limit)s
"""
# The clients of the last year by service, and by pair of services.
COUNT_PAIRS = """
WITH had AS MATERIALIZED (
    SELECT DISTINCT visit.client_id, line.service_id
      FROM visits_visit AS visit JOIN visits_visitline AS line ON line.visit_id = visit.id
      JOIN visits_service AS service ON service.id = line.service_id AND service.price > 0
     WHERE visit.status = 'completed' AND visit.client_id IS NOT NULL
       AND visit.day > %(since)s AND visit.day <= %(today)s),
buyers AS (SELECT service_id, count(*) AS clients FROM had GROUP BY service_id),
pairs AS (
    SELECT one.service_id, other.service_id AS also_id, count(*) AS shared
      FROM had AS one JOIN had AS other ON other.client_id = one.client_id AND other.service_id <> one.service_id
     GROUP BY one.service_id, other.service_id),
counted AS (
    SELECT pairs.service_id, pairs.also_id, buyers.clients AS buyers, pairs.shared
      FROM pairs JOIN buyers USING (service_id)),
gone AS (
    DELETE FROM loyalty_boughttogether AS old
     WHERE NOT EXISTS (SELECT FROM counted
                        WHERE counted.service_id = old.service_id AND counted.also_id = old.also_id))
INSERT INTO loyalty_boughttogether AS old (service_id, also_id, buyers, "both")
SELECT service_id, also_id, buyers, shared FROM counted
    ON CONFLICT (service_id, also_id) DO UPDATE SET buyers = excluded.buyers, "both" = excluded."both"
 WHERE (old.buyers, old."both") IS DISTINCT FROM (excluded.buyers, excluded."both")
"""
# Two counts at once would wait for each other's rows in different orders.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('loyalty.offers'))"


@transaction.atomic
def count_pairs(today: date) -> int:
    """Count anew what is bought together, over the year up to `today`. Returns how many pairs were written."""
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        cursor.execute(COUNT_PAIRS, {"since": today - LOOKED_BACK, "today": today})
        return int(cursor.rowcount)


def offers_for(
    client: Client,
    today: date,
    *,
    allergies: Sequence[Allergy],
    without: Collection[int] = (),
    limit: int = AT_MOST,
) -> list[Offer]:
    """At most `limit` things to offer this client, the best reason first; at most four queries.

    What she asked for comes first, then what she usually has and is due again, then what goes with it. Nothing that
    one of `allergies` speaks against, and none of the services in `without`, which she has on this bill.
    """
    found: list[Offer] = []
    seen = set(without)
    synonyms = Synonyms.kept() if allergies else Synonyms()
    for offer in (*_asked_for(client, today), *habits(client, today)):
        if offer.item is not None:
            if offer.item.id in seen or conflicts(offer.item, allergies, synonyms):
                continue
            seen.add(offer.item.id)
        found.append(offer)
    return found[:limit]


def _asked_for(client: Client, today: date) -> Iterator[Offer]:
    """Open enquiries with the service that is meant, when one on the price list has that name."""
    asked = Enquiry.objects.filter(client=client, status=Enquiry.Status.OPEN).order_by("-asked_on", "-pk")
    enquiries = list(asked[:ENQUIRIES_LOOKED_AT])
    if not enquiries:
        return
    meant = Q()
    for enquiry in enquiries:
        meant |= Q(search_text__contains=narrow(enquiry.about)) | Q(pk__in=_named_in(enquiry.about))
    services = [Item(*row) for row in SERVICES.filter(meant, is_active=True).order_by("name").values_list(*NAMES)]
    for enquiry in enquiries:
        words = {"what": enquiry.about, "when": _when(enquiry.asked_on, today)}
        because = _("asked about %(what)s %(when)s") % words
        yield Offer(because, enquiry.about, _best_match(enquiry.about, services))


def _named_in(about: str) -> Any:
    """The ids of services whose whole name stands in what was asked."""
    return SERVICES.annotate(asked=Value(about)).filter(asked__contains=F("name")).values("pk")


def _best_match(about: str, services: Iterable[Item]) -> Item | None:
    """The service of exactly that name, else the longest name that is in the words or has the words in it."""
    asked = narrow(about)
    named = [item for item in services if narrow(item.name) in asked or asked in narrow(item.name)]
    return max(named, key=lambda item: (narrow(item.name) == asked, len(item.name)), default=None)


def _when(day: date, today: date) -> str:
    """In which month, and in which year unless it is this one."""
    return date_format(day, "F" if day.year == today.year else "YEAR_MONTH_FORMAT")


def habits(client: Client, today: date) -> list[Offer]:
    """What the client usually has and is due again, then what goes with what the client has. One query."""
    values: dict[str, Any] = {"client": client.pk, "today": today, "since": today - LOOKED_BACK}
    values |= {"habit": DAYS_FOR_A_HABIT, "due": DUE_AT, "fewest": FEWEST_BUYERS, "limit": LOOKED_THROUGH}
    with connection.cursor() as cursor:
        cursor.execute(HABITS, values)
        return [_told(*row) for row in cursor.fetchall()]


def _told(days: int, away: int, usual: int, both: int, buyers: int, through: str, *facts: Any) -> Offer:
    """A row of HABITS in words."""
    item = Item(*facts)
    if days:
        because = _("usually every %(usual)s days, last %(away)s days ago") % {"usual": usual, "away": away}
    else:
        words = {"percent": round(100 * both / buyers), "through": through}
        because = _("%(percent)s%% of those who have %(through)s have it as well") % words
    return Offer(because, item.name, item)
