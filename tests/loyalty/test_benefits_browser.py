"""In a browser: the front desk notes a perk and who brought a client; the manager takes it back and reads the list."""

import uuid
from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from clients.models import Client
from loyalty import perks, referrals
from loyalty.models import LoyaltyAccount, Perk, PerkUse, Referral
from staff.models import User
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.loyalty.books import came, staff, tier
from tests.staff.cast import enters
from tests.visits import shop
from visits.models import Visit

WORDS = {
    "zh-hans": {
        "use": "使用“形象设计”",
        "back": "撤销",
        "enter": "填写推荐人",
        "rewarded": "双方已于",
        "up": "今年已用完",
    },
    "en": {
        "use": "Use Image design",
        "back": "Take back",
        "enter": "Enter who brought her",
        "rewarded": "Both were rewarded",
        "up": "used up this year",
    },
}


def on_file(name: str, phone: str = "", **fields: object) -> Client:
    made = Client(name=name, phone=phone, **fields)
    made.fill_search_keys()
    made.save()
    return made


def signed_in(page: Page, live_server: LiveServer, role: Role, language: str) -> Page:
    user = staff(role)
    User.objects.filter(pk=user.pk).update(language=language)
    enters(page, live_server.url, user)
    return page


@pytest.fixture
def li() -> Client:
    """A Black client of long standing."""
    who = on_file("李丽", "+8613912340001", honorific="李姐")
    LoyaltyAccount.objects.create(client=who, tier=tier("black"))
    came(who, "3200", timezone.localdate())
    return who


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_perk_is_noted_with_a_tap_and_taken_back_by_the_manager(
    page: Page,
    live_server: LiveServer,
    li: Client,
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    words = WORDS[language]
    desk = signed_in(page, live_server, Role.FRONT_DESK, language)
    desk.goto(f"{live_server.url}/clients/{li.pk}/?tab=benefits")
    desk.get_by_role("button", name=words["use"]).dblclick()
    desk.wait_for_url("**tab=benefits")
    expect(desk.locator(".perk-uses li")).to_have_count(1)
    assert PerkUse.objects.count() == 1
    desk.get_by_role("button", name=words["use"]).click()
    expect(desk.locator(".perks")).to_contain_text(words["up"])
    expect(desk.locator(".perk-uses a")).to_have_count(0)
    shot(f"perks-desk-{language}")
    assert_accessible()

    manager = signed_in(page, live_server, Role.MANAGER, language)
    manager.goto(f"{live_server.url}/clients/{li.pk}/?tab=benefits")
    manager.locator(".perk-uses a").first.click()
    shot(f"perk-undo-{language}")
    assert_accessible()
    manager.fill("#id_reason", "误点")
    manager.get_by_role("button", name=words["back"]).click()
    manager.wait_for_url("**tab=benefits")
    expect(manager.locator(".perk-uses")).to_contain_text("误点")
    expect(manager.get_by_role("button", name=words["use"])).to_be_visible()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_brought_her_is_entered_and_both_are_rewarded_at_the_counter(
    page: Page,
    live_server: LiveServer,
    li: Client,
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    words = WORDS[language]
    who = on_file("赵敏", "+8613912340002")
    desk = signed_in(page, live_server, Role.FRONT_DESK, language)
    desk.goto(f"{live_server.url}/clients/{who.pk}/?tab=benefits")
    desk.get_by_role("link", name=words["enter"]).click()
    desk.locator("#who").press_sequentially("0001")
    expect(desk.locator(".pick-one")).to_have_count(1)
    shot(f"referrer-found-{language}")
    assert_accessible()
    desk.locator(".pick-one").click()
    desk.wait_for_url("**tab=benefits")
    expect(desk.get_by_role("link", name="李丽")).to_be_visible()
    shot(f"referral-entered-{language}")

    draft = shop.draft(staff(Role.FRONT_DESK), who, shop.line(shop.service()))
    desk.goto(f"{live_server.url}/checkout/{draft.pk}/")
    desk.keyboard.press("Control+Enter")
    desk.wait_for_url("**/receipt/**")
    shot(f"referral-receipt-{language}")
    assert Referral.objects.get().visit == Visit.objects.get(client=who)
    desk.goto(f"{live_server.url}/clients/{who.pk}/?tab=benefits")
    expect(desk.locator("#file-body")).to_contain_text(words["rewarded"])
    shot(f"referral-rewarded-{language}")
    assert_accessible()
    desk.goto(f"{live_server.url}/clients/{li.pk}/?tab=timeline")
    expect(desk.locator(".timeline").first).to_contain_text("赵敏")
    shot(f"referral-timeline-{language}")


def test_who_brought_a_new_client_is_chosen_while_typing(
    page: Page, live_server: LiveServer, li: Client, shot: Callable[[str], None]
) -> None:
    other = on_file("李丽", "+8613912340009")
    desk = signed_in(page, live_server, Role.FRONT_DESK, "zh-hans")
    desk.goto(f"{live_server.url}/clients/new/")
    desk.fill("#id_name", "孙悦")
    desk.locator("details.fold summary").first.click()
    desk.locator("#id_referred_by").press_sequentially("李丽")
    expect(desk.locator("#referrers input[type=radio]")).to_have_count(2)
    desk.locator(f"#referrer-{other.pk}").check()
    shot("new-client-referrer")
    desk.locator("main form.card button.btn-primary").click()
    desk.wait_for_url("**tab=details")
    assert Client.objects.get(name="孙悦").referred_by == other


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", [DESKTOP, PHONE], ids=["wide", "narrow"])
def test_the_pages_fit(
    page: Page,
    live_server: LiveServer,
    li: Client,
    width: dict[str, int],
    language: str,
    shot: Callable[[str], None],
    assert_accessible: Callable[[], None],
) -> None:
    desk, today = staff(Role.FRONT_DESK), timezone.localdate()
    for number, name in enumerate(("赵敏", "孙悦", "周芷若")):
        friend = on_file(name, referred_by=li)
        if number < 2:
            visit = came(friend, "468", today)
            referrals.reward(LoyaltyAccount.objects.get(client=friend), visit, by=desk, at=timezone.now())
    design = Perk.objects.get(name="形象设计")
    use = perks.use(li, design, key=uuid.uuid4(), by=desk, at=timezone.now())
    manager = signed_in(page, live_server, Role.MANAGER, language)
    manager.set_viewport_size({"width": width["width"], "height": width["height"]})
    places = (
        f"clients/{li.pk}/?tab=benefits",
        f"clients/{li.pk}/?tab=timeline",
        f"clients/{li.pk}/perks/uses/{use.pk}/take-back/",
        f"clients/{li.pk}/referrer/?who=赵敏",
        "referrals/",
    )
    for number, place in enumerate(places):
        manager.goto(f"{live_server.url}/{place}")
        assert_accessible()
        assert manager.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), place
        shot(f"fit-{number}-{width['width']}-{language}")
