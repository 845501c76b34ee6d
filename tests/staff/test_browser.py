"""The staff pages in a real browser: keyboard, the idle lock, and what axe-core says."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from tests.conftest import PHONE
from tests.staff import cast


@pytest.fixture
def signed_in_page(page: Page, live_server: LiveServer) -> Page:
    """The page after the owner, who is manager and admin, has signed in."""
    cast.with_pin(cast.staff(Role.MANAGER, Role.ADMIN, username="owner"))
    page.goto(f"{live_server.url}/login/?next=/me/")
    page.fill("[name=username]", "owner")
    page.fill("[name=password]", cast.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/me/")
    return page


def test_a_slash_goes_to_the_search_and_escape_leaves_it(signed_in_page: Page) -> None:
    page = signed_in_page
    page.locator("h1").click()
    page.keyboard.press("/")
    expect(page.locator("#search-input")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search-input")).not_to_be_focused()


def test_a_page_that_is_left_locks_and_gives_back_what_was_typed(signed_in_page: Page) -> None:
    page = signed_in_page
    User.objects.update(language="zh-hans")
    page.clock.install()
    page.reload()
    page.fill("[name=display_name]", "写到一半")

    page.clock.run_for((15 * 60 - 30) * 1000)
    expect(page.locator("#idle-warning")).to_be_visible()
    expect(page.locator("#idle-left")).to_have_text("30")
    page.click("#idle-stay")
    expect(page.locator("#idle-warning")).to_be_hidden()
    page.clock.run_for((15 * 60 + 1) * 1000)

    page.wait_for_url("**/lock/**")
    expect(page.locator("body")).to_contain_text("内容已保留")
    expect(page.locator("body")).not_to_contain_text("写到一半")
    page.fill("[name=password]", "2580")
    page.press("[name=password]", "Enter")
    expect(page.locator("h1")).to_have_text("刚才填的内容还在")
    page.get_by_role("button", name="现在提交").click()
    page.wait_for_url("**/me/")
    assert User.objects.get().display_name == "写到一半"


def test_an_untouched_page_locks_to_the_quick_switch(signed_in_page: Page) -> None:
    page = signed_in_page
    page.clock.install()
    page.reload()
    page.clock.run_for((15 * 60 + 1) * 1000)
    page.wait_for_url("**/lock/**")
    page.fill("[name=password]", "2580")
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/me/")


def test_the_screen_is_locked_by_hand_from_the_keyboard(signed_in_page: Page) -> None:
    page = signed_in_page
    page.goto(page.url.replace("/me/", "/clients/"))
    button = page.locator(".rail-acts button[form=lock-form]")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=password]")).to_be_visible()
    assert AuditEntry.objects.filter(action="signed_out", what="hand").exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_page_has_a_serious_fault(
    signed_in_page: Page, live_server: LiveServer, assert_accessible: Callable[[], None], language: str
) -> None:
    page = signed_in_page
    User.objects.update(language=language)
    cast.staff(Role.FRONT_DESK)
    for width in (1440, PHONE["width"]):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/audit/?act=erased", "/switch/", "/nothing/", "/admin/", "/admin/staff/user/"):
            page.goto(live_server.url + path)
            assert_accessible()
            if not path.startswith("/admin/"):
                assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
    page.goto(f"{live_server.url}/switch/?who={User.objects.get(username='owner').pk}")
    assert_accessible()
    page.context.clear_cookies()
    page.goto(f"{live_server.url}/login/")
    assert_accessible()


def test_a_new_salon_is_set_up(page: Page, live_server: LiveServer, assert_accessible: Callable[[], None]) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.goto(live_server.url)
    page.wait_for_url("**/setup/")
    assert_accessible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for name, text in {"display_name": "陈静", "username": "chenjing", "salon_name": "花间美容"}.items():
        page.fill(f"[name={name}]", text)
    page.fill("[name=password]", cast.PASSWORD)
    page.fill("[name=password_again]", cast.PASSWORD)
    page.get_by_role("button", name="开店").click()
    expect(page.locator(".rail-brand")).to_have_text("花间美容")
    assert Salon.load().hours["6"] == ["10:00", "21:00"]
