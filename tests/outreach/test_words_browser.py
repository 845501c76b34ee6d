"""The texts in a browser: the manager writes one, the front desk copies it and marks it as sent."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Consent
from outreach.models import Contact, ContactTask, Kind, MessageTemplate, Way
from staff.models import User
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.frontdesk import cast
from tests.outreach.addressee import Told, told
from tests.staff.cast import enters

Check = Callable[[], None]


@pytest.fixture
def wang(live_server: LiveServer) -> Told:
    return told()


@pytest.fixture
def texts(live_server: LiveServer) -> MessageTemplate:
    """The texts are a migration's; a test that writes for good has emptied the table before."""
    words = "{honorific}，生日快乐！\n给您备了一份小心意：{voucher}。"
    made, _ = MessageTemplate.objects.update_or_create(
        kind=Kind.BIRTHDAY, way=Way.HAND, language="zh-hans", defaults={"text": words}
    )
    return made


def as_user(page: Page, server: LiveServer, user: User) -> None:
    enters(page, server.url, user)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_manager_writes_a_text(
    page: Page,
    live_server: LiveServer,
    wang: Told,
    texts: MessageTemplate,
    assert_accessible: Check,
    shot: Callable[[str], None],
    size: dict[str, int],
) -> None:
    as_user(page, live_server, cast.staff(Role.MANAGER))
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.goto(f"{live_server.url}/words/")
    assert_accessible()
    page.get_by_role("link", name="复制到微信").first.click()
    expect(page.locator("#preview")).to_contain_text("王女士，生日快乐！")
    assert_accessible()

    page.fill("#who", "wlh")
    expect(page.locator("#preview")).to_contain_text("今天发给王丽华就是这样")
    page.fill("#id_text", "{nmae}，生日快乐")
    expect(page.locator("#preview")).to_contain_text("没有 {nmae} 这个字段，是不是 {name}？")
    page.fill("#id_text", "生日快乐，")
    page.get_by_role("button", name="{honorific}", exact=True).click()
    expect(page.locator("#id_text")).to_have_value("生日快乐，{honorific}")
    expect(page.locator(".words-bubble")).to_have_text("生日快乐，王女士")
    shot(f"words-{size['width']}")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="保存").click()
    expect(page.locator(".alert-success")).to_contain_text("已保存")
    texts.refresh_from_db()
    assert texts.text == "生日快乐，{honorific}"


def test_enter_in_the_box_for_a_client_saves_nothing(
    page: Page, live_server: LiveServer, wang: Told, texts: MessageTemplate
) -> None:
    before = texts.text
    as_user(page, live_server, cast.staff(Role.MANAGER))
    page.goto(f"{live_server.url}/words/{texts.pk}/")
    page.fill("#id_text", "只写了一半")
    page.fill("#who", "wlh")
    page.press("#who", "Enter")

    expect(page.locator("#preview")).to_contain_text("今天发给王丽华就是这样")
    expect(page.locator("#id_text")).to_have_value("只写了一半")
    expect(page.locator(".alert-success")).to_have_count(0)
    texts.refresh_from_db()
    assert texts.text == before


def test_the_front_desk_copies_and_marks_as_sent(
    page: Page, live_server: LiveServer, wang: Told, texts: MessageTemplate, assert_accessible: Check
) -> None:
    today = timezone.localdate()
    task = wang.task(Kind.BIRTHDAY, planned_for=today, due_on=today, shown_from=today)
    Consent.objects.create(client=wang.client, purpose="marketing", channel="wechat", given=True)
    as_user(page, live_server, wang.desk)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{live_server.url}/")
    row = page.locator(f"#contact-{task.pk}")
    row.get_by_role("link", name="话术").click()
    row.get_by_role("button", name="复制").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("王女士，生日快乐！")
    assert_accessible()

    row.get_by_role("button", name="已发送").click()
    expect(row.get_by_role("button", name="已发送")).to_have_count(0)
    assert ContactTask.objects.get(pk=task.pk).status == "done"
    noted = Contact.objects.get(task=task)
    assert (noted.outcome, noted.channel, noted.by, noted.is_marketing) == ("sent", "wechat", wang.desk, True)
