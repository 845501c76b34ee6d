"""Points by hand in a browser: the manager asks, a second person agrees, the statement is printed; zh and en."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty.models import Adjustment, LoyaltyAccount
from outreach import timetable
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import account_of, came, client, staff
from tests.staff.cast import enters


def signed_in(page: Page, live_server: LiveServer, role: Role, username: str = "", language: str = "zh-hans") -> Page:
    """The browser of somebody of this role."""
    user = staff(role, username)
    user.language = language
    user.save(update_fields=["language"])
    enters(page, live_server.url, user)
    return page


@pytest.fixture
def who() -> Client:
    who = client()
    came(who, "868", timezone.localdate())
    return who


def test_asked_for_by_one_and_agreed_to_by_another(
    page: Page,
    live_server: LiveServer,
    who: Client,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    manager = signed_in(page, live_server, Role.MANAGER)
    manager.goto(f"{live_server.url}/clients/{who.pk}/?tab=points")
    manager.get_by_role("link", name="调整积分").click()
    assert_accessible()
    manager.get_by_text("扣除").click()
    manager.fill("#id_points", "９００")
    manager.fill("#id_reason", "投诉补偿")
    manager.get_by_role("button", name="调整积分").click()
    expect(manager.locator("main")).to_contain_text("只有 868 积分")
    expect(manager.locator("#id_reason")).to_have_value("投诉补偿")
    shot("adjust-refused")
    assert_accessible()
    manager.get_by_text("增加").click()
    manager.fill("#id_points", "５０００")
    manager.get_by_role("button", name="调整积分").dblclick()
    manager.wait_for_url("**/?tab=points")
    assert Adjustment.objects.get().status == "pending"
    assert account_of(who).balance == 868

    manager.goto(f"{live_server.url}/adjustments/")
    expect(manager.get_by_role("button", name="同意")).to_have_count(0)
    shot("adjustments-own")
    other = signed_in(page, live_server, Role.ADMIN, "owner")
    other.goto(f"{live_server.url}/admin/")
    expect(other.locator("#content")).to_contain_text("有 1 笔积分调整待审批")
    other.get_by_role("link", name="去审批").click()
    shot("adjustments-waiting")
    assert_accessible()
    other.get_by_role("button", name="同意").click()
    expect(other.locator("main")).to_contain_text("没有待审批的")
    shot("adjustments-done")
    assert account_of(who).balance == 5868

    desk = signed_in(page, live_server, Role.FRONT_DESK)
    desk.goto(f"{live_server.url}/clients/{who.pk}/?tab=points")
    expect(desk.locator("main")).to_contain_text("manager，owner 审批")
    expect(desk.get_by_role("link", name="调整积分")).to_have_count(0)
    shot("points-tab")
    desk.get_by_role("link", name="打印明细").click()
    expect(desk.locator("main")).to_contain_text("期末余额")
    expect(desk.locator("main")).to_contain_text("5,868")
    shot("statement")
    assert_accessible()


def test_a_fault_in_the_books_is_shown_to_the_admin(
    page: Page, live_server: LiveServer, who: Client, shot: Callable[[str], None], assert_accessible: Callable[[], None]
) -> None:
    LoyaltyAccount.objects.update(balance=7)
    timetable.run_due(timezone.localdate(), timezone.now())
    admin = signed_in(page, live_server, Role.ADMIN)
    admin.goto(f"{live_server.url}/admin/")
    shot("admin-fault")
    assert_accessible()
    admin.get_by_role("link", name=f"{who.name} {who.number}").click()
    admin.wait_for_url(f"**/clients/{who.pk}/?tab=points")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    page: Page,
    live_server: LiveServer,
    who: Client,
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    asking = Browser()
    asking.force_login(staff(Role.MANAGER, "asking"), backend="staff.present.PresentBackend")
    for number, points in enumerate((50, 3000)):
        sent = {"key": f"{number:032x}", "way": "add", "points": points, "reason": "漏记一次消费，客户出示了收据"}
        assert asking.post(f"/clients/{who.pk}/adjust/", sent).status_code == 302
    manager = signed_in(page, live_server, Role.MANAGER, language=language)
    manager.set_viewport_size({"width": width["width"], "height": width["height"]})
    for place in (f"clients/{who.pk}/adjust/", "adjustments/", f"clients/{who.pk}/points/print/"):
        manager.goto(f"{live_server.url}/{place}")
        assert_accessible()
        assert manager.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        shot(f"{place.strip('/').split('/')[-1]}-{width['width']}-{language}")
