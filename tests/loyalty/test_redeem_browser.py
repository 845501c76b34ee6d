"""Rewards in a browser: the front desk redeems, the manager cancels, in both languages and at both widths."""

from collections.abc import Callable

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty.models import Redemption, Reward
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import account_of, staff
from tests.loyalty.rewarding import DIGITS, comb, fifty_yuan, member, redeem, year_of_cuts
from visits.models import Draft

SignIn = Callable[[Role, str], Page]
# Of the pages in both languages: choose, redeem, the button of the slip, cancel.
WORDS = {
    "zh-hans": ("兑换", "用 1,000 积分兑换", "打印小票", "撤销兑换", "与该客户手机号后四位不符", "已撤销"),
    "en": (
        "Redeem",
        "Redeem for 1,000 points",
        "Print slip",
        "Cancel the redemption",
        "not the last four",
        "cancelled",
    ),
}
languages = pytest.mark.parametrize("language", list(WORDS))


@pytest.fixture
def who() -> Client:
    return member(6800, honorific="女士")


@pytest.fixture
def rewards() -> list[Reward]:
    """One to be had, one out of stock, one too dear, one for a higher tier."""
    out = Reward.objects.create(name="香薰蜡烛", name_en="Scented candle", kind="product", points=600, stock=0)
    dear = Reward.objects.create(name="面膜礼盒", name_en="Box of masks", kind="product", points=8000, stock=4)
    return [comb(stock=3), fifty_yuan(), year_of_cuts(), out, dear]


@languages
def test_the_front_desk_redeems_once_and_comes_back_to_the_checkout(
    sign_in: SignIn,
    live_server: LiveServer,
    who: Client,
    rewards: list[Reward],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    choose, redeem_it, printing, _cancel, wrong, _cancelled = WORDS[language]
    desk = sign_in(Role.FRONT_DESK, language)
    draft = Draft.objects.create(client=who, by=staff(Role.FRONT_DESK))
    desk.goto(f"{live_server.url}/clients/{who.pk}/redeem/?draft={draft.pk}")
    shot(f"redeem-list-{language}")
    assert_accessible()
    desk.locator(".rewards li", has_text="1,000").get_by_role("link", name=choose).click()
    expect(desk.locator("#id_proof")).to_be_focused()
    desk.keyboard.type("1234")
    desk.keyboard.press("Enter")
    expect(desk.locator("#content")).to_contain_text(wrong)
    expect(desk.locator("#id_proof")).to_have_value("1234")
    shot(f"redeem-wrong-{language}")
    assert_accessible()
    desk.fill("#id_proof", DIGITS)
    desk.get_by_role("button", name=redeem_it).dblclick()
    desk.wait_for_url("**/slip/**")
    done = Redemption.objects.get()
    rewards[0].refresh_from_db()
    assert (account_of(who).balance, rewards[0].stock) == (5800, 2)
    expect(desk.locator("#content")).to_contain_text(done.number)
    shot(f"slip-{language}")
    assert_accessible()
    with desk.context.expect_page() as opened:
        desk.get_by_role("link", name=printing).click()
    paper = opened.value
    paper.wait_for_load_state()
    assert "王丽华 女士" in paper.inner_text("main")
    paper.close()
    desk.locator(f'#content a[href*="/checkout/{draft.pk}/"]').first.click()
    desk.wait_for_url(f"**/checkout/{draft.pk}/")


@languages
def test_the_manager_cancels_what_was_the_wrong_reward(
    sign_in: SignIn,
    live_server: LiveServer,
    who: Client,
    rewards: list[Reward],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    *_rest, cancel, _wrong, cancelled = WORDS[language]
    done = redeem(who, rewards[1], at=timezone.now())
    boss = sign_in(Role.MANAGER, language)
    boss.goto(live_server.url + reverse("loyalty:redemption_slip", args=[done.pk]))
    boss.get_by_role("link", name=cancel).click()
    shot(f"cancel-{language}")
    assert_accessible()
    boss.fill("#id_reason", "客户改要别的")
    boss.locator("main").get_by_role("button", name=cancel).dblclick()
    boss.wait_for_url("**/slip/")
    expect(boss.locator("#content")).to_contain_text("客户改要别的")
    expect(boss.locator(".page-head")).to_contain_text(cancelled)
    shot(f"cancelled-{language}")
    assert account_of(who).balance == 6800


@languages
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    sign_in: SignIn,
    live_server: LiveServer,
    who: Client,
    rewards: list[Reward],
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    done = [redeem(who, one, at=timezone.now()) for one in rewards[1:3]]
    boss = sign_in(Role.MANAGER, language)
    boss.set_viewport_size({"width": width["width"], "height": width["height"]})
    places = [
        f"/clients/{who.pk}/redeem/",
        f"/clients/{who.pk}/redeem/?reward={rewards[0].pk}",
        f"/clients/{who.pk}/?tab=benefits",
        *(f"/redemptions/{one.pk}/{page}/" for one in done for page in ("slip", "cancel")),
        f"/redemptions/{done[1].pk}/slip/?print=1",
    ]
    for number, place in enumerate(places):
        boss.goto(live_server.url + place)
        assert_accessible()
        assert boss.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        shot(f"rewards-{number}-{language}-{width['width']}")
