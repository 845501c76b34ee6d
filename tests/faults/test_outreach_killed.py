"""P1, P4: nobody is greeted twice or forgotten, however often workers and beats are killed in the middle.

The whole program: real workers and beats, the real broker, SMS to a gateway on this machine that counts each call as
it arrives. `make drill` has 50,000 clients and 100 kills.
"""

import random
import sys
import time
from collections.abc import Iterator
from functools import partial

import pytest

from tests.faults.conftest import NewSalon
from tests.faults.whole_salon import Gateway, WholeSalon

pytestmark = pytest.mark.startup


@pytest.fixture
def salon(new_salon: NewSalon) -> Iterator[WholeSalon]:
    with new_salon() as salon:
        yield salon


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway(0.005).open() as gateway:
        yield gateway


def on_the_list_to_check(salon: WholeSalon) -> set[str]:
    """The keys that a person finds on the screen once all leases are over."""
    return set(salon.run("-m", "tests.faults.to_check").split())


def all_done(salon: WholeSalon, clients: int) -> bool:
    """Whether every client has a message, and nothing moves any more but what a kill has left behind."""
    states = salon.states()
    return sum(states.values()) == clients and states["queued"] == 0


@pytest.mark.parametrize(
    ("clients", "kills", "within"), [(2_000, 10, 600), pytest.param(50_000, 100, 3_600, marks=pytest.mark.drill)]
)
def test_killed_while_sending_nobody_is_greeted_twice_or_forgotten(
    salon: WholeSalon, gateway: Gateway, clients: int, kills: int, within: int
) -> None:
    begun = time.monotonic()
    salon.run("-m", "tests.faults.born_today", "寿星", str(clients), gateway.address)
    for _one in range(2):
        salon.beat()
        salon.worker()
    seeded = random.Random(1)
    for _kill in range(kills):
        _kill_in_the_middle(salon, gateway, seeded.uniform(0.05, 0.5))
    assert len(gateway.calls) < clients, "every kill landed before the end"
    salon.until(lambda: all_done(salon, clients), within)
    salon.kill_all()

    parked = on_the_list_to_check(salon)
    states = salon.states()
    sent = {key for (key,) in salon.rows("SELECT key FROM outreach_message WHERE status = 'sent'")}
    figures = f"{clients} due, {kills} kills mid-send, {len(parked)} parked, {time.monotonic() - begun:.0f} s"
    sys.stdout.write(f"{figures}\n")
    assert [key for key, times in gateway.calls.items() if times > 1] == [], figures
    assert states["sent"] + states["check"] == clients
    assert len(parked) == states["check"] <= kills, figures
    assert sent <= set(gateway.calls) <= sent | parked
    assert not sent & parked
    ((tasks, distinct),) = salon.rows("SELECT count(*), count(DISTINCT client_id) FROM outreach_contacttask")
    assert (tasks, distinct) == (clients, clients)
    ((closed, attempts),) = salon.rows(
        "SELECT (SELECT count(*) FROM outreach_contacttask WHERE status = 'done'), count(*) FROM outreach_contact"
    )
    assert closed == attempts == len(sent)


def _kill_in_the_middle(salon: WholeSalon, gateway: Gateway, wait: float) -> None:
    """Kill the worker that is sending, a moment after its first message; another one is started in its place."""
    name = ""
    while not name:
        salon.until(partial(_has_called, gateway, len(gateway.calls)), 120)
        time.sleep(wait)
        name = salon.at_work()
    salon.kill(name)
    salon.worker()


def _has_called(gateway: Gateway, before: int) -> bool:
    return len(gateway.calls) > before
