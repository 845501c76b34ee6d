"""“Who is it for?” by keyboard: the arrows choose, Enter begins the checkout, a new file takes what was typed."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients import file
from clients.models import Client
from staff.models import User
from staff.roles import Role
from tests.staff.cast import enters
from tests.visits import shop
from visits.models import Draft


@pytest.fixture
def counter(page: Page, live_server: LiveServer) -> Page:
    """The browser at the front desk, on the page that asks for whom."""
    desk: User = shop.worker(Role.FRONT_DESK, "李晓雨")
    enters(page, live_server.url, desk)
    for name, phone in (("王丽华", "+8613812345521"), ("王莉华", "")):
        file.create({"name": name, "phone": phone}, by=desk, at=timezone.now())
    page.goto(f"{live_server.url}/checkout/new/")
    return page


def test_the_arrows_choose_and_enter_begins(counter: Page) -> None:
    counter.locator("#client-q").press_sequentially("wlh")
    hits = counter.locator("#client-hits [role=option]")
    expect(hits).to_have_count(2)
    expect(hits.first).to_have_attribute("aria-selected", "true")
    expect(counter.locator("#client-q")).to_have_attribute("aria-expanded", "true")
    second = hits.nth(1).locator("strong").inner_text()
    counter.keyboard.press("ArrowDown")
    expect(hits.nth(1)).to_have_attribute("aria-selected", "true")
    counter.keyboard.press("Enter")
    counter.wait_for_url("**/checkout/*-*/")
    draft = Draft.objects.get()
    assert draft.client
    assert draft.client.name == second


def test_enter_takes_the_only_one_and_none_that_was_found_for_another_text(counter: Page) -> None:
    box = counter.locator("#client-q")
    box.press_sequentially("5521")
    expect(counter.locator("#client-hits [role=option]")).to_have_count(1)
    box.press("9")
    box.press("Enter")
    counter.wait_for_url("**/checkout/new/?who=55219")
    assert not Draft.objects.exists()
    box = counter.locator("#client-q")
    box.fill("5521")
    expect(counter.locator("#client-hits [role=option][aria-selected=true]")).to_have_count(1)
    box.press("Enter")
    counter.wait_for_url("**/checkout/*-*/")
    assert Draft.objects.get().client == Client.objects.get(name="王丽华")


def test_the_top_bar_opens_the_form_with_what_was_typed_but_not_by_enter_alone(
    counter: Page, live_server: LiveServer
) -> None:
    box = counter.locator("#search-input")
    box.press_sequentially("周新客13700001111")
    offer = counter.locator("#search-results .search-new")
    expect(offer).to_have_attribute("aria-selected", "false")
    box.press("ArrowDown")
    expect(offer).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    counter.wait_for_url(f"{live_server.url}/clients/new/")
    expect(counter.locator("#id_name")).to_have_value("周新客")
    expect(counter.locator("#id_phone")).to_have_value("13700001111")
