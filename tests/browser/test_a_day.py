"""A day at the counter: found by keyboard, checked out with an allergy and two payments, and undone again."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from clients.models import Client
from loyalty.models import LoyaltyAccount
from staff.models import User
from staff.roles import Role
from visits.models import AllergyAcknowledgement, Draft, Visit

SignIn = Callable[[Role], Page]


@pytest.mark.parametrize("role", list(Role))
def test_everybody_signs_in_and_finds_their_day(sign_in: SignIn, role: Role) -> None:
    page = sign_in(role)

    expect(page.locator("h1")).to_have_text("今日")
    expect(page.locator(".rail-nav")).to_contain_text("客户")


@pytest.mark.parametrize("typed", ["wlh", "5521", "王丽", "13812345521", "wangli"])
def test_a_client_is_found_without_a_mouse(sign_in: SignIn, wang: Client, typed: str) -> None:
    page = sign_in(Role.FRONT_DESK)
    page.keyboard.press("/")
    page.keyboard.type(typed)
    hit = page.locator(".search-hit")
    expect(hit).to_have_count(1)
    expect(hit).to_contain_text("王丽华")
    expect(hit).to_contain_text("138 •••• 5521")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    page.wait_for_url(f"**/clients/{wang.pk}/")
    expect(page.locator(".banner-allergy")).to_contain_text("果酸")


def test_arrows_choose_among_several(sign_in: SignIn, wang: Client) -> None:
    page = sign_in(Role.FRONT_DESK)
    Client.objects.exclude(pk=wang.pk).update(search_keys=wang.search_keys)
    page.keyboard.press("/")
    page.keyboard.type("wlh")
    expect(page.locator(".search-hit")).to_have_count(2)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".search-hit").nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(page.locator(".search-hit")).to_have_count(0)


def test_a_phone_stays_hidden_until_it_is_asked_for(sign_in: SignIn, wang: Client) -> None:
    page = sign_in(Role.FRONT_DESK)
    page.goto(page.url + f"clients/{wang.pk}/")
    expect(page.locator("#phone")).not_to_contain_text("1234")
    page.locator("#phone button").click()

    expect(page.locator("#phone")).to_contain_text("1234")


def test_the_tabs_of_a_file(sign_in: SignIn, wang: Client) -> None:
    Draft.objects.create(client=wang, by=User.objects.get(username=Role.FRONT_DESK))  # she is here: care notes are open
    page = sign_in(Role.FRONT_DESK)
    page.goto(page.url + f"clients/{wang.pk}/")
    expect(page.locator(".timeline").first).to_contain_text("深层补水护理")
    for tab in ("到店", "积分与等级", "护理档案", "资料"):
        page.locator(".tabs").get_by_role("link", name=tab, exact=True).click()
        expect(page.locator(".tabs [aria-current]")).to_have_text(tab)
    page.go_back()
    expect(page.locator(".tabs [aria-current]")).to_have_text("护理档案")


def test_a_visit_from_check_in_to_void(sign_in: SignIn, wang: Client, shot: Callable[[str], None]) -> None:
    page = sign_in(Role.FRONT_DESK)
    before = LoyaltyAccount.objects.get(client=wang)
    home = page.url
    page.goto(f"{home}clients/{wang.pk}/")
    page.locator(".page-head").get_by_role("button", name="登记到店").click()
    page.wait_for_url("**/checkout/*-*/")
    page.fill("#item-q", "gshf")
    expect(page.locator("#item-results [role=option]")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator("#gate")).to_contain_text("果酸")
    page.get_by_role("button", name="微信").click()
    page.get_by_role("button", name="现金").click()
    page.fill("#paid-cash", "200")
    page.check("#gate input")
    expect(page.locator("#saved")).to_have_text("草稿已保存")
    page.dblclick("#complete")
    page.wait_for_url("**/receipt/")

    visit = Visit.objects.latest("pk")
    assert visit.payments.count() == 2
    assert AllergyAcknowledgement.objects.get().substance == "果酸"
    shot("day-receipt")
    page.goto(home)
    expect(page.locator("main")).to_contain_text("果酸焕肤")
    page.goto(f"{home}clients/{wang.pk}/")
    expect(page.locator(".timeline li", has_text="果酸焕肤").first).to_contain_text("今日")
    expect(page.locator(".kpis")).to_contain_text("今天")
    earned = LoyaltyAccount.objects.get(client=wang)
    assert earned.balance > before.balance

    page.goto(f"{home}visits/{visit.pk}/void/")
    page.fill("[name=reason]", "录错了客户")
    page.locator("main form button.btn-danger").click()
    page.wait_for_url("**/receipt/")
    page.goto(f"{home}clients/{wang.pk}/")

    expect(page.locator(".timeline li.bad").first).to_contain_text("录错了客户")
    undone = LoyaltyAccount.objects.get(client=wang)
    assert (undone.balance, undone.last_visit_on) == (before.balance, before.last_visit_on)


def test_an_unfinished_checkout_waits_on_today(sign_in: SignIn, wang: Client) -> None:
    page = sign_in(Role.FRONT_DESK)
    home = page.url
    page.goto(f"{home}clients/{wang.pk}/")
    page.locator(".page-head").get_by_role("button", name="登记到店").click()
    page.wait_for_url("**/checkout/*-*/")
    checkout = page.url
    page.goto(f"{home}clients/{wang.pk}/")
    expect(page.locator(".next-steps")).to_contain_text("还没结完")
    page.goto(home)
    page.get_by_role("link", name="继续结账").click()

    page.wait_for_url(checkout)


def test_search_and_tabs_work_without_scripts(sign_in: SignIn, wang: Client) -> None:
    page = sign_in(Role.FRONT_DESK)
    browser = page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=page.context.storage_state())
    reader = plain.new_page()
    reader.goto(page.url)
    reader.fill("[name=q]", "wlh")
    reader.locator("[name=q]").press("Enter")
    reader.get_by_role("link", name="王丽华").click()
    reader.locator(".tabs").get_by_role("link", name="资料", exact=True).click()

    assert reader.url.endswith("?tab=details")
    plain.close()
