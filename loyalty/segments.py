"""Segments: the second axis beside tiers, in the order in which they are asked. Rule source: DESIGN §4, segments.

A ticket is what a client spent on one day. A visit lies within 90 days when fewer than 90 days have passed since.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, cast

from django.db import connection, transaction
from django.db.models import Subquery, Sum, TextChoices
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from loyalty.models import LoyaltyAccount, MeanTicket, SegmentChange, SegmentRules
from loyalty.months import months_before
from visits.pricing import cents


class Segment(TextChoices):
    """What a client is to the salon; a walk-in or a client who never spent anything is in none."""

    DORMANT = "dormant", _("dormant")
    NEW = "new", _("new client")
    CORE = "core", _("core loyal")
    GROWTH = "growth", _("growth")
    REGULAR = "regular", _("regular")


NAMES = dict(Segment.choices)
# The figures of the rules that a change keeps, so that it can be told when they have changed since.
FIGURES = ("dormant_months", "new_days", "new_visits", "recent_days", "core_visits", "core_ratio", "growth_visits")


def label(code: str) -> str:
    """The segment's name for the screen; nothing for a client who is in none."""
    return str(NAMES.get(code, ""))


@dataclass(frozen=True, slots=True)
class Bars:
    """What a client is measured by on a day. `reference` in yuan; None while the salon has no ticket of its own."""

    today: date
    rules: SegmentRules
    reference: Decimal | None

    @property
    def is_own_mean(self) -> bool:
        """Whether the reference is the salon's own mean, not a figure that the admin entered."""
        return self.rules.reference_ticket is None

    @property
    def core_above(self) -> Decimal | None:
        """The ticket in yuan that a core client must exceed."""
        return None if self.reference is None else self.reference * self.rules.core_ratio

    def values(self) -> dict[str, Any]:
        """The parameters of the statements below."""
        rules = self.rules
        return {
            "today": self.today,
            "dormant_until": months_before(self.today, rules.dormant_months),
            "new_after": _days_before(self.today, rules.new_days),
            "recent_after": _days_before(self.today, rules.recent_days),
            "new_visits": rules.new_visits,
            "core_visits": rules.core_visits,
            "core_above": self.core_above,
            "growth_visits": rules.growth_visits,
        }

    def kept(self) -> dict[str, Any]:
        """What a change keeps of them."""
        found: dict[str, Any] = {name: getattr(self.rules, name) for name in FIGURES}
        found["core_ratio"] = str(self.rules.core_ratio)
        found["reference"] = None if self.reference is None else str(self.reference)
        return found | {"own_mean": self.is_own_mean}


def _days_before(today: date, days: int) -> date:
    return today - timedelta(days=min(days, (today - date.min).days))


def bars(today: date, rules: SegmentRules | None = None) -> Bars:
    """What holds on `today` by the rules in force, or by `rules`. One query, but for a salon's very first day.

    The salon's own mean is the one that was counted last; the night counts it anew.
    """
    counted = MeanTicket.objects.filter(on__lte=today).order_by("-on").values("mean")[:1]
    in_force = SegmentRules._default_manager.filter(pk=1).annotate(own=Subquery(counted))
    found: Any = in_force.first() or in_force.get(pk=SegmentRules.load().pk)
    rules = rules or cast(SegmentRules, found)
    return Bars(today, rules, rules.reference_ticket or found.own or mean_ticket())


def mean_ticket() -> Decimal | None:
    """The mean of what a client's visit day brought in the last 12 months, in yuan; None without spend.

    The standing must be fresh. Walk-ins do not count: nobody knows how often they come.
    """
    sums = LoyaltyAccount.objects.filter(visits_12m__gt=0).aggregate(spend=Sum("spend_12m"), visits=Sum("visits_12m"))
    return cents(sums["spend"] / sums["visits"]) or None if sums["visits"] else None


# The whole rule. One client or all of them: the same statement. It reads the standing as it is kept, so that must be
# fresh. Files that were merged away or erased are in no list, so they are in no segment either.
JUDGE = """
SELECT account.client_id, account.segment AS was, account.first_visit_on, account.last_visit_on, account.visits_12m,
       account.spend_12m, account.lifetime_visits, account.lifetime_spend,
       coalesce(recent.visits, 0) AS recent_visits, asked.client_id IS NOT NULL AS asked,
       CASE WHEN client.status NOT IN ('prospect', 'active') OR account.last_visit_on IS NULL
              OR account.lifetime_spend <= 0 THEN ''
            WHEN account.last_visit_on <= %(dormant_until)s THEN 'dormant'
            WHEN account.first_visit_on > %(new_after)s AND account.lifetime_visits < %(new_visits)s THEN 'new'
            WHEN recent.visits >= %(core_visits)s
             AND account.spend_12m > %(core_above)s::numeric * account.visits_12m THEN 'core'
            WHEN recent.visits >= %(growth_visits)s OR asked.client_id IS NOT NULL THEN 'growth'
            ELSE 'regular' END AS segment
  FROM loyalty_loyaltyaccount AS account
  JOIN clients_client AS client ON client.id = account.client_id
  LEFT JOIN (SELECT client_id, count(DISTINCT day) AS visits FROM visits_visit
              WHERE status = 'completed' AND day > %(recent_after)s AND day <= %(today)s AND client_id {of_whom}
              GROUP BY client_id) AS recent ON recent.client_id = account.client_id
  LEFT JOIN (SELECT DISTINCT client_id FROM clients_enquiry
              WHERE status = 'open' AND client_id {of_whom}) AS asked ON asked.client_id = account.client_id
 WHERE account.client_id {of_whom}
"""
# Only who moves is written, and nobody whom a checkout counted meanwhile: it has judged by fresher figures.
MOVE = """
WITH judged AS MATERIALIZED ({judge}),
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
SELECT client_id, was, segment,
       %(kept)s::jsonb || jsonb_build_object(
           'first_visit_on', first_visit_on, 'last_visit_on', last_visit_on, 'visits', lifetime_visits,
           'recent_visits', recent_visits, 'ticket', round(spend_12m / nullif(visits_12m, 0), 2)::text,
           'enquiry', asked),
       %(today)s, %(at)s
  FROM moved
""".replace("{judge}", JUDGE)
# Two nights at once could lock accounts in different orders. The second waits, and finds nothing left to move.
ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('loyalty.segments'))"
EVERYBODY, ONE = "IS NOT NULL", "= %(client)s"


def refresh(account: LoyaltyAccount, today: date) -> SegmentChange | None:
    """Put one client into the segment of today's figures. Returns the change, or None when the client stays.

    The standing must be fresh. Two queries.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            MOVE.format(of_whom=ONE) + "RETURNING id, from_segment, to_segment, figures, at",
            _written(bars(today)) | {"client": account.pk},
        )
        row = cursor.fetchone()
    if row is None:
        return None
    pk, before, account.segment, figures, at = row
    figures = json.loads(figures) if isinstance(figures, str) else figures
    return SegmentChange(
        pk=pk, account=account, from_segment=before, to_segment=account.segment, figures=figures, on=today, at=at
    )


@transaction.atomic
def rebuild_all(today: date) -> int:
    """Count the salon's mean ticket, then put everybody into the segment of today. Returns how many moved.

    The standing must be fresh. Run twice, it changes nothing the second time; two at once wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME)
        if mean := mean_ticket():
            MeanTicket.objects.bulk_create(
                [MeanTicket(on=today, mean=mean)],
                update_conflicts=True,
                unique_fields=["on"],
                update_fields=["mean"],
            )
        cursor.execute(MOVE.format(of_whom=EVERYBODY), _written(bars(today)))
        return int(cursor.rowcount)


@dataclass(frozen=True, slots=True)
class Judged:
    """A client's figures of a day, and the segment that they give."""

    segment: str
    figures: Mapping[str, Any]


def judge(account: LoyaltyAccount, by: Bars) -> Judged:
    """What `account` would be by these bars, and the figures behind it. Only looks; one query."""
    with connection.cursor() as cursor:
        cursor.execute(JUDGE.format(of_whom=ONE), by.values() | {"client": account.pk})
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    figures = dict(zip(names, row, strict=True))
    return Judged(figures["segment"], figures)


def _written(by: Bars) -> dict[str, Any]:
    return by.values() | {"kept": json.dumps(by.kept()), "at": timezone.now()}
