"""The standing: days, not receipts; 12 calendar months; one client and all of them by the same rule."""

import random
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from loyalty import many_accounts, segments, standing, tiers
from loyalty.models import LoyaltyAccount
from loyalty.months import months_after, months_before
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, recorded, staff, wrong
from tests.loyalty.together import at_once
from visits.models import Visit

pytestmark = pytest.mark.django_db


def counted(who: Client, today: date = TODAY) -> LoyaltyAccount:
    standing.rebuild_all(today)
    return account_of(who)


def test_a_day_counts_once() -> None:
    who = client()
    for total in ("100", "50.50", "0"):
        recorded(who, total)
    recorded(who, "20", days_before(9))
    recorded(None, "999")

    account = counted(who)

    assert (account.visits_12m, account.lifetime_visits) == (2, 2)
    assert (account.spend_12m, account.lifetime_spend) == (Decimal("170.50"), Decimal("170.50"))
    assert (account.first_visit_on, account.last_visit_on) == (days_before(9), TODAY)
    assert account.usual_interval is None


@pytest.mark.parametrize(
    ("gaps", "usual"), [([10], None), ([10, 20], 15), ([10, 30, 20], 20), ([1, 2], 2), ([7, 8, 7, 90], 8)]
)
def test_the_usual_interval_is_the_median_gap(gaps: list[int], usual: int | None) -> None:
    who, on = client(), TODAY
    recorded(who, "10", on)
    for gap in gaps:
        on -= timedelta(days=gap)
        recorded(who, "10", on)

    assert counted(who).usual_interval == usual


@pytest.mark.parametrize(
    ("today", "visit_on", "inside"),
    [
        (date(2026, 11, 22), date(2025, 11, 22), False),
        (date(2026, 11, 22), date(2025, 11, 23), True),
        (date(2025, 2, 28), date(2024, 2, 28), False),
        (date(2025, 2, 28), date(2024, 2, 29), True),
        (date(2024, 2, 29), date(2023, 2, 28), False),
        (date(2024, 2, 29), date(2023, 3, 1), True),
        (date(2024, 3, 1), date(2023, 3, 1), False),
        (date(2025, 3, 1), date(2024, 2, 29), False),
    ],
)
def test_the_edge_of_the_twelve_months(today: date, visit_on: date, inside: bool) -> None:
    who = client()
    recorded(who, "10", visit_on)

    account = counted(who, today)

    assert (account.visits_12m == 1) is inside
    assert (account.spend_12m == 10) is inside
    assert standing.figures_on(account, today).visits == account.visits_12m


def test_months_agree_with_postgres() -> None:
    days = [date(2024, 1, 31), date(2024, 2, 29), date(2023, 2, 28), date(2026, 8, 31), date(2026, 12, 1)]
    with connection.cursor() as cursor:
        for day in days:
            for months in (-13, -12, -6, -1, 0, 1, 6, 12):
                cursor.execute("SELECT (%s + %s * interval '1 month')::date", [day, months])
                assert cursor.fetchone()[0] == months_after(day, months)
    assert months_before(date(2026, 8, 31), 6) == date(2026, 2, 28)
    assert months_before(date.min, 1) == date.min
    assert months_after(date.max, 1) == date.max


def plain_count(who: Client, today: date) -> tuple[object, ...]:
    """The rule once more, in plain Python."""
    visits = Visit.objects.filter(client=who, status="completed")
    days: dict[date, Decimal] = {}
    for visit in visits:
        days[visit.day] = days.get(visit.day, Decimal(0)) + visit.total - visit.refunded
    lately = [on for on in days if on > months_before(today, 12)]
    ordered = sorted(days)
    gaps = [(later - earlier).days for earlier, later in pairwise(ordered)]
    return (
        ordered[0] if days else None,
        ordered[-1] if days else None,
        len(lately),
        sum((days[on] for on in lately), Decimal(0)),
        len(days),
        sum(days.values(), Decimal(0)),
        int(median(gaps) + 0.5) if len(days) >= 3 else None,
    )


@pytest.mark.parametrize("seed", range(3))
def test_all_at_once_is_one_by_one_is_plain_python(seed: int) -> None:
    chance = random.Random(seed)
    people = [client() for _ in range(25)]
    for who in people:
        for _ in range(chance.choice([0, 1, 2, 5, 12])):
            total = Decimal(chance.randrange(0, 90_000)) / 100
            visit = recorded(who, total, days_before(chance.randrange(0, 800)))
            if chance.random() < 0.2:
                Visit.objects.filter(pk=visit.pk).update(refunded=(total / 2).quantize(Decimal("0.01")))
            elif chance.random() < 0.2:
                Visit.objects.filter(pk=visit.pk).update(status="void", voided_at=visit.at, void_reason="x")
    LoyaltyAccount.objects.bulk_create([LoyaltyAccount(client=who, tier_id=1) for who in people[::2]])

    standing.rebuild_all(TODAY)

    for account in LoyaltyAccount.objects.select_related("client"):
        by_all = tuple(getattr(account, column) for column in standing.COLUMNS)
        standing.refresh(account, TODAY)
        by_one = tuple(getattr(account, column) for column in standing.COLUMNS)
        assert by_all == by_one == plain_count(account.client, TODAY)


def test_a_second_rebuild_writes_nothing() -> None:
    for _ in range(3):
        came(client(), "100")

    assert standing.rebuild_all(TODAY) == 0
    assert standing.rebuild_all(TODAY + timedelta(days=366)) == 3
    assert standing.rebuild_all(TODAY + timedelta(days=366)) == 0


def test_a_rebuild_stopped_between_two_batches_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(5):
        came(client(), "100")
    later, wrote = TODAY + timedelta(days=366), standing._rebuild
    monkeypatch.setattr(many_accounts, "BATCH", 2)

    def stop(clients: Sequence[int], today: date) -> int:
        if LoyaltyAccount.objects.filter(visits_12m=0).count() == 4:
            raise KeyboardInterrupt
        return wrote(clients, today)

    monkeypatch.setattr(standing, "_rebuild", stop)
    with pytest.raises(KeyboardInterrupt):
        standing.rebuild_all(later)
    monkeypatch.setattr(standing, "_rebuild", wrote)

    assert LoyaltyAccount.objects.filter(visits_12m=1).count() == 1
    assert standing.rebuild_all(later) == 1
    assert standing.rebuild_all(later) == 0


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_finding_who_is_to_be_written_keeps_no_checkout_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    came(client(), "100")
    found, held = many_accounts.clients_of, list[int]()

    def look(find: str, values: dict[str, Any]) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'")
            held.append(cursor.fetchone()[0])
        return found(find, values)

    for module in (standing, segments, tiers):
        monkeypatch.setattr(module, "clients_of", look)
    later = TODAY + timedelta(days=366)

    assert [standing.rebuild_all(later), segments.rebuild_all(later), tiers.review_due(later)] == [1, 1, 0]
    assert [locks <= 1 for locks in held] == [True] * 3  # but that of the view of the locks itself


def test_the_rebuild_costs_the_same_queries_for_any_number() -> None:
    for _ in range(20):
        recorded(client(), "10")

    with CaptureQueriesContext(connection) as queries:
        standing.rebuild_all(TODAY)

    assert len(queries) <= 10  # with the savepoints, and ANALYZE after an import


def test_a_refresh_brings_the_account_up_to_date_even_when_nothing_is_written() -> None:
    who = client()
    came(who, "100")
    stale = LoyaltyAccount(client=who, tier_id=1)

    standing.refresh(stale, TODAY)

    assert stale.lifetime_spend == 100


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_rebuild_never_undoes_what_a_checkout_counts_meanwhile() -> None:
    people = [client() for _ in range(4)]
    desk = staff(Role.FRONT_DESK)
    done = threading.Event()

    def work(place: int) -> None:
        if place == len(people):
            while not done.is_set():
                standing.rebuild_all(TODAY + timedelta(days=300))  # another day, so that it always has to write
            return
        for turn in range(10):
            came(people[place], "10", days_before(turn), by=desk)
        if place == 0:
            done.set()

    assert at_once(len(people) + 1, work) == [None] * (len(people) + 1)
    assert wrong() == []
