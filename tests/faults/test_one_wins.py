"""P9 over the wire: of many requests at one moment for the last of something exactly one succeeds, the others are told.

The real server, as `manage.py up` starts it: two workers of four threads. `make drill` has 200 rounds of 8 and of 20
for each act, and as many of the functions alone.
"""

import http.client
import os
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from loyalty.checkout import CheckoutRefused, check_out
from loyalty.models import PointsEntry, Redemption, Reward, Voucher
from loyalty.points import post
from loyalty.redeeming import RedemptionRefused
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, staff, wrong
from tests.loyalty.gifts import given, kind
from tests.loyalty.rewarding import DIGITS, PHONE, comb, redeem
from tests.loyalty.together import at_once
from tests.ports import free_port
from tests.visits import shop
from visits.models import Draft, Service, Visit

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "b" * 32
READY_WITHIN = 60  # seconds
ROUNDS = [2, pytest.param(400, marks=pytest.mark.drill)]

pytestmark = [pytest.mark.startup, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@dataclass(frozen=True)
class Post:
    """One request: where to, and the form."""

    path: str
    form: dict[str, object]


@dataclass(frozen=True)
class Answer:
    """Its status, where it leads, and the page."""

    status: int
    to: str
    page: str

    @property
    def is_done(self) -> bool:
        return self.status == 302


class Served:
    """A running server and somebody of the front desk who is signed in there."""

    def __init__(self, port: int, session: str) -> None:
        self.port = port
        self.session = session

    def post(self, one: Post) -> Answer:
        """Send a form on a connection of its own."""
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {
            "Cookie": f"sessionid={self.session}; csrftoken={TOKEN}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        wire.request("POST", one.path, urlencode(one.form | {"csrfmiddlewaretoken": TOKEN}, doseq=True), headers)
        response = wire.getresponse()
        page = response.read().decode()
        wire.close()
        return Answer(response.status, response.headers.get("Location", ""), page)

    def at_once(self, posts: Sequence[Post]) -> tuple[list[Answer], list[Answer]]:
        """Send all of them at the same moment: those that did it, and those that were refused."""
        gate, answers = threading.Barrier(len(posts)), list[Answer]()

        def send(one: Post) -> None:
            gate.wait()
            answers.append(self.post(one))

        threads = [threading.Thread(target=send, args=(one,)) for one in posts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(answers) == len(posts)
        assert [one.status for one in answers if one.status >= 500] == []
        return [one for one in answers if one.is_done], [one for one in answers if not one.is_done]


@pytest.fixture
def desk() -> User:
    return staff(Role.FRONT_DESK)


@pytest.fixture
def served(desk: User, tmp_path: Path) -> Iterator[Served]:
    browser = Browser()
    browser.force_login(desk, backend="staff.present.PresentBackend")
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "salon_crm.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "4", "--no-control-socket"]
    surroundings = os.environ | {
        "SERVED": str(connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "tests.faults.served",
    }
    with (tmp_path / "server.log").open("w") as log:
        server = subprocess.Popen(command, cwd=ROOT, env=surroundings, stdout=log, stderr=log)
        try:
            _wait(port, server, tmp_path / "server.log")
            yield Served(port, browser.cookies["sessionid"].value)
        finally:
            server.terminate()
            server.wait(30)


def _wait(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until and server.poll() is None:
        try:
            wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            wire.request("GET", "/healthz")
            if wire.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(log.read_text())


def redeeming(who: Client, reward: Reward) -> Post:
    form = {"key": uuid.uuid4(), "reward": reward.pk, "shown": reward.points, "proof": DIGITS}
    return Post(f"/clients/{who.pk}/redeem/", form)


def completing(desk: User, who: Client, care: Service, voucher: Voucher) -> Post:
    """A checkout of its own, with the voucher tapped."""
    draft = shop.draft(desk, who, shop.line(care), vouchers=(voucher.pk,))
    form = shop.posted(draft, "complete") | {"voucher": voucher.pk}
    return Post(f"/checkout/{draft.pk}/", form)


def having(points: int) -> Client:
    """A client with a phone and so many points."""
    who = client(phone=PHONE)
    came(who, "0")
    post(account_of(who), PointsEntry.Kind.BONUS, points, f"test:{who.pk}")
    return who


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_last_thousand_points(served: Served, rounds: int) -> None:
    reward = comb(stock=None)
    for number in range(rounds):
        who, times = having(1000), (8, 20)[number % 2]

        done, refused = served.at_once([redeeming(who, reward) for _place in range(times)])

        assert (len(done), len(refused)) == (1, times - 1)
        assert all("积分不足：可用 0，需 1,000。" in one.page for one in refused)
        assert account_of(who).balance == 0
        assert Redemption.objects.filter(account=who.pk).count() == 1
    assert wrong() == []


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_last_comb(served: Served, rounds: int) -> None:
    for number in range(rounds):
        reward, times = comb(stock=1), (8, 20)[number % 2]
        crowd = [having(1000) for _place in range(times)]

        done, refused = served.at_once([redeeming(who, reward) for who in crowd])

        reward.refresh_from_db()
        assert (len(done), len(refused), reward.stock) == (1, times - 1, 0)
        assert all("没有库存了" in one.page for one in refused)
        assert sorted(account_of(who).balance for who in crowd) == [0] + [1000] * (times - 1)
    assert wrong() == []


@pytest.mark.parametrize("rounds", ROUNDS)
def test_the_last_voucher(served: Served, desk: User, rounds: int) -> None:
    care, of = shop.service(), kind(days_valid=30)
    for number in range(rounds):
        who, times = having(1), (8, 20)[number % 2]
        voucher = given(who, of, timezone.localdate())

        done, refused = served.at_once([completing(desk, who, care, voucher) for _place in range(times)])

        voucher.refresh_from_db()
        assert (len(done), len(refused), voucher.status) == (1, times - 1, "used")
        assert all(voucher.spoken_code in one.page for one in refused)
        assert [visit.voucher_discount for visit in Visit.objects.filter(client=who, total__gt=0)] == [50]
        assert Draft.objects.filter(client=who).count() == times - 1
    assert wrong() == []


@pytest.mark.drill
@pytest.mark.parametrize("threads", [8, 20])
def test_the_functions_alone(desk: User, threads: int) -> None:
    care, of = shop.service(), kind(days_valid=30)
    for _round in range(200):
        who, crowd, reward = having(1000), [having(1000) for _place in range(threads)], comb(stock=1)
        endless = Reward.objects.create(name=f"护手霜 {_round}", kind="product", points=1000)
        voucher = given(who, of, timezone.localdate())
        drafts = [shop.draft(desk, who, shop.line(care), vouchers=(voucher.pk,)) for _place in range(threads)]
        at = timezone.now()
        rounds = (
            at_once(threads, lambda _place: redeem(who, endless, at=at)),  # noqa: B023
            at_once(threads, lambda place: redeem(crowd[place], reward, at=at)),  # noqa: B023
            at_once(threads, lambda place: check_out(drafts[place], by=desk, at=at)),  # noqa: B023
        )
        for results, refusal in zip(rounds, (RedemptionRefused, RedemptionRefused, CheckoutRefused), strict=True):
            assert sum(isinstance(one, refusal) for one in results) == threads - 1
            assert sum(isinstance(one, Exception) for one in results) == threads - 1
    assert wrong() == []
