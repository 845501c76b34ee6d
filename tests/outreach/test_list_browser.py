"""The front desk works a list of ten to the end, with the mouse on a phone and by keyboard at the counter."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from outreach.models import Contact, ContactTask, Kind
from staff.models import User
from staff.roles import Role
from tests.conftest import PHONE
from tests.frontdesk import cast
from tests.outreach.listed import agreed, noted, task
from tests.visits import shop

PASSWORD = "salon-demo"
Shot = Callable[[str], None]


@pytest.fixture
def desk(live_server: LiveServer) -> User:
    return shop.worker(Role.FRONT_DESK, "李晓雨")


@pytest.fixture
def ten(desk: User) -> dict[str, ContactTask]:
    """Ten contacts of today, of every sort, by the name of the client; the first of the list first."""
    today = timezone.localdate()
    lin = shop.worker(Role.BEAUTICIAN, "林美")

    def called(name: str, late: int = 0, kind: str = Kind.FOLLOW_UP) -> ContactTask:
        client = cast.client(name, phone="+8613812345521")
        visit = cast.visit(client, at=cast.days_ago(7 + late), beautician=lin)
        return task(client, kind, due=today - timedelta(days=late), visit=visit)

    greeted = cast.client("王丽华", phone="+8613812345522")
    agreed(greeted)
    made = [
        task(greeted, Kind.BIRTHDAY, due=today),
        task(cast.client("李静"), Kind.BIRTHDAY, due=today),  # has agreed to nothing
        called("逾期的张敏", late=5),
        called("没接的赵婷", late=4),
        called("第三次的孙佳", late=3),
        called("改期的周雅", late=2),
        called("不满的吴倩", late=1),
        called("首次的郑洁", kind=Kind.THANK_YOU),
        called("沉睡的冯丽", kind=Kind.DORMANT),
        task(cast.client("金卡的陈思"), Kind.GIFT, due=today, planned_for=today + timedelta(days=3)),
    ]
    agreed(made[8].client, "phone")
    for days in (2, 1):
        noted(made[4], "no_answer", desk, at=cast.days_ago(days), channel="phone")
    ContactTask.objects.filter(pk=made[4].pk).update(due_on=today - timedelta(days=3))
    return {one.client.name: one for one in made}


@pytest.fixture
def today_page(page: Page, live_server: LiveServer, desk: User) -> Page:
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", desk.username)
    page.fill("[name=password]", PASSWORD)
    page.locator("form:has([name=password]) button.btn-primary").click()
    page.wait_for_url(f"{live_server.url}/")
    return page


def states(tasks: dict[str, ContactTask]) -> dict[str, str]:
    return {name: ContactTask.objects.get(pk=one.pk).status for name, one in tasks.items()}


def row(page: Page, name: str) -> Locator:
    return page.locator("[data-contact]", has=page.get_by_role("link", name=name, exact=True))


WORKED = {
    "王丽华": "done",
    "李静": "done",
    "逾期的张敏": "done",
    "没接的赵婷": "open",
    "第三次的孙佳": "no_answer",
    "改期的周雅": "open",
    "不满的吴倩": "done",
    "首次的郑洁": "done",
    "沉睡的冯丽": "skipped",
    "金卡的陈思": "done",
}


@pytest.mark.parametrize("width", ["wide", "narrow"])
def test_a_list_of_ten_is_worked_to_the_end(
    today_page: Page, ten: dict[str, ContactTask], shot: Shot, assert_accessible: Callable[[], None], width: str
) -> None:
    page = today_page
    if width == "narrow":
        page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})
    page.reload()
    expect(page.locator("h1")).to_have_text("今天要联系 9 位客户")
    expect(page.locator("[data-contact]")).to_have_count(10)
    shot(f"ten-{width}")

    # Words to copy, and one tap that marks them as sent.
    row(page, "王丽华").get_by_role("link", name="话术").click()
    expect(row(page, "王丽华").locator("[data-panel]")).to_be_visible()
    assert_accessible()
    row(page, "王丽华").get_by_role("button", name=re.compile("已发送")).first.click()
    expect(row(page, "王丽华")).to_contain_text("消息已发")
    # Without consent nothing is sent: it is said in the salon.
    row(page, "李静").get_by_role("button", name="当面说了").click()
    expect(row(page, "李静")).to_contain_text("当面")
    # A call: taken, so the number is there; noted while one listens.
    row(page, "逾期的张敏").get_by_role("button", name="我来").click()
    expect(row(page, "逾期的张敏")).to_contain_text("我负责")
    row(page, "逾期的张敏").get_by_role("link", name="话术").click()
    expect(row(page, "逾期的张敏")).to_contain_text("138 1234 5521")
    open_form = row(page, "逾期的张敏").locator(".contact-form")
    open_form.get_by_text("满意", exact=True).click()
    open_form.get_by_text("5", exact=True).click()
    open_form.locator("textarea").fill("皮肤很好，下月再来")
    shot(f"ten-call-{width}")
    open_form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "逾期的张敏")).to_contain_text("皮肤很好，下月再来")
    # No answer, once and for the third time.
    row(page, "没接的赵婷").get_by_role("button", name="没接通").click()
    expect(row(page, "没接的赵婷")).to_contain_text("再联系")
    row(page, "第三次的孙佳").get_by_role("button", name="没接通").dblclick()
    expect(row(page, "第三次的孙佳")).to_contain_text("没接通 3 次")
    # Put off: the day is asked for, and what was typed stays.
    row(page, "改期的周雅").get_by_role("link", name="记录结果").click()
    form = row(page, "改期的周雅").locator(".contact-form")
    form.get_by_text("改期", exact=True).click()
    form.locator("textarea").fill("出差，下周回来")
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(form).to_contain_text("请选择改到哪一天")
    expect(form.locator("textarea")).to_have_value("出差，下周回来")
    form.locator("[type=date]").fill((timezone.localdate() + timedelta(days=6)).isoformat())
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "改期的周雅")).to_contain_text("出差，下周回来")
    # Dissatisfied: marked for the manager.
    row(page, "不满的吴倩").get_by_role("link", name="记录结果").click()
    form = row(page, "不满的吴倩").locator(".contact-form")
    form.get_by_text("不满意", exact=True).click()
    form.locator("textarea").fill("颜色偏深")
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "不满的吴倩").locator(".late")).to_contain_text("不满意")
    # The rest: reached, not wanted with the consent withdrawn, prepared.
    row(page, "首次的郑洁").get_by_role("link", name="记录结果").click()
    form = row(page, "首次的郑洁").locator(".contact-form")
    form.get_by_text("已联系上", exact=True).click()
    form.get_by_text("微信", exact=True).click()
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "首次的郑洁")).to_contain_text("已联系上")
    row(page, "沉睡的冯丽").get_by_role("link", name="记录结果").click()
    form = row(page, "沉睡的冯丽").locator(".contact-form")
    form.get_by_text("不需要", exact=True).click()
    form.get_by_label("客户不想再收到祝福和优惠：撤回同意").check()
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "沉睡的冯丽")).to_contain_text("不需要")
    row(page, "金卡的陈思").get_by_role("button", name="备好了").click()
    expect(page.locator("h1")).to_have_text("今天要联系的都联系好了")
    shot(f"ten-done-{width}")
    assert_accessible()

    assert states(ten) == WORKED
    assert Contact.objects.filter(task__in=ten.values(), day=timezone.localdate()).count() == 10
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    page.reload()
    expect(page.locator("[data-contact]")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("都联系好了")
    page.get_by_role("link", name="已完成 8").click()
    expect(page.locator("[data-contact]")).to_have_count(8)


def test_calls_are_worked_by_keyboard_alone(today_page: Page, ten: dict[str, ContactTask]) -> None:
    page = today_page
    page.goto(page.url + "?kind=follow_up")
    press = page.keyboard.press

    press("ArrowDown")
    expect(row(page, "逾期的张敏")).to_be_focused()
    press("t")
    expect(row(page, "逾期的张敏")).to_contain_text("我负责")
    expect(row(page, "逾期的张敏")).to_be_focused()  # who takes it does it next
    press("r")
    expect(page.locator(".contact-form [name=outcome]:checked")).to_be_focused()
    press("5")
    press("Control+Enter")
    expect(row(page, "逾期的张敏")).to_contain_text("5 分")
    expect(row(page, "没接的赵婷")).to_be_focused()  # the next one
    press("n")
    expect(row(page, "没接的赵婷")).to_contain_text("再联系")
    expect(row(page, "第三次的孙佳")).to_be_focused()
    press("s")
    expect(row(page, "第三次的孙佳").locator("[data-panel]")).to_be_visible()
    press("Escape")
    expect(page.locator("[data-panel]")).to_have_count(0)
    expect(row(page, "第三次的孙佳")).to_be_focused()
    press("ArrowUp")
    expect(row(page, "没接的赵婷")).to_be_focused()
    press("/")
    page.keyboard.type("nsrt")  # in a field letters are letters
    assert page.input_value("#search-input") == "nsrt"

    assert Contact.objects.filter(day=timezone.localdate()).count() == 2


def test_what_was_typed_survives_a_session_that_ended(today_page: Page, ten: dict[str, ContactTask]) -> None:
    page = today_page
    page.reload()
    row(page, "逾期的张敏").get_by_role("link", name="记录结果").click()
    form = row(page, "逾期的张敏").locator(".contact-form")
    form.locator("textarea").fill("她说周三再来")
    Session.objects.all().delete()
    form.get_by_role("button", name=re.compile("保存")).click()
    page.fill("[name=password]", PASSWORD)  # the page knows whose it was
    page.locator("form:has([name=password]) button.btn-primary").click()

    expect(page.locator("main")).to_contain_text("她说周三再来")


def test_a_line_that_breaks_is_told_and_nothing_is_lost(today_page: Page, ten: dict[str, ContactTask]) -> None:
    page = today_page
    page.reload()
    row(page, "逾期的张敏").get_by_role("link", name="记录结果").click()
    form = row(page, "逾期的张敏").locator(".contact-form")
    form.locator("textarea").fill("她说周三再来")
    page.context.set_offline(True)
    form.get_by_role("button", name=re.compile("保存")).click()
    expect(row(page, "逾期的张敏").get_by_role("alert")).to_contain_text("没有保存")
    page.context.set_offline(False)
    form.get_by_role("button", name=re.compile("保存")).click()

    expect(row(page, "逾期的张敏")).to_contain_text("她说周三再来")
    assert Contact.objects.filter(note="她说周三再来").count() == 1


def test_the_list_works_without_scripts(today_page: Page, ten: dict[str, ContactTask]) -> None:
    browser = today_page.context.browser
    assert browser is not None
    plain = browser.new_context(java_script_enabled=False, storage_state=today_page.context.storage_state())
    page = plain.new_page()
    page.goto(today_page.url)
    row(page, "没接的赵婷").get_by_role("button", name="没接通").click()
    expect(page.locator(".toasts")).to_contain_text("没接的赵婷")
    row(page, "逾期的张敏").get_by_role("link", name="记录结果").click()
    page.locator(".contact-form").get_by_text("满意", exact=True).click()
    page.locator(".contact-form textarea").fill("很好")
    page.locator(".contact-form").get_by_role("button", name=re.compile("保存")).click()
    expect(page.locator(".toasts")).to_contain_text("逾期的张敏")
    row(page, "金卡的陈思").get_by_role("button", name="备好了").click()
    expect(page.locator("[data-contact]")).to_have_count(7)

    plain.close()
