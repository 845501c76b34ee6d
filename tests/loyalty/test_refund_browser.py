"""Void, refund and the manager's tier page in a browser: readable at both widths, and a double click acts once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import account_of, came, client, staff, tier
from tests.staff.cast import enters
from visits.models import Refund, Visit


@pytest.fixture
def manager(page: Page, live_server: LiveServer) -> Page:
    """The browser of the manager."""
    enters(page, live_server.url, staff(Role.MANAGER))
    return page


@pytest.fixture
def who() -> Client:
    return client(birthday_month=11, birthday_day=9)


@pytest.fixture
def visit(who: Client) -> Visit:
    came(who, "2000", timezone.localdate() - timedelta(days=20))
    return came(who, "8868", timezone.localdate(), parts=2)


def test_a_visit_is_refunded_by_line_and_then_voided(
    manager: Page,
    live_server: LiveServer,
    who: Client,
    visit: Visit,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    assert account_of(who).tier == tier("gold")
    manager.goto(f"{live_server.url}/visits/{visit.pk}/refund/")
    shot("refund")
    assert_accessible()
    line = visit.lines.all()[0]
    manager.fill(f"#id_line-{line.pk}", "9999")
    manager.fill("#id_reason", "退回产品")
    manager.get_by_role("button", name="下一步").click()
    expect(manager.locator(f"#id_line-{line.pk}-error")).to_contain_text("最多可退")
    expect(manager.locator("#id_reason")).to_have_value("退回产品")
    manager.fill(f"#id_line-{line.pk}", "４００")
    manager.get_by_role("button", name="下一步").click()
    shot("refund-confirm")
    assert_accessible()
    manager.get_by_role("button", name="退款 ¥400.00").dblclick()
    manager.wait_for_url("**/receipt/")
    assert Refund.objects.get().amount == 400

    manager.goto(f"{live_server.url}/visits/{visit.pk}/void/")
    expect(manager.locator("#content")).to_contain_text("¥8,468.00")
    shot("void")
    assert_accessible()
    manager.fill("#id_reason", "记错客户")
    manager.locator("main").get_by_role("button", name="作废这张单").dblclick()
    manager.wait_for_url("**/receipt/")
    account = account_of(who)
    assert (account.tier, account.lifetime_visits) == (tier("member"), 1)


@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    manager: Page,
    live_server: LiveServer,
    who: Client,
    visit: Visit,
    width: dict[str, int],
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    manager.set_viewport_size({"width": width["width"], "height": width["height"]})
    pages = (f"visits/{visit.pk}/void/", f"visits/{visit.pk}/refund/", f"clients/{who.pk}/tier/")
    for place in pages:
        manager.goto(f"{live_server.url}/{place}")
        assert_accessible()
        assert manager.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        shot(f"{place.strip('/').replace('/', '-')}-{width['width']}")
