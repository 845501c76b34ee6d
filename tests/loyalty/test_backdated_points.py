"""A visit entered so late that its points would have lapsed earns none, and both pages say so."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from clients.models import Client
from loyalty.checkout import check_out
from loyalty.importing.reading import Row
from loyalty.importing.recording import record
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry
from loyalty.receipts import Receipt
from staff.models import User
from staff.roles import Role
from tests.visits import shop
from visits.models import Service, Visit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WORDS = "points of 2020 lapsed on 2021-12-31"


@pytest.fixture(autouse=True)
def today_in_english() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False), translation.override("en"):
        yield


@pytest.fixture
def manager() -> User:
    user = shop.worker(Role.MANAGER)
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def wang() -> Client:
    return shop.client(tier="member")


def page(user: User, address: str) -> str:
    browser = Browser()
    browser.force_login(user, backend="staff.present.PresentBackend")
    return browser.get(address, headers={"accept-language": "en"}).content.decode()


@pytest.mark.parametrize(
    ("when", "years", "earned"),
    [
        ("2020-02-02", 1, 0),
        ("2024-12-31", 1, 0),  # lapsed with 2025
        ("2025-01-01", 1, 468),  # counts until 31 December 2026
        ("2025-12-31", 0, 0),
        ("2026-01-01", 0, 468),
        ("2020-02-02", 6, 468),
    ],
)
def test_what_would_have_lapsed_is_not_earned(
    manager: User, care: Service, wang: Client, when: str, years: int, earned: int
) -> None:
    LoyaltyRules.load()
    LoyaltyRules.objects.update(lapse_after_years=years)

    done = check_out(shop.draft(manager, wang, shop.line(care), when=when), by=manager, at=NOON)

    assert done.points == LoyaltyAccount.objects.get().balance == earned
    assert [one.points for one in PointsEntry.objects.all()] == [earned][: bool(earned)]
    assert bool(Receipt.of(done.visit).lapsed) is not bool(earned)
    call_command("check_points", stdout=StringIO())  # exits when something is wrong


def test_on_the_last_day_it_is_still_earned_and_on_the_next_no_more(manager: User, care: Service, wang: Client) -> None:
    for at, earned in ((datetime(2026, 12, 31, 15, 59, tzinfo=UTC), 468), (datetime(2026, 12, 31, 16, tzinfo=UTC), 0)):
        with time_machine.travel(at, tick=False):
            draft = shop.draft(manager, wang, shop.line(care), when="2025-06-01")
            assert check_out(draft, by=manager, at=at).points == earned


def test_the_checkout_says_it_before_and_the_receipt_after(manager: User, care: Service, wang: Client) -> None:
    draft = shop.draft(manager, wang, shop.line(care), when="2020-02-02")
    before = page(manager, reverse("loyalty:checkout", args=[draft.pk]))
    assert "Earns <strong>0</strong> points" in before
    assert WORDS in before

    visit = check_out(draft, by=manager, at=NOON).visit
    assert WORDS in page(manager, reverse("loyalty:receipt", args=[visit.pk]))
    slip = page(manager, reverse("loyalty:receipt", args=[visit.pk]) + "?print=1")
    assert "2020 年的积分已于 2021-12-31 到期" in slip  # in the client's language


def test_nothing_of_it_is_said_where_nothing_would_have_been_earned(manager: User, care: Service, wang: Client) -> None:
    free = shop.service("皮肤检测", "0.00")
    visit = check_out(shop.draft(manager, wang, shop.line(free), when="2020-02-02", pay=()), by=manager, at=NOON).visit
    walk_in = check_out(shop.draft(manager, None, shop.line(care), when="2020-02-02"), by=manager, at=NOON).visit
    brought = [Row(2, "A", date(2020, 2, 2), 1, Decimal(100))]
    record(brought, source="old", at=NOON, progress=lambda done, whole: None)

    for one in (visit, walk_in, Visit.objects.exclude(imported_from="").get()):
        assert Receipt.of(one).lapsed == ""
