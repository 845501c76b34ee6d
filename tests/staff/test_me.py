"""One's own account: name, language, password, PIN."""

import pytest
from django.contrib.auth.hashers import check_password
from django.test import Client as Browser

from staff.models import AuditEntry, User
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db
NEW = "lavender-43"


def change(browser: Browser, new: str = NEW, old: str = cast.PASSWORD, again: str = "") -> int:
    fields = {"old_password": old, "new_password1": new, "new_password2": again or new}
    return browser.post("/me/password/", fields).status_code


def test_name_and_language_change_at_once(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    assert "我的账号" in browser.get("/me/").content.decode()

    assert browser.post("/me/", {"display_name": "Amy", "language": "en"}).status_code == 302

    page = browser.get("/me/").content.decode()
    assert "My account" in page
    assert '<html lang="en">' in page
    entry = AuditEntry.objects.get(action="changed")
    assert entry.changes == {"display_name": ["front_desk-shown", "Amy"], "language": ["zh-hans", "en"]}
    assert entry.actor == User.objects.get()


def test_the_sign_in_page_speaks_the_language_last_used(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    browser.post("/me/", {"display_name": "Amy", "language": "en"})
    browser.post("/logout/")
    assert "Sign in" in browser.get("/login/").content.decode()
    assert browser.get("/login/?language=zh-hans").status_code == 302
    assert "登录" in browser.get("/login/").content.decode()


@pytest.mark.parametrize(
    ("name", "language"),
    [("", "en"), ("x" * 41, "en"), ("Amy", "fr"), ("\u200b", "en"), ("\u202e\u2066", "en"), ("…", "en")],
)
def test_wrong_entries_are_named(signed_in: SignedIn, name: str, language: str) -> None:
    answer = signed_in(Role.FRONT_DESK).post("/me/", {"display_name": name, "language": language})
    assert answer.status_code == 200
    assert answer.context["profile"].errors


@pytest.mark.parametrize("name", ["前台 · 店长 陈静", "陈 静", "陈\u200b静", "店长", "MANAGER Chen", "Ａdmin", "陈静"])
def test_nobody_passes_for_somebody_else(signed_in: SignedIn, name: str) -> None:
    browser = signed_in(Role.FRONT_DESK)
    cast.staff(Role.MANAGER, username="chen")
    User.objects.filter(username="chen").update(display_name="陈静", is_active=False)  # the trail still names them

    answer = browser.post("/me/", {"display_name": name, "language": "zh-hans"})

    assert answer.context["profile"].errors == {"display_name": ["这是别人的姓名或角色，请换一个。"]}
    assert User.objects.get(username="front_desk").display_name == "front_desk-shown"


def test_a_name_is_kept_as_it_reads(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    cast.staff(Role.MANAGER, username="namesake")
    User.objects.filter(username="namesake").update(display_name="王芳")
    for written, kept in (("前台 小\u202e陈 ", "前台 小陈"), ("阿卜杜拉·买买提", "阿卜杜拉·买买提")):
        assert browser.post("/me/", {"display_name": written, "language": "zh-hans"}).status_code == 302
        assert User.objects.get(username="front_desk").display_name == kept

    User.objects.filter(username="front_desk").update(display_name="王芳")  # so the admin wrote it: two of that name
    assert browser.post("/me/", {"display_name": "王芳", "language": "en"}).status_code == 302


def test_a_new_password_ends_the_other_sessions(signed_in: SignedIn) -> None:
    browser, tablet = signed_in(Role.FRONT_DESK), Browser()
    cast.sign_in(tablet, User.objects.get())

    assert change(browser) == 302

    assert browser.get("/me/").status_code == 200
    assert tablet.get("/me/").status_code == 302
    assert User.objects.get().check_password(NEW)
    assert NEW not in str(list(AuditEntry.objects.values()))


@pytest.mark.parametrize("weak", ["short-1", "password1", "20261122", "front_desk", "salon-demo1"[:5]])
def test_weak_passwords_are_refused(signed_in: SignedIn, weak: str) -> None:
    assert change(signed_in(Role.FRONT_DESK), new=weak) == 200
    assert User.objects.get().check_password(cast.PASSWORD)


def test_the_old_password_is_asked_for(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    assert change(browser, old="wrong") == 200
    assert change(browser, again="another-44") == 200
    assert User.objects.get().check_password(cast.PASSWORD)


def test_a_password_set_by_somebody_else_must_be_changed_first(client: Browser) -> None:
    desk = cast.staff(Role.FRONT_DESK, must_change_password=True)
    cast.sign_in(client, desk)
    assert client.get("/audit/")["Location"] == "/me/"
    assert "请先设置自己的密码" in client.get("/me/").content.decode()

    assert change(client) == 302

    assert client.get("/audit/").status_code == 200


def test_a_pin_is_kept_as_a_hash(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    assert browser.post("/me/pin/", {"pin": "2580", "password": cast.PASSWORD}).status_code == 302
    pin = User.objects.get().pin
    assert "2580" not in pin
    assert check_password("2580", pin)

    browser.post("/me/pin/", {"pin": "", "password": cast.PASSWORD})
    assert User.objects.get().pin == ""


@pytest.mark.parametrize("pin", ["123", "1234567", "abcd", "１２３４", "1111", "1234", "25 80", "25.8"])
def test_pins_that_are_none_or_too_easy_are_refused(signed_in: SignedIn, pin: str) -> None:
    answer = signed_in(Role.FRONT_DESK).post("/me/pin/", {"pin": pin, "password": cast.PASSWORD})
    assert answer.context["pin"].errors.keys() == {"pin"}
    assert User.objects.get().pin == ""


def test_a_pin_needs_the_password(signed_in: SignedIn) -> None:
    answer = signed_in(Role.FRONT_DESK).post("/me/pin/", {"pin": "2580", "password": "wrong"})
    assert answer.context["pin"].errors.keys() == {"password"}
    assert User.objects.get().pin == ""


@pytest.mark.parametrize("path", ["/me/password/", "/me/pin/"])
def test_guessing_at_an_open_page_locks_the_name(signed_in: SignedIn, path: str) -> None:
    browser = signed_in(Role.FRONT_DESK)
    for guess in range(9):
        browser.post(path, {"old_password": f"guess-{guess}", "password": f"guess-{guess}", "pin": "2580"})

    wrong_now = browser.post(path, {"old_password": cast.PASSWORD, "password": cast.PASSWORD, "pin": "2580"})

    assert wrong_now.status_code == 429
    user = User.objects.get(username="front_desk")
    assert user.check_password(cast.PASSWORD)
    assert user.pin == ""


def test_the_trail_says_who_changed_the_own_password_and_pin(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    assert change(browser, new="short") == 200
    change(browser)
    for pin in ("2580", ""):
        assert browser.post("/me/pin/", {"pin": pin, "password": NEW}).status_code == 302

    told = AuditEntry.objects.filter(action="changed").order_by("id").values_list("what", "actor__username", "address")
    assert list(told) == [(what, "manager", "127.0.0.1") for what in ("own_password", "own_pin", "no_own_pin")]
    page = browser.get("/audit/").content.decode()
    assert all(word in page for word in ("自己的密码", "自己的 PIN", "取消自己的 PIN"))


@pytest.mark.parametrize(
    ("new", "words"),
    [("abc", "密码太短，至少 8 个字符。"), ("password", "这个密码太常见"), ("88442266", "密码不能全是数字。")],
)
def test_what_is_wrong_with_a_password_is_said_in_chinese(signed_in: SignedIn, new: str, words: str) -> None:
    fields = {"old_password": cast.PASSWORD, "new_password1": new, "new_password2": new}
    page = signed_in(Role.FRONT_DESK).post("/me/password/", fields).content.decode()
    assert words in page
    assert "This password" not in page
