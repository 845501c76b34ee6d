"""Somebody leaves: the manager closes the account, and no session of it ever comes back."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from staff.models import AuditEntry, User
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db


def deactivate(browser: Browser, user: User) -> int:
    return browser.post(reverse("staff:deactivate", args=[user.pk])).status_code


def test_the_manager_deactivates_and_it_stands_in_the_trail(signed_in: SignedIn) -> None:
    manager, desk_browser = signed_in(Role.MANAGER), signed_in(Role.FRONT_DESK)
    desk = User.objects.get(username="front_desk")
    assert desk.display_name in manager.get(reverse("staff:people")).content.decode()
    assert "停用" in manager.get(reverse("staff:deactivate", args=[desk.pk])).content.decode()
    assert desk_browser.get("/me/").status_code == 200

    assert deactivate(manager, desk) == 302

    assert desk_browser.get("/me/").status_code == 302
    assert cast.sign_in(Browser(), desk).status_code == 200
    entry = AuditEntry.objects.get(changes__has_key="is_active")
    assert (entry.changes, entry.actor) == ({"is_active": [True, False]}, User.objects.get(username="manager"))


def test_never_oneself_and_never_an_admin(signed_in: SignedIn) -> None:
    manager = signed_in(Role.MANAGER)
    admin = cast.staff(Role.ADMIN)
    both = cast.staff(Role.ADMIN, Role.FRONT_DESK, username="both")
    for user in (User.objects.get(username="manager"), admin, both):
        deactivate(manager, user)
        user.refresh_from_db()
        assert user.is_active


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.ADMIN])
def test_others_may_not(signed_in: SignedIn, role: Role) -> None:
    browser, other = signed_in(role), cast.staff(username="other")
    assert deactivate(browser, other) == 403
    assert browser.get(reverse("staff:people")).status_code == 403


@pytest.mark.parametrize("pk", [0, 2**63, 999999])
def test_nobody_of_that_number(signed_in: SignedIn, pk: int) -> None:
    assert signed_in(Role.MANAGER).post(f"/staff/{pk}/deactivate/").status_code == 404


@pytest.mark.parametrize("way", ["save", "update", "stale"])
def test_an_old_session_stays_dead_when_the_account_is_opened_again(signed_in: SignedIn, way: str) -> None:
    browser = signed_in(Role.FRONT_DESK)
    desk = User.objects.get()
    if way == "update":
        User.objects.update(is_active=False)
        User.objects.update(is_active=True)
    else:
        desk.is_active = False
        desk.save()
        if way == "save":
            desk.refresh_from_db()
        desk.is_active = True
        desk.save()

    assert browser.get("/me/").status_code == 302
    assert cast.sign_in(Browser(), User.objects.get()).status_code == 302


def test_other_changes_end_no_session(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    User.objects.update(display_name="小李")
    assert browser.get("/me/").status_code == 200
