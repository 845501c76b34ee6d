"""The checkout in a browser: typing is never overtaken by an answer, and two presses are one visit."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from django.contrib.sessions.models import Session
from django.test import Client as Browser
from playwright.sync_api import Dialog, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from staff.models import User
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.staff.cast import enters
from tests.visits import shop
from visits.draft import Content
from visits.models import AllergyAcknowledgement, Draft, Payment, Visit


@pytest.fixture
def draft(desk: User) -> Draft:
    """A Gold client who is allergic, with one treatment on the bill; two more things are on sale."""
    lin = shop.worker(Role.BEAUTICIAN, "林美")
    wang = shop.client(phone="+8613812345521", birthday_month=11, birthday_day=30, consultant=lin)
    shop.allergy(wang, "果酸")
    shop.service("果酸焕肤", "680.00", ingredients="果酸、酒精", after_care="三天内注意防晒")
    shop.product()
    return shop.draft(desk, wang, shop.line(shop.service(), beautician=str(lin.pk)), pay=())


@pytest.fixture
def counter(page: Page, live_server: LiveServer, desk: User) -> Page:
    """The browser at the front desk."""
    enters(page, live_server.url, desk)
    return page


def open_checkout(counter: Page, live_server: LiveServer, draft: Draft) -> None:
    counter.goto(f"{live_server.url}/checkout/{draft.pk}/")
    counter.wait_for_load_state("networkidle")  # what there is to offer comes after the page


def test_it_works(counter: Page, live_server: LiveServer, draft: Draft, shot: Callable[[str], None]) -> None:
    open_checkout(counter, live_server, draft)
    counter.fill("#item-q", "gshf")
    expect(counter.locator("#item-results [role=option]")).to_have_count(1)
    counter.keyboard.press("Enter")
    expect(counter.locator("#gate")).to_contain_text("果酸")
    expect(counter.locator("#item-q")).to_be_focused()
    counter.get_by_role("button", name="微信").click()
    counter.get_by_role("button", name="现金").click()
    counter.fill("#paid-cash", "２００")
    expect(counter.locator("#paid-wechat")).to_have_attribute("placeholder", "833.20")
    counter.keyboard.press("Control+Enter")
    expect(counter.locator("#settle")).to_contain_text("还没完成")
    assert not Visit.objects.exists()

    counter.check("#gate input")
    expect(counter.locator("#saved")).to_have_text("草稿已保存")
    shot("checkout")
    counter.dblclick("#complete")
    counter.wait_for_url("**/receipt/")

    visit = Visit.objects.get()
    assert sorted(Payment.objects.values_list("method", "amount")) == [("cash", 200), ("wechat", visit.total - 200)]
    assert AllergyAcknowledgement.objects.get().substance == "果酸"
    expect(counter.locator("main")).to_contain_text("2,066")  # 1,033 points, doubled in the birthday month
    shot("receipt")
    counter.go_back()
    counter.wait_for_url("**/receipt/")
    assert Visit.objects.count() == 1


def test_what_is_typed_while_an_answer_is_on_its_way_stays(
    counter: Page, live_server: LiveServer, draft: Draft
) -> None:
    open_checkout(counter, live_server, draft)

    def slowly(route: Route) -> None:
        counter.wait_for_timeout(700)
        route.continue_()

    counter.route(f"**{urlsplit(counter.url).path}", slowly)
    counter.fill("#quantity-1", "2")
    counter.focus("#off-box-1 summary")
    counter.wait_for_timeout(100)
    counter.focus("#care_note")
    counter.keyboard.type("两颊泛红减轻", delay=120)
    counter.focus("#quantity-1")
    counter.keyboard.type("1", delay=50)

    expect(counter.locator("#saved")).to_have_text("草稿已保存")
    expect(counter.locator("#care_note")).to_have_value("两颊泛红减轻")
    expect(counter.locator("#quantity-1")).to_be_focused()
    kept = Content.from_json(Draft.objects.get().content)
    assert kept.care_note == "两颊泛红减轻"
    assert kept.lines[0].quantity == counter.input_value("#quantity-1")
    assert len(kept.lines[0].quantity) == 2


def test_a_tapped_button_counts_once_however_often_the_draft_is_saved_after_it(
    counter: Page, live_server: LiveServer, draft: Draft
) -> None:
    open_checkout(counter, live_server, draft)
    counter.get_by_role("button", name="果酸焕肤").click()
    expect(counter.locator("#lines tbody tr")).to_have_count(2)
    for quantity in ("3", "4"):
        counter.fill("#quantity-2", quantity)
        counter.keyboard.press("Enter")
        expect(counter.locator("#saved")).to_have_text("草稿已保存")

    expect(counter.locator("#lines tbody tr")).to_have_count(2)
    assert not Visit.objects.exists()


def test_leaving_with_unsaved_typing_warns(counter: Page, live_server: LiveServer, draft: Draft) -> None:
    open_checkout(counter, live_server, draft)
    asked: list[str] = []

    def go_on(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    counter.on("dialog", go_on)
    counter.focus("#care_note")
    counter.keyboard.type("未保存")
    counter.goto(f"{live_server.url}/visits/")

    assert asked == ["beforeunload"]


def test_without_a_connection_typing_is_kept_and_sent_later(
    counter: Page, live_server: LiveServer, draft: Draft
) -> None:
    open_checkout(counter, live_server, draft)
    counter.context.set_offline(True)
    counter.fill("#care_note", "断网时写的")
    expect(counter.locator("#saved")).to_contain_text("网络断开")

    counter.context.set_offline(False)
    expect(counter.locator("#saved")).to_have_text("草稿已保存", timeout=9000)
    assert Content.from_json(Draft.objects.get().content).care_note == "断网时写的"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_page_is_accessible_and_fits(
    counter: Page,
    live_server: LiveServer,
    draft: Draft,
    desk: User,
    size: dict[str, int],
    assert_accessible: Callable[[], None],
) -> None:
    counter.set_viewport_size(size)  # type: ignore[arg-type]
    done = shop.draft(desk, draft.client, *Content.from_json(draft.content).lines)
    open_checkout(counter, live_server, done)
    counter.get_by_role("button", name="果酸焕肤").click()
    expect(counter.locator("#gate")).to_be_visible()
    counter.locator("#off-box-1 summary").click()
    counter.fill("#off-1", "5")
    expect(counter.locator("#off-error-1")).not_to_be_empty()
    assert_accessible()
    assert_fits(counter)
    counter.locator("#off-1").fill("")
    expect(counter.locator("#off-error-1")).to_be_empty()
    counter.locator("#off-box-1 summary").press("Escape")
    counter.check("#gate input")
    expect(counter.locator("#saved")).to_have_text("草稿已保存")
    counter.locator("#complete").click()
    counter.wait_for_url("**/receipt/")
    for address in ("", "?print=1&paper=slip", "/visits/", "/visits/?status=void", "/checkout/new/?who=wlh"):
        counter.goto(f"{live_server.url}{address}" if address.startswith("/") else f"{counter.url}{address}")
        assert_accessible()
        assert_fits(counter)
        if "print" in counter.url:
            counter.go_back()


def assert_fits(page: Page) -> None:
    """Nothing makes the page wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def test_typing_after_the_session_ended_is_there_again_after_signing_in(
    counter: Page, live_server: LiveServer, draft: Draft, desk: User
) -> None:
    open_checkout(counter, live_server, draft)
    Session.objects.all().delete()
    counter.fill("#care_note", "会话结束后写的")
    expect(counter.locator("main")).to_contain_text("登录已过期")

    counter.fill("#id_username", desk.username)
    counter.fill("#id_password", "salon-demo")
    counter.keyboard.press("Enter")
    counter.locator("main form[action^='/checkout/'] .btn-primary").click()  # "send it now"

    counter.wait_for_url(f"**/checkout/{draft.pk}/*")
    expect(counter.locator("#care_note")).to_have_value("会话结束后写的")


def test_typing_after_another_tab_switched_the_user_is_kept_and_sent_by_that_person(
    counter: Page, live_server: LiveServer, draft: Draft, desk: User
) -> None:
    open_checkout(counter, live_server, draft)
    boss = shop.worker(Role.MANAGER, "周店长")
    other = counter.context.new_page()
    other.goto(f"{live_server.url}/me/")
    other.get_by_role("main").get_by_role("button", name="退出登录").click()
    other.fill("#id_username", boss.username)
    other.fill("#id_password", "salon-demo")
    other.keyboard.press("Enter")
    other.wait_for_url(f"{live_server.url}/")
    other.close()

    counter.fill("#care_note", "换人之后写的")

    expect(counter.locator("main")).to_contain_text("李晓雨打开的")
    expect(counter.locator(".defs")).to_contain_text("护理记录")
    counter.get_by_role("button", name="现在提交").click()
    counter.wait_for_url(f"**/checkout/{draft.pk}/*")
    expect(counter.locator("#care_note")).to_have_value("换人之后写的")


def test_typing_after_another_window_completed_is_shown_and_called_unsaved(
    counter: Page, live_server: LiveServer, draft: Draft, desk: User, assert_accessible: Callable[[], None]
) -> None:
    open_checkout(counter, live_server, draft)
    session = Browser()
    session.force_login(desk, backend="staff.present.PresentBackend")
    session.post(f"/checkout/{draft.pk}/", shop.posted(draft, "complete") | {"method": ["cash"]})
    assert Visit.objects.count() == 1

    counter.fill("#care_note", "另一个窗口写的")

    expect(counter.locator("h1")).to_have_text("最后填的内容没有保存")
    expect(counter.locator("#care_note")).to_have_value("另一个窗口写的")
    assert_accessible()
    counter.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert_fits(counter)


def test_the_discount_opens_within_its_box_and_can_be_typed_at_once(
    counter: Page, live_server: LiveServer, draft: Draft
) -> None:
    open_checkout(counter, live_server, draft)
    counter.fill("input[name^=quantity-]", "2")
    expect(counter.locator(".checkout-amount")).to_have_text("842.40")

    counter.locator(".checkout-off summary").click()

    expect(counter.locator("input[name^=off-]")).to_be_focused()
    assert counter.evaluate(
        """() => {
            const box = document.querySelector(".checkout-popover"), edge = box.getBoundingClientRect();
            return [...box.querySelectorAll("*")].every((one) => one.getBoundingClientRect().right <= edge.right);
        }"""
    )
    counter.keyboard.type("9.5")
    counter.locator("input[name^=reason-]").fill("老客")
    expect(counter.locator(".checkout-after")).to_have_text("折后 ¥800.28")
