"""P12: after any posts, refunds and voids, what is stored for everybody is what a plain fold over the visits gives."""

import os
import random
import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

import pytest
from django.db import connection

from clients.models import Client
from loyalty import refunds, standing, tiers
from loyalty.models import LoyaltyAccount, PointsEntry, Tier
from loyalty.months import months_before
from staff.roles import Role
from tests.loyalty.books import TODAY, came, days_before, noon, staff, wrong
from visits.models import Visit

AMOUNTS = ("0", "0.99", "88.80", "268", "1300.50", "2999.99", "5000", "12000", "33000")
CHECKED_WITHIN = 10  # seconds, for 50,000 clients
# Code, spend from, visits from, multiplier.
LADDER = (
    ("member", Decimal(0), 0, Decimal(1)),
    ("silver", Decimal(3000), 12, Decimal(1)),
    ("gold", Decimal(10000), 24, Decimal("1.2")),
    ("black", Decimal(30000), 0, Decimal("1.5")),
)


@dataclass
class Told:
    """What the plain fold gives for one client."""

    spend_12m: Decimal = Decimal(0)
    visits_12m: int = 0
    lifetime_spend: Decimal = Decimal(0)
    lifetime_visits: int = 0
    balance: int = 0

    @property
    def tier(self) -> str:
        reached = [
            code
            for code, spend, visits, _times in LADDER
            if code == "member" or self.spend_12m >= spend or (visits and self.visits_12m >= visits)
        ]
        return reached[-1]


def folded(multipliers: dict[int, Decimal]) -> dict[int, Told]:
    """Everybody's figures from the bare visits. `multipliers`: what was in force when a visit was entered, by id."""
    days: dict[int, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    told: dict[int, Told] = defaultdict(Told)
    rows = Visit.objects.filter(status="completed").values_list("pk", "client", "day", "total", "refunded")
    for pk, who, day, total, refunded in rows.order_by().iterator():
        assert who
        days[who][day] += total - refunded
        if total and pk in multipliers:
            earned = (total.to_integral_value(ROUND_DOWN) * multipliers[pk]).to_integral_value(ROUND_DOWN)
            told[who].balance += int((earned * (total - refunded) / total).to_integral_value(ROUND_DOWN))
    since = months_before(TODAY, 12)
    for who, by_day in days.items():
        recent = {day: spend for day, spend in by_day.items() if since < day <= TODAY}
        one = told[who]
        one.spend_12m, one.visits_12m = sum(recent.values(), Decimal(0)), len(recent)
        one.lifetime_spend, one.lifetime_visits = sum(by_day.values(), Decimal(0)), len(by_day)
    return told


def many(clients: int, seeded: random.Random) -> list[Client]:
    """So many clients with visits of the last two years that came from another system."""
    people = Client.objects.bulk_create([Client(name="王丽华") for _place in range(clients)], batch_size=5000)
    visits = []
    for who in people:
        for _turn in range(seeded.randrange(5)):
            day, total = days_before(seeded.randrange(1, 730)), Decimal(seeded.choice(AMOUNTS))
            visits.append(
                Visit(
                    client=who,
                    at=noon(day),
                    day=day,
                    gross=total,
                    total=total,
                    imported_from="x",
                    recorded_at=noon(day),
                )
            )
    Visit.objects.bulk_create(visits, batch_size=5000)
    standing.rebuild_all(TODAY)
    tiers.review_due(TODAY)
    return people


def one_act(who: Client, seeded: random.Random, multipliers: dict[int, Decimal]) -> None:
    """A visit, a void or a refund of this client, today."""
    manager, lot = staff(Role.MANAGER), seeded.random()
    visits = list(Visit.objects.completed().filter(client=who))
    open_ones = [one for one in visits if one.refunded < one.total and one.pk in multipliers]
    if lot < 0.25 and visits:
        refunds.void(seeded.choice(visits), "记错", by=manager, at=noon())
    elif lot < 0.5 and open_ones:
        chosen = seeded.choice(open_ones)
        rest = chosen.total - chosen.refunded
        amount = max(Decimal("0.01"), (rest * Decimal(seeded.choice(["0.333", "0.5", "1"]))).quantize(Decimal("0.01")))
        line = {chosen.lines.get().pk: min(amount, rest)}
        refunds.refund(chosen, line, "cash", "退", key=uuid.uuid4(), by=manager, at=noon())
    else:
        account = LoyaltyAccount.objects.filter(client=who).select_related("tier").first()
        code = account.tier.code if account else "member"
        visit = came(who, seeded.choice(AMOUNTS), TODAY, by=manager)
        multipliers[visit.pk] = next(times for name, _spend, _visits, times in LADDER if name == code)


@pytest.mark.django_db
@pytest.mark.parametrize(("clients", "acts"), [(300, 120), pytest.param(50_000, 10_000, marks=pytest.mark.drill)])
def test_what_is_stored_is_what_the_visits_give(clients: int, acts: int) -> None:
    seed = int(os.environ.get("SALON_SEED") or random.randrange(2**32))
    print(f"SALON_SEED={seed} repeats these {acts} acts")  # noqa: T201
    seeded, multipliers = random.Random(seed), dict[int, Decimal]()
    people = many(clients, seeded)
    busy = seeded.sample(people, min(clients, acts // 3))
    for _turn in range(acts):
        one_act(seeded.choice(busy), seeded, multipliers)

    told = folded(multipliers)

    columns = ("client", "spend_12m", "visits_12m", "lifetime_spend", "lifetime_visits", "balance", "tier__code")
    stored = {row[0]: row[1:] for row in LoyaltyAccount.objects.values_list(*columns)}
    for who, row in stored.items():
        one = told[who]
        assert row == (
            one.spend_12m,
            one.visits_12m,
            one.lifetime_spend,
            one.lifetime_visits,
            one.balance,
            one.tier,
        ), who
    assert set(stored) >= {one.pk for one in busy if Visit.objects.filter(client=one).exists()}
    assert PointsEntry.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    began = time.monotonic()
    assert wrong() == []
    took = time.monotonic() - began
    print(f"all books of {clients} clients checked in {took:.1f} s")  # noqa: T201
    assert took < CHECKED_WITHIN


@pytest.mark.django_db
def test_the_ladder_is_the_one_of_a_new_salon() -> None:
    found = [
        (one.code, one.min_spend, one.min_visits or 0, one.multiplier) for one in Tier.objects.order_by("position")
    ]

    assert found == list(LADDER)
