"""Vouchers in a browser: the manager gives and withdraws one, the front desk looks its code up; both languages."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty import vouchers
from loyalty.models import MeanTicket, Voucher, VoucherKind
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import account_of, came, client, recorded, staff, tier
from tests.loyalty.gifts import given, kind, of_rule
from tests.visits.shop import service

SignIn = Callable[[Role, str], Page]
# In both languages: giving one, why, to make good, what is missing, looked up, withdrawing, withdrawn.
WORDS = {
    "zh-hans": ("发券", "等位二十分钟", "补偿", "请填写", "查询", "作废这张券", "已作废"),
    "en": (
        "Give a voucher",
        "Waited twenty minutes",
        "To make something good",
        "This field is required",
        "Look up",
        "Withdraw the voucher",
        "is withdrawn",
    ),
}
languages = pytest.mark.parametrize("language", list(WORDS))


@pytest.fixture
def who() -> Client:
    made = client(honorific="女士")
    came(made, "468", timezone.localdate() - timedelta(days=20))
    return made


@pytest.fixture
def fifty() -> VoucherKind:
    kind("金卡护理券", "price", 99, name_en="Gold care", service=service(), min_tier=tier("gold"), days_valid=None)
    return kind(name_en="With our thanks: ¥50", min_spend=300)


@languages
def test_one_given_by_hand_is_looked_up_and_withdrawn(
    sign_in: SignIn,
    live_server: LiveServer,
    who: Client,
    fifty: VoucherKind,
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    give, why, make_good, missing, look_up, withdraw, withdrawn = WORDS[language]
    screen = sign_in(Role.MANAGER, language)
    screen.goto(f"{live_server.url}/clients/{who.pk}/?tab=benefits")
    screen.get_by_role("link", name=give).click()
    screen.wait_for_url("**/vouchers/new/")
    screen.select_option("#id_kind", str(fifty.pk))
    screen.locator("label", has_text=make_good).click()
    screen.locator("main").get_by_role("button", name=give).click()
    expect(screen.locator("#content")).to_contain_text(missing)
    expect(screen.locator("#id_kind")).to_have_value(str(fifty.pk))
    shot(f"voucher-new-{language}")
    assert_accessible()
    screen.fill("#id_reason", why)
    screen.locator("main").get_by_role("button", name=give).dblclick()
    screen.wait_for_url("**/?tab=benefits")
    made = Voucher.objects.get()
    assert (made.source, made.reason, made.by) == ("compensation", why, staff(Role.MANAGER))
    expect(screen.locator("body")).to_contain_text(made.spoken_code)
    shot(f"voucher-given-{language}")
    assert_accessible()

    desk = sign_in(Role.FRONT_DESK, language)
    desk.goto(f"{live_server.url}/vouchers/")
    expect(desk.locator("#code")).to_be_focused()
    shot(f"voucher-desk-{language}")
    desk.keyboard.type(f"{made.code[:4]} {made.code[4:]}")
    desk.get_by_role("button", name=look_up).click()
    expect(desk.locator("table")).to_contain_text(who.number)
    expect(desk.locator("table")).to_contain_text(made.terms if language == "zh-hans" else "From ¥300: ¥50 off")
    shot(f"voucher-looked-up-{language}")
    assert_accessible()

    manager = sign_in(Role.MANAGER, language)
    manager.goto(f"{live_server.url}/vouchers/{made.pk}/withdraw/")
    shot(f"voucher-withdraw-{language}")
    assert_accessible()
    manager.fill("#id_reason", why)
    manager.get_by_role("button", name=withdraw).click()
    manager.wait_for_url("**/?tab=benefits")
    expect(manager.locator("body")).to_contain_text(withdrawn)
    made.refresh_from_db()
    assert made.status == "withdrawn"


@languages
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    sign_in: SignIn,
    live_server: LiveServer,
    who: Client,
    fifty: VoucherKind,
    language: str,
    width: dict[str, int],
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    today, by = timezone.localdate(), staff(Role.MANAGER)
    MeanTicket.objects.update_or_create(on=today, defaults={"mean": Decimal("412.50")})
    soon = given(who, of_rule("birthday"), today, expires_on=today + timedelta(days=3))
    given(who, fifty, today, reason="等位二十分钟", source="compensation", by=by)
    given(who, of_rule("referral"), today)
    given(who, kind("体验券", "trial", 0, name_en="Try it", service=service("眼周护理", "268")), today)
    given(client(), of_rule("dormant"), today - timedelta(days=31))
    given(who, of_rule("dormant"), today - timedelta(days=40))
    spent, wrong = given(who, of_rule("thank_you"), today), given(who, of_rule("dormant"), today)
    vouchers.use(account_of(who), {spent.pk: Decimal(234)}, recorded(who, "234", today))
    vouchers.withdraw(wrong, "发错了客户", by=by, at=timezone.now())
    screen = sign_in(Role.MANAGER, language)
    screen.set_viewport_size({"width": width["width"], "height": width["height"]})
    pages = (
        "vouchers/",
        "vouchers/?state=all",
        "vouchers/?state=used&within=7",
        "vouchers/?code=1234",
        f"clients/{who.pk}/vouchers/new/",
        f"vouchers/{soon.pk}/withdraw/",
        f"clients/{who.pk}/?tab=benefits",
    )
    for place in pages:
        screen.goto(f"{live_server.url}/{place}")
        if "benefits" in place:
            screen.locator(".voucher-past summary").click()
        assert_accessible()
        assert screen.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        name = place.replace("/", "-").replace("?", "").replace("=", "-").replace("&", "-").strip("-")
        shot(f"{name}-{language}-{width['width']}".replace(f"-{who.pk}-", "-"))
