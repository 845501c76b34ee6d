"""Signing in and out."""

import pytest
from django.test import Client as Browser

from staff.models import AuditEntry
from staff.roles import Role
from tests.staff import cast

pytestmark = pytest.mark.django_db


def test_it_works(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK)

    answer = cast.sign_in(client, desk)

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert cast.who_is_in(client) == str(desk.pk)
    assert AuditEntry.objects.get(action="signed_in").actor == desk


def test_a_stranger_is_sent_to_sign_in_and_back(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK)

    assert client.get("/audit/?act=viewed")["Location"] == "/login/?next=%2Faudit%2F%3Fact%3Dviewed"
    assert cast.sign_in(client, desk, next="/audit/?act=viewed")["Location"] == "/audit/?act=viewed"


@pytest.mark.parametrize(
    "elsewhere",
    ["https://bad.example/", "//bad.example/", "/\\bad.example", "javascript:alert(1)", "//[", "/\t/[", "/\\["],
)
def test_nobody_is_sent_elsewhere(client: Browser, elsewhere: str) -> None:
    assert cast.sign_in(client, cast.staff(Role.FRONT_DESK), next=elsewhere)["Location"] == "/"
    assert client.get("/login/", {"next": elsewhere})["Location"] == "/"


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("front_desk", "wrong"),
        ("nobody-such", cast.PASSWORD),
        ("gone", cast.PASSWORD),
        ("x" * 151, "y"),
        ("x" * 256, "y"),
        ("\ufdfa" * 150, "y"),
    ],
)
def test_all_refusals_say_the_same(client: Browser, username: str, password: str) -> None:
    cast.staff(Role.FRONT_DESK)
    cast.staff(Role.MANAGER, username="gone", is_active=False)

    answer = client.post("/login/", {"username": username, "password": password})

    assert answer.status_code == 200
    assert cast.REFUSED in answer.content.decode()
    assert cast.who_is_in(client) is None


def test_what_is_missing_is_said_beside_its_field(client: Browser) -> None:
    cast.staff(Role.FRONT_DESK)
    answer = client.post("/login/", {"username": "front_desk", "password": ""})
    assert answer.context["form"].errors.keys() == {"password"}
    assert "front_desk" in answer.content.decode()


def test_a_wrong_password_stands_in_the_trail_without_the_password(client: Browser) -> None:
    cast.sign_in(client, cast.staff(Role.FRONT_DESK), password="my-other-secret")
    entry = AuditEntry.objects.get(action="refused")
    assert entry.what == "sign_in:front_desk"
    assert entry.address == "127.0.0.1"


def test_eight_wrong_ones_lock_the_name_but_not_the_shop(client: Browser) -> None:
    desk, manager = cast.staff(Role.FRONT_DESK), cast.staff(Role.MANAGER)

    codes = [cast.sign_in(client, desk, password=f"wrong-{n}").status_code for n in range(10)]
    locked = cast.sign_in(client, desk)

    assert codes == [200] * 7 + [429] * 3
    assert locked.status_code == 429
    assert cast.REFUSED in locked.content.decode()
    assert AuditEntry.objects.filter(action="refused").count() == 7
    assert cast.sign_in(Browser(), manager).status_code == 302  # from the same address


def test_a_made_up_forwarding_address_changes_nothing() -> None:
    desk = cast.staff(Role.FRONT_DESK)
    for n in range(8):
        browser = Browser(headers={"X-Forwarded-For": f"203.0.113.{n}", "User-Agent": f"browser {n}"})
        cast.sign_in(browser, desk, password="wrong")

    assert cast.sign_in(Browser(headers={"X-Forwarded-For": "203.0.113.99"}), desk).status_code == 429


def test_a_right_one_forgives_the_wrong_ones_before(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK)
    for _round in range(2):
        for n in range(7):
            assert cast.sign_in(client, desk, password=f"wrong-{n}").status_code == 200
        assert cast.sign_in(client, desk).status_code == 302


def test_signing_out_ends_the_session(client: Browser) -> None:
    cast.sign_in(client, cast.staff(Role.FRONT_DESK))
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/me/").status_code == 302
    assert AuditEntry.objects.filter(action="signed_out").count() == 1


def test_signing_in_needs_the_token() -> None:
    cast.staff(Role.FRONT_DESK)
    answer = Browser(enforce_csrf_checks=True).post("/login/", {"username": "front_desk", "password": cast.PASSWORD})
    assert answer.status_code == 403
    assert "页面打开太久" in answer.content.decode()


def test_who_is_deactivated_is_out_with_the_next_click(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK)
    cast.sign_in(client, desk)
    assert client.get("/me/").status_code == 200

    desk.is_active = False
    desk.save()

    assert client.get("/me/")["Location"].startswith("/login/")
    assert cast.sign_in(client, desk).status_code == 200


def test_pages_are_kept_by_no_cache(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK)
    assert "no-store" in client.get("/login/")["Cache-Control"]
    cast.sign_in(client, desk)
    assert "no-store" in client.get("/me/")["Cache-Control"]
