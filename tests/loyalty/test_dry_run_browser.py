"""In a browser, in both languages: the manager reads the membership and why; the admin sees who moves, then saves."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty import reviewing
from loyalty.models import SegmentRules
from staff.jobs import Window
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE, REPORTED_BY_AXE
from tests.loyalty.books import client, days_before, recorded, staff, tier
from tests.staff.cast import enters

WIDTHS = pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


def signed_in(page: Page, live_server: LiveServer, role: Role, language: str) -> None:
    user = staff(role)
    user.language = language
    user.save(update_fields=["language"])
    enters(page, live_server.url, user)


@pytest.fixture
def who() -> Client:
    """Silver by ¥4,200 and nearly core; beside others, of whom one moved today."""
    today = timezone.localdate()
    found = client()
    for days in (200, 40, 20, 1):
        recorded(found, "1050", days_before(days, today))
    for days_ago in ((10,), (300, 250), (100, 95)):
        other = client()
        for days in days_ago:
            recorded(other, "100", days_before(days, today))
    reviewing.review(Window(None, today - timedelta(days=1)))
    SegmentRules.load()
    reviewing.review(Window(today, today))
    return found


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"))


@LANGUAGES
@WIDTHS
def test_the_manager_reads_who_is_where_and_why(
    page: Page,
    live_server: LiveServer,
    who: Client,
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    signed_in(page, live_server, Role.MANAGER, language)
    page.set_viewport_size(width)  # type: ignore[arg-type]
    words = {"zh-hans": ("潜力成长", "距“核心忠诚”还差"), "en": ("Growth", "Missing for core loyal")}[language]

    page.goto(f"{live_server.url}/membership/")
    page.locator("summary").click()
    shot(f"membership-{language}-{width['width']}")
    assert fits(page)
    assert_accessible()
    page.locator(".matrix a[href*='segment=growth']").first.click()
    expect(page.locator("#content")).to_contain_text(who.number)

    page.goto(f"{live_server.url}/clients/{who.pk}/?tab=points")
    expect(page.locator("h1")).to_contain_text(words[0])
    expect(page.locator("section[aria-labelledby=segment-title]")).to_contain_text(words[1])
    shot(f"why-{language}-{width['width']}")
    assert fits(page)
    assert_accessible()


@LANGUAGES
@WIDTHS
def test_the_admin_sees_who_would_move_before_it_is_saved(
    page: Page,
    live_server: LiveServer,
    who: Client,
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
) -> None:
    signed_in(page, live_server, Role.ADMIN, language)
    page.set_viewport_size(width)  # type: ignore[arg-type]
    words = {"zh-hans": ("银卡 → 会员", "保存", "确认保存"), "en": ("Silver → Member", "Save", "Save it so")}[language]
    silver = tier("silver")

    page.goto(f"{live_server.url}/admin/loyalty/tier/{silver.pk}/change/")
    page.fill("#id_min_spend", "5000")
    page.get_by_role("button", name=words[1], exact=True).click()
    shown = page.locator(".dry-run")
    expect(shown).to_contain_text(words[0])
    expect(shown).to_contain_text(who.number)
    shot(f"dry-run-{language}-{width['width']}")
    assert tier("silver").min_spend == 3000
    expect(page.locator("#id_min_spend")).to_have_value("5000")

    page.fill("#id_min_spend", "4200")
    page.get_by_role("button", name=words[1], exact=True).click()
    expect(shown).not_to_contain_text(who.number)
    assert tier("silver").min_spend == 3000
    page.get_by_role("button", name=words[2]).click()
    page.wait_for_url("**/admin/loyalty/tier/")
    assert tier("silver").min_spend == 4200

    page.goto(f"{live_server.url}/admin/loyalty/segmentrules/1/change/")
    page.fill("#id_growth_visits", "2")
    page.get_by_role("button", name=words[1], exact=True).click()
    expect(shown).to_be_visible()
    shot(f"dry-run-segments-{language}-{width['width']}")
    page.get_by_role("button", name=words[2]).click()
    page.wait_for_load_state()
    assert SegmentRules.load().growth_visits == 2


def test_what_is_shown_can_be_read_by_everybody(page: Page, live_server: LiveServer, who: Client) -> None:
    """In a window of its own: on the stock form axe-core tries inline styles, which the content policy stops."""
    signed_in(page, live_server, Role.ADMIN, "zh-hans")
    window = page.context.new_page()
    window.goto(f"{live_server.url}/admin/loyalty/tier/{tier('silver').pk}/change/")
    window.fill("#id_min_spend", "5000")
    window.get_by_role("button", name="保存", exact=True).click()
    expect(window.locator(".dry-run")).to_contain_text(who.number)

    found = Axe().run(window, context=".dry-run").response["violations"]

    assert [one["help"] for one in found if one["impact"] in REPORTED_BY_AXE] == []
