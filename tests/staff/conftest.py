"""A browser, and somebody signed in at it."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.utils import timezone

from staff import stepping_up
from staff.roles import Role
from tests.staff import cast

SignedIn = Callable[..., Browser]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """`signed_in(Role.MANAGER)` is a browser at which the manager has signed in."""

    def begin(*roles: Role, username: str = "") -> Browser:
        browser = Browser()
        assert cast.sign_in(browser, cast.staff(*roles, username=username)).status_code == 302
        if Role.ADMIN in roles:
            open_settings(browser)
        return browser

    return begin


def open_settings(browser: Browser) -> None:
    """As after the password once more: accounts and settings are open."""
    session = browser.session
    session[stepping_up.KEPT] = {stepping_up.SETTINGS: [timezone.now().timestamp(), "test"]}
    session.save()
