"""What happens on the pages of a client file without loading them anew."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients import care
from clients.models import Client, FileRules, Preference
from staff.models import User
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, client, staff
from tests.staff.cast import enters


@pytest.fixture
def desk(page: Page, live_server: LiveServer) -> User:
    """Somebody of the front desk, signed in."""
    user = staff(Role.FRONT_DESK, name="小李")
    enters(page, live_server.url, user)
    return user


def open_page(page: Page, live_server: LiveServer, name: str, *args: object) -> None:
    page.goto(live_server.url + reverse(name, args=args))


def test_it_works(page: Page, live_server: LiveServer, desk: User) -> None:
    client("王大明", PHONE)
    open_page(page, live_server, "clients:new")
    page.keyboard.type("王小宝")
    page.locator("#id_phone").press_sequentially("138 0013 8000")

    expect(page.locator("#likely")).to_contain_text("王大明")

    page.keyboard.press("Control+Enter")
    page.get_by_label("another person").check()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="王小宝")).to_be_visible()
    assert Client.objects.count() == 2


def test_chips_phone_and_consents_change_in_place(page: Page, live_server: LiveServer, desk: User) -> None:
    made = client("王丽华", PHONE)
    care.add_preference(made, "靠窗", by=desk, at=NOW)
    page.goto(f"{live_server.url}{reverse('frontdesk:client_file', args=[made.pk])}?tab=details")
    page.evaluate("window.sameDocument = true")

    page.get_by_role("button", name="Remove 靠窗").click()
    expect(page.locator("#preferences")).not_to_contain_text("靠窗")
    # Until htmx has taken up what it put in, Enter sends the form as without JavaScript: by way of a new page.
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
    page.locator("#preferences input[name=text]").fill("温柠檬水")
    page.keyboard.press("Enter")
    expect(page.locator("#preferences li")).to_contain_text("温柠檬水")
    page.locator("#phone button").click()
    expect(page.locator("#phone")).to_contain_text("138 0013 8000")
    page.get_by_role("button", name="Give: photos").click()
    expect(page.get_by_role("button", name="Withdraw: photos")).to_be_visible()

    assert page.evaluate("window.sameDocument") is True
    assert [one.text for one in Preference.objects.all()] == ["温柠檬水"]


def test_beyond_the_hours_number_the_page_says_so(page: Page, live_server: LiveServer, desk: User) -> None:
    FileRules.objects.update_or_create(pk=1, defaults={"reveals_per_hour": 0})
    made = client("王丽华", PHONE)
    open_page(page, live_server, "frontdesk:client_file", made.pk)
    page.locator("#phone button").click()
    expect(page.locator("#phone")).to_contain_text("as many as the salon allows")
