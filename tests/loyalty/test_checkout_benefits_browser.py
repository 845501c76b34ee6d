"""In a browser: a voucher, an entitlement and points taken in a few taps; the manager's void brings all of it back."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty import points
from loyalty.models import PointsEntry, Redemption, Voucher
from staff.models import User
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import account_of, staff
from tests.loyalty.gifts import given, kind, of_rule
from tests.loyalty.paying import rate, with_points
from tests.loyalty.rewarding import DIGITS, redeem, year_of_cuts
from tests.loyalty.rewarding import PHONE as NUMBER
from tests.staff.cast import enters
from tests.visits import shop
from visits.models import Draft, Service, Visit


@pytest.fixture
def who() -> Client:
    """A Gold client with 2,480 points worth ¥24.80, three vouchers and a year of cuts."""
    rate(100)
    who, today = with_points(7480, tier="gold", phone=NUMBER, honorific="女士"), timezone.localdate()
    given(who, of_rule("dormant"), on=today)
    given(who, of_rule("birthday"), on=today)
    given(who, kind("体验券", "trial", 0, service=shop.service("肩颈舒缓", "268.00"), name_en="Trial"), on=today)
    points.post(account_of(who), PointsEntry.Kind.BONUS, 1, "test:one")
    redeem(who, year_of_cuts(uses=12), DIGITS, at=timezone.now())
    return who


@pytest.fixture
def draft(who: Client) -> Draft:
    care, cut = shop.service(), Service.objects.get(name="剪发")
    return shop.draft(staff(Role.FRONT_DESK), who, shop.line(care), shop.line(cut, "2"), shop.line(shop.product(), "3"))


def signed_in(page: Page, live_server: LiveServer, user: User, language: str) -> Page:
    User.objects.filter(pk=user.pk).update(language=language)
    enters(page, live_server.url, user)
    return page


WORDS = {
    "zh-hans": {
        "best": "用最优惠的",
        "all": "全部",
        "use": "使用",
        "void": "作废这张单",
        "open": "恢复可用的优惠券",
        "saved": "草稿已保存",
    },
    "en": {
        "best": "Use the best",
        "all": "All",
        "use": "Use",
        "void": "Void this visit",
        "open": "Vouchers open again",
        "saved": "Draft saved",
    },
}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_used_in_a_few_taps_and_all_back_after_the_void(
    page: Page,
    live_server: LiveServer,
    who: Client,
    draft: Draft,
    language: str,
    size: dict[str, int],
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    words, name = WORDS[language], f"{language}-{size['width']}"
    counter = signed_in(page, live_server, staff(Role.FRONT_DESK), language)
    counter.set_viewport_size({"width": size["width"], "height": size["height"]})
    counter.goto(f"{live_server.url}/checkout/{draft.pk}/")
    shot(f"benefits-offered-{name}")
    assert_accessible()

    counter.get_by_role("button", name=words["best"]).click()
    expect(counter.locator(".benefit.active")).to_have_count(1)
    counter.locator(".benefit", has_text="年" if language == "zh-hans" else "year").click()
    expect(counter.locator(".benefit.active")).to_have_count(2)
    counter.get_by_role("button", name=words["all"], exact=True).click()
    expect(counter.locator("#points")).to_have_value("2481")
    counter.fill("#points", "9999")
    expect(counter.locator("#points-error")).to_contain_text("9,999")
    counter.fill("#points", "２４００")
    expect(counter.locator("#points-error")).to_be_empty()
    counter.fill("#voucher_code", "1234 5678")
    expect(counter.locator("#voucher_code-error")).not_to_be_empty()
    expect(counter.locator("#voucher_code")).to_be_focused()
    shot(f"benefits-refused-{name}")
    assert_accessible()
    # Another voucher by its code takes the place of the one that goes with no other.
    counter.fill("#voucher_code", Voucher.objects.get(name="回归礼 ¥50").spoken_code)
    expect(counter.locator("#voucher_code")).to_have_value("")
    expect(counter.locator("#settle")).to_contain_text("−¥50.00")
    expect(counter.locator("#total")).to_have_text("¥545.20")
    expect(counter.locator("#saved")).to_have_text(words["saved"])
    shot(f"benefits-used-{name}")
    assert_accessible()
    assert counter.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    counter.locator("#complete").dblclick()
    counter.wait_for_url("**/receipt/")

    visit = Visit.objects.get()
    assert (visit.voucher_discount, visit.points_discount, visit.total) == (
        Decimal("122.00"),
        Decimal("24.00"),
        Decimal("545.20"),
    )
    assert account_of(who).balance == 81 + points_for(visit)
    shot(f"benefits-receipt-{name}")
    assert_accessible()

    manager = signed_in(page, live_server, staff(Role.MANAGER), language)
    manager.goto(f"{live_server.url}/visits/{visit.pk}/void/")
    expect(manager.locator("#content")).to_contain_text(words["open"])
    shot(f"benefits-void-{name}")
    assert_accessible()
    manager.fill("#id_reason", "记错客户")
    manager.locator("main").get_by_role("button", name=words["void"]).dblclick()
    manager.wait_for_url("**/receipt/")
    expect(manager.locator("body")).to_contain_text(words["open"])
    shot(f"benefits-voided-{name}")
    assert account_of(who).balance == 2481
    assert Redemption.objects.get().used == 0
    assert not Voucher.objects.exclude(status="open").exists()


def points_for(visit: Visit) -> int:
    """What a visit earned."""
    return visit.points_entries.get(kind="earn").points
