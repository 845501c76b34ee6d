"""P3, P4, P5: a broker that is wiped, dead or hung, beats too many, workers that end in every way: nothing is lost.

The whole program once for all these tests; each has birthdays of its own.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.faults.conftest import NewSalon
from tests.faults.whole_salon import Gateway, WholeSalon

pytestmark = pytest.mark.startup
CLIENTS = 150
PATIENCE = 120  # seconds; on an idle machine each test takes a few
P95_MS = 500


@pytest.fixture(scope="module")
def gateway() -> Iterator[Gateway]:
    with Gateway(0.01).open() as gateway:
        yield gateway


@pytest.fixture(scope="module")
def opened(new_salon: NewSalon) -> Iterator[WholeSalon]:
    with new_salon() as salon:
        yield salon


@pytest.fixture
def salon(opened: WholeSalon) -> Iterator[WholeSalon]:
    yield opened
    opened.kill_all()


def born(salon: WholeSalon, gateway: Gateway, name: str) -> None:
    """So many clients of this name have their birthday today, and are to be greeted."""
    salon.run("-m", "tests.faults.born_today", name, str(CLIENTS), gateway.address)


def states(salon: WholeSalon, name: str) -> Counter[str]:
    """The states of the messages to the clients of this name."""
    found = salon.rows(
        "SELECT message.status, count(*) FROM outreach_message AS message"
        " JOIN clients_client AS client ON client.id = message.client_id AND starts_with(client.name, %s)"
        " GROUP BY 1",
        name,
    )
    return Counter(dict(found))


def all_sent(salon: WholeSalon, gateway: Gateway, name: str, *, parked: int = 0) -> None:
    """Wait until all have gone out, but for so many that may be a person's to decide; each once."""

    def is_over() -> bool:
        now = states(salon, name)
        return now["sent"] + now["sending"] + now["check"] == CLIENTS and now["sending"] <= parked

    salon.until(is_over, PATIENCE)
    now = states(salon, name)
    assert CLIENTS - now["sent"] <= parked
    assert set(gateway.calls.values()) <= {1}
    twice = "SELECT client_id FROM outreach_contacttask GROUP BY client_id, kind HAVING count(*) > 1"
    assert salon.rows(twice) == []


def begun(salon: WholeSalon, name: str) -> bool:
    """Whether some have gone out, and some have not."""
    return 0 < states(salon, name)["sent"] < CLIENTS


def test_a_broker_that_is_wiped_again_and_again(salon: WholeSalon, gateway: Gateway) -> None:
    born(salon, gateway, "擦除")
    salon.beat()
    salon.worker()
    wiped = 0
    with redis.Redis.from_url(salon.embedded.redis_url()) as broker:
        deadline = time.monotonic() + PATIENCE
        while states(salon, "擦除")["sent"] < CLIENTS and time.monotonic() < deadline:
            broker.flushall()
            wiped += 1
            time.sleep(0.4)

    assert wiped > 3
    all_sent(salon, gateway, "擦除")


def test_a_dead_broker_and_the_work_without_it(salon: WholeSalon, gateway: Gateway) -> None:
    born(salon, gateway, "停机")
    salon.beat()
    worker = salon.worker()
    salon.until(lambda: begun(salon, "停机"), PATIENCE)
    os.kill(salon.valkey(), signal.SIGKILL)
    salon.kill_all()
    assert worker.poll() is not None

    salon.run("manage.py", "run_due")

    all_sent(salon, gateway, "停机", parked=1)
    assert int(salon.run("-m", "tests.faults.desk", "20")) < P95_MS
    salon.run("manage.py", "services", "start")


def test_a_broker_that_comes_back(salon: WholeSalon, gateway: Gateway) -> None:
    salon.beat()
    salon.worker()
    os.kill(salon.valkey(), signal.SIGKILL)
    born(salon, gateway, "回来")
    time.sleep(2)
    assert states(salon, "回来")["sent"] == 0

    salon.run("manage.py", "services", "start")

    all_sent(salon, gateway, "回来")


def test_a_broker_that_is_silent(salon: WholeSalon, gateway: Gateway) -> None:
    salon.beat()
    salon.worker()
    born(salon, gateway, "不响")
    salon.until(lambda: begun(salon, "不响"), PATIENCE)
    os.kill(salon.valkey(), signal.SIGSTOP)
    try:
        assert int(salon.run("-m", "tests.faults.desk", "20")) < P95_MS
    finally:
        os.kill(salon.valkey(), signal.SIGCONT)

    all_sent(salon, gateway, "不响")


def test_three_beats_that_are_killed(salon: WholeSalon, gateway: Gateway) -> None:
    born(salon, gateway, "节拍")
    salon.worker()
    for _one in range(3):
        salon.beat()
    seeded = random.Random(4)
    for _kill in range(5):
        time.sleep(seeded.uniform(0.3, 1))
        salon.kill(seeded.choice([name for name in salon.running if name.startswith("beat")]))
        salon.beat()

    all_sent(salon, gateway, "节拍")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="a worker's child is found in /proc")
def test_a_worker_whose_child_is_killed(salon: WholeSalon, gateway: Gateway) -> None:
    born(salon, gateway, "子进程")
    salon.beat()
    worker = salon.worker()
    salon.until(lambda: begun(salon, "子进程"), PATIENCE)
    children = Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)

    all_sent(salon, gateway, "子进程", parked=1)
    assert worker.poll() is None


def test_a_worker_that_is_stopped_for_an_upgrade(salon: WholeSalon, gateway: Gateway) -> None:
    born(salon, gateway, "升级")
    salon.beat()
    worker = salon.worker()
    salon.until(lambda: begun(salon, "升级"), PATIENCE)
    worker.terminate()
    worker.wait(PATIENCE)
    salon.worker()

    all_sent(salon, gateway, "升级")
