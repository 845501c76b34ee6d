"""Who works in the salon, who comes and what is done for her: what most tests of loyalty begin with."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty.models import LoyaltyAccount, Perk
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import client, staff, tier
from tests.staff.cast import enters, signed_in
from tests.visits import shop
from visits.models import Service

SignIn = Callable[[Role, str], Page]


@pytest.fixture
def desk() -> User:
    return shop.worker(Role.FRONT_DESK, "李晓雨")


@pytest.fixture
def manager() -> User:
    return shop.worker(Role.MANAGER, "周店长")


@pytest.fixture
def lin() -> User:
    return shop.worker(Role.BEAUTICIAN, "林美")


@pytest.fixture
def counter(desk: User) -> Browser:
    """The front desk, signed in."""
    return signed_in(desk)


@pytest.fixture
def wang() -> Client:
    return shop.client()


@pytest.fixture
def black() -> Client:
    """A client of the highest tier."""
    who = client()
    LoyaltyAccount.objects.create(client=who, tier=tier("black"))
    return who


@pytest.fixture
def care() -> Service:
    """A treatment of ¥468."""
    return shop.service()


@pytest.fixture
def design() -> Perk:
    return Perk.objects.get(name="形象设计")


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer) -> SignIn:
    """`sign_in(role, language)`: the browser of somebody of that role."""

    def enter(role: Role, language: str) -> Page:
        user = staff(role)
        user.language = language
        user.save(update_fields=["language"])
        return enters(page, live_server.url, user)

    return enter
