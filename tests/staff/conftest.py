"""A browser, and somebody signed in at it."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from staff.roles import Role
from tests.staff import cast

SignedIn = Callable[..., Browser]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """`signed_in(Role.MANAGER)` is a browser at which the manager has signed in."""

    def begin(*roles: Role, username: str = "") -> Browser:
        browser = Browser()
        assert cast.sign_in(browser, cast.staff(*roles, username=username)).status_code == 302
        return browser

    return begin
