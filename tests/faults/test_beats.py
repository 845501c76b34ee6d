"""P4: three beats that are killed again and again leave the tables that one clean run leaves."""

import random
import time
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from tests.faults.conftest import NewSalon
from tests.faults.whole_salon import WholeSalon

pytestmark = [pytest.mark.startup, pytest.mark.drill]
CLIENTS = 1_300
DAYS_OFF = 12  # everything was switched off for so long
# What is done by the clock, without the times at which it was done and what is drawn by lot.
TABLES = (
    "SELECT client_id, kind, occasion, planned_for, due_on, shown_from, belated_days, status, because, assigned_to_id,"
    " attempts, facts::text FROM outreach_contacttask",
    "SELECT account_id, kind_id, issued_on, expires_on, source, status FROM loyalty_voucher",
    "SELECT account_id, kind, points, balance_after, expires_on, visit_id FROM loyalty_pointsentry",
    "SELECT client_id, tier_id, segment, balance, spend_12m, visits_12m, last_visit_on FROM loyalty_loyaltyaccount",
    "SELECT client_id, tag_id FROM clients_clienttag",
)


@pytest.fixture
def salons(new_salon: NewSalon) -> Iterator[tuple[WholeSalon, WholeSalon]]:
    """Two salons with the same past, which ended some days ago."""
    with new_salon(tick=5) as one, new_salon() as other:
        for salon in (one, other):
            ended = date.today() - timedelta(days=DAYS_OFF)  # noqa: DTZ011  # any day will do
            salon.run("manage.py", "load_sample", "--clients", str(CLIENTS), "--today", str(ended))
        yield one, other


def tables(salon: WholeSalon) -> list[list[str]]:
    return [sorted(str(row) for row in salon.rows(sql)) for sql in TABLES]


def test_the_tables_are_those_of_one_clean_run(salons: tuple[WholeSalon, WholeSalon]) -> None:
    """One kill a minute, of a beat or of the worker, for ten minutes."""
    salon, clean = salons
    before = tables(salon)
    assert before == tables(clean)
    salon.worker()
    for _one in range(3):
        salon.beat()
    seeded = random.Random(7)
    for _kill in range(10):
        time.sleep(60 + seeded.uniform(-5, 5))
        name = seeded.choice(sorted(salon.running))
        salon.kill(name)
        salon.worker() if name.startswith("worker") else salon.beat()
    time.sleep(30)
    salon.kill_all()
    salon.run("manage.py", "run_due", "--now")
    clean.run("manage.py", "run_due", "--now")

    after = tables(salon)
    assert after == tables(clean)
    assert after[0] != before[0]
