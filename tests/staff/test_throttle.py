"""What stands in the database after wrong passwords and PINs: nothing that was typed."""

from importlib import import_module

import pytest
from axes.models import AccessAttempt
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as Browser

from staff.models import User
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db

TYPED = "Canary-77-"  # passwords, and whatever else was typed
PIN = "739164"


def standing_in(*words: str) -> list[str]:
    """The tables of the whole database that hold one of these words in any column."""
    tables = connection.introspection.table_names()
    likes = " OR ".join(["row::text LIKE %s"] * len(words))
    asked = " UNION ALL ".join(
        f"(SELECT '{table}' FROM {connection.ops.quote_name(table)} AS row WHERE {likes} LIMIT 1)"  # noqa: S608
        for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(asked, [f"%{word}%" for word in words] * len(tables))
        found = [str(table) for (table,) in cursor.fetchall()]
    kept = [str(session.get_decoded()) for session in Session.objects.all()]
    return found + ["a session" for session in kept if any(word in session for word in words)]


def type_everything_wrong(browser: Browser) -> None:
    """Send each form that asks for a password or PIN, with a wrong one, from the page of somebody signed in."""
    number = str(User.objects.get(username="admin").pk)
    word = TYPED + "password"
    stranger = {"username": "admin", "password": word, "pin": PIN, "note": f"{TYPED}note", "next": f"/{TYPED}next"}
    browser.post("/me/password/", {"old_password": word, "new_password1": f"{word}1", "new_password2": f"{word}2"})
    browser.post("/me/pin/", {"pin": PIN, "password": word})
    browser.post("/step-up/", {"reason": f"{TYPED}reason", "password": word, "for": "settings", "next": "/"})
    browser.post("/switch/", {"who": number, "password": word, "draft": f"{TYPED}draft"})
    browser.post("/switch/", {"who": number, "password": PIN})
    Browser().post(f"/login/?next=/{TYPED}address", stranger)
    Browser().post("/login/", stranger | {"username": "nobody-such"})
    browser.post("/lock/?to=/me/pin/", {"pin": PIN, "password": word, "old_password": word, "lock_next": "/me/"})


def test_nothing_typed_stands_anywhere_in_the_database(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    cast.with_pin(User.objects.get())
    cast.sign_in(browser, User.objects.get())
    assert standing_in("admin-shown") != []  # the search finds what is there

    type_everything_wrong(browser)

    assert standing_in(TYPED, PIN) == []
    assert {attempt.username for attempt in AccessAttempt.objects.all()} == {"admin", "nobody-such"}
    assert AccessAttempt.objects.get(username="admin").failures_since_start == 6


def test_what_was_kept_before_is_blanked() -> None:
    kept = {"ip_address": "127.0.0.1", "http_accept": "", "path_info": "/me/pin/", "failures_since_start": 3}
    AccessAttempt.objects.create(username="admin", post_data=f"pin={PIN}", get_data="", **kept)

    with connection.schema_editor() as editor:
        import_module("staff.migrations.0006_nothing_typed_kept").forget(apps, editor)

    assert standing_in(PIN) == []
    assert AccessAttempt.objects.get().failures_since_start == 3  # whom it locks stays locked
