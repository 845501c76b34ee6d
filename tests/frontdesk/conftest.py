"""Everybody signed in, each in their own browser."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from staff.roles import Role
from tests.frontdesk import cast

SignedIn = Callable[[Role], Browser]


@pytest.fixture
def signed_in(db: None) -> SignedIn:
    """`signed_in(Role.MANAGER)` is a browser in which the manager has signed in; `browser.user` is who that is."""

    def sign_in(role: Role) -> Browser:
        browser = Browser()
        browser.user = cast.staff(role)  # type: ignore[attr-defined]
        browser.force_login(browser.user, backend="staff.present.PresentBackend")  # type: ignore[attr-defined]
        return browser

    return sign_in
