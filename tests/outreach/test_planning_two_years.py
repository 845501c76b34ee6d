"""Two years of a salon, day by day, with days on which nothing ran: the list is what the plain reading of the rules
makes of it, client by client. Promise P2."""

import random
from collections import Counter
from datetime import date, timedelta

import pytest
from django.db import connection

from outreach.models import Kind
from tests.outreach.living import Salon, differing, rows

pytestmark = pytest.mark.django_db
BEGINS = date(2026, 11, 22)
# What surely happens in two years; the rare reasons each have a test of their own.
COMMON = {"open", "done", "too_late", "returned", "newer_visit", "newer_reminder", "used"}


def learn_sizes() -> None:
    """All happens in one transaction, into which autovacuum cannot look: without sizes the plans are guesses."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


@pytest.mark.parametrize(
    ("clients", "days", "seed"),
    [(150, 730, 1), pytest.param(2000, 1100, 2, marks=pytest.mark.drill)],
)
def test_every_client_is_contacted_as_the_rules_say(clients: int, days: int, seed: int) -> None:
    salon = Salon.opened(clients, clients * 6, BEGINS, seed)
    chance = random.Random(seed)
    down_until = salon.today
    for number in range(days):
        if number % 30 == 0:
            learn_sizes()
        salon.live()
        if salon.today >= down_until and chance.random() < 0.12:
            down_until = salon.today + timedelta(days=chance.choice((1, 2, 3, 4, 10, 30)))
        if salon.today >= down_until:
            salon.plan()
            salon.work_the_list()
            if number % 30 == 0:
                assert differing(salon) == ([], [])
    assert differing(salon) == ([], [])
    happened = Counter(
        (kind, because or status) for _who, kind, _occasion, _on, _due, _late, status, because, _by in rows()
    )
    assert {kind for kind, _what in happened} == set(Kind.values)
    assert {what for _kind, what in happened} >= COMMON, happened
