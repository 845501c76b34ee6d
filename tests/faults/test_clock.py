"""P6: the machine's clock is set forward and back under a working program, in whatever zone its container is.

The whole program with a clock of its own, from libfaketime. `make drill` walks through days in three zones.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from tests.faults.conftest import NewSalon
from tests.faults.whole_salon import FAKE_CLOCK, Gateway, WholeSalon

pytestmark = [
    pytest.mark.startup,
    pytest.mark.skipif(FAKE_CLOCK is None, reason="no libfaketime found: apt install libfaketime"),
]
CLIENTS = 20
PATIENCE = 60
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with Gateway(0.001).open() as gateway:
        yield gateway


@pytest.fixture
def salon(new_salon: NewSalon) -> Iterator[WholeSalon]:
    with new_salon(tick=0.5) as salon:
        yield salon


def ticked(salon: WholeSalon) -> bool:
    """Whether all that a tick does was done by the clock as it is set now; sending is the last."""
    found = salon.rows("SELECT finished_at FROM staff_jobrun WHERE job = 'outreach.drain'")
    return bool(found and found[0][0]) and abs(found[0][0] - salon.now()) < MINUTE / 2


def set_and_ticked(salon: WholeSalon, ahead: timedelta) -> None:
    salon.set_clock(ahead)
    salon.until(partial(ticked, salon), PATIENCE)


def born(salon: WholeSalon, gateway: Gateway, name: str) -> None:
    """Clients of this name have their birthday on the day that the clock shows, and are to be greeted."""
    salon.run("-m", "tests.faults.born_today", name, str(CLIENTS), gateway.address)


def test_a_clock_that_is_set_under_a_working_program(salon: WholeSalon, gateway: Gateway) -> None:
    """It goes on ticking at once; whoever had a birthday is greeted once."""
    salon.set_clock(timedelta(0))
    born(salon, gateway, "对时")
    salon.beat()
    salon.worker()
    for ahead in (timedelta(0), DAY, -DAY, HOUR, -HOUR, -400 * DAY, timedelta(0)):
        set_and_ticked(salon, ahead)

    salon.until(lambda: salon.states()["sent"] == CLIENTS, PATIENCE)
    assert list(gateway.calls.values()) == [1] * CLIENTS
    assert salon.rows("SELECT count(*), count(DISTINCT client_id) FROM outreach_contacttask") == [(CLIENTS, CLIENTS)]


SATURDAY = date(2026, 3, 7)  # the night after it, New York's clocks go forward
DAYS = 3


@pytest.mark.drill
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_days_go_by_in_a_container_of_any_zone(salon: WholeSalon, gateway: Gateway, zone: str) -> None:
    """Each is greeted once on the day as Shanghai has it, within the first ticks after its midnight."""
    salon.env["TZ"] = zone
    begin = datetime(2026, 3, 7, 1, tzinfo=UTC)  # nine in the morning in Shanghai
    days = [SATURDAY + number * DAY for number in range(DAYS)]
    for number, day in enumerate(days):
        salon.set_clock(begin + number * DAY - datetime.now(UTC))
        born(salon, gateway, f"{day:%m%d}")
    salon.set_clock(begin - datetime.now(UTC))
    salon.beat()
    salon.worker()
    for at in _times(begin):
        set_and_ticked(salon, at - datetime.now(UTC))
    for jump in (HOUR, -HOUR, DAY, -DAY, -400 * DAY, timedelta(0)):
        set_and_ticked(salon, begin + (DAYS - 1) * DAY + jump - datetime.now(UTC))

    found = salon.rows(
        "SELECT left(client.name, 4), planned_for, due_on, belated_days, count(*) FROM outreach_contacttask"
        " JOIN clients_client AS client ON client.id = client_id"
        " WHERE kind = 'birthday' AND client.name LIKE '03%%' GROUP BY 1, 2, 3, 4 ORDER BY 1"
    )
    assert found == [(f"{day:%m%d}", day, day, 0, CLIENTS) for day in days]
    midnights = salon.rows("SELECT planned_for, max(created_at) FROM outreach_contacttask GROUP BY 1")
    for day, made in midnights:
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) - 8 * HOUR
        assert day == SATURDAY or midnight <= made < midnight + 3 * MINUTE
    salon.until(lambda: len(gateway.calls) == DAYS * CLIENTS, PATIENCE)
    assert set(gateway.calls.values()) == {1}


def _times(begin: datetime) -> Iterator[datetime]:
    """Every twenty minutes of the days, and every minute about midnight in Shanghai, New York and Greenwich."""
    at, end = begin, begin + DAYS * DAY - 2 * HOUR
    while at < end:
        yield at
        minutes = at.hour * 60 + at.minute
        near = any(-5 <= (minutes - midnight + 720) % 1440 - 720 < 5 for midnight in (0, 5 * 60, 7 * 60, 16 * 60))
        at += MINUTE if near else 20 * MINUTE - at.minute % 20 * MINUTE
