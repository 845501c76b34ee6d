"""The pages of perks and referrals and the tab that holds them: refusals in words, one tap counts once, few queries."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from loyalty import perks
from loyalty.models import LoyaltyAccount, Perk, PerkUse, Referral, Voucher, VoucherKind
from loyalty.vouchers import issue
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import came, client, recorded, staff, tier

pytestmark = pytest.mark.django_db
AtMost = Callable[[int], AbstractContextManager[object]]


def signed_in(role: Role, language: str = "en") -> Browser:
    browser, user = Browser(), staff(role)
    user.language = language
    user.save(update_fields=["language"])
    browser.force_login(user, backend="staff.present.PresentBackend")
    return browser


@pytest.fixture
def desk() -> Browser:
    return signed_in(Role.FRONT_DESK)


@pytest.fixture
def manager() -> Browser:
    return signed_in(Role.MANAGER)


def body(browser: Browser, page: str, **more: str) -> str:
    return browser.get(page, more).content.decode()


def tab(who: Client) -> str:
    return f"/clients/{who.pk}/?tab=benefits"


def tap(browser: Browser, who: Client, perk: Perk, key: object = None) -> str:
    answer = browser.post(f"/clients/{who.pk}/perks/{perk.pk}/use/", {"key": key or uuid.uuid4()}, follow=True)
    assert answer.redirect_chain[-1][0] == tab(who)
    return answer.content.decode()


# --- Perks ------------------------------------------------------------------------------------------------------


def test_a_tap_notes_a_use_and_the_last_one_is_told(desk: Browser, black: Client, design: Perk) -> None:
    assert "0 of 2 used" in body(desk, tab(black))
    assert "1 of 2 used" in tap(desk, black, design)
    assert "used up this year" in tap(desk, black, design)

    told = tap(desk, black, design)
    assert "all 2 of this year are used, the last one on" in told
    assert PerkUse.objects.count() == 2


def test_a_double_tap_counts_once(desk: Browser, black: Client, design: Perk) -> None:
    key = uuid.uuid4()
    tap(desk, black, design, key), tap(desk, black, design, key)

    assert PerkUse.objects.count() == 1


@pytest.mark.parametrize("key", ["x", "1" * 5000, "😀", "12345678-1234"])
def test_a_tap_without_its_key_is_asked_for_again(desk: Browser, black: Client, design: Perk, key: str) -> None:
    assert "Please tap again" in tap(desk, black, design, key)
    assert not PerkUse.objects.exists()


@pytest.mark.parametrize("number", ["0", "999999", str(2**63), "-1", "abc"])
def test_a_perk_or_use_that_is_none(desk: Browser, manager: Browser, black: Client, design: Perk, number: str) -> None:
    assert desk.post(f"/clients/{black.pk}/perks/{number}/use/").status_code == 404
    assert manager.get(f"/clients/{black.pk}/perks/uses/{number}/take-back/").status_code == 404
    use = perks.use(black, design, key=uuid.uuid4(), by=staff(Role.FRONT_DESK), at=timezone.now())
    assert manager.get(f"/clients/{client().pk}/perks/uses/{use.pk}/take-back/").status_code == 404


def test_the_manager_takes_one_back_with_a_reason(desk: Browser, manager: Browser, black: Client, design: Perk) -> None:
    tap(desk, black, design)
    page = f"/clients/{black.pk}/perks/uses/{PerkUse.objects.get().pk}/take-back/"
    assert page not in body(desk, tab(black))
    assert desk.get(page).status_code == 403
    assert page in body(manager, tab(black))
    assert "Please say why" in manager.post(page, {"reason": "\u200b"}).content.decode()

    told = manager.post(page, {"reason": "误点"}, follow=True).content.decode()

    assert "taken back by manager: 误点" in told
    assert "0 of 2 used" in told
    assert manager.post(page, {"reason": "再来"}).status_code == 302
    assert PerkUse.objects.get().undone_reason == "误点"


# --- Who brought whom -------------------------------------------------------------------------------------------


def referrer_page(who: Client) -> str:
    return f"/clients/{who.pk}/referrer/"


def test_who_brought_her_is_looked_up_and_tapped(desk: Browser) -> None:
    who, li = client(), Client.objects.create(name="李丽")
    li.fill_search_keys()
    li.save()
    found = body(desk, referrer_page(who), who="李丽")
    assert f'name="referrer" value="{li.pk}"' in found
    assert "<html" not in desk.get(referrer_page(who), {"who": "李"}, headers={"HX-Request": "true"}).content.decode()

    told = desk.post(referrer_page(who), {"referrer": li.pk}, follow=True).content.decode()

    assert "李丽 is noted as having brought 王丽华." in told
    assert "Both are rewarded when the first paid visit completes." in told
    assert f'href="/clients/{li.pk}/"' in told
    assert "has not come yet" in body(desk, tab(li))
    told = desk.post(referrer_page(who), {"referrer": ""}, follow=True).content.decode()
    assert "nobody noted" in told


@pytest.mark.parametrize("typed", ["0", "-1", "abc", "😀", str(2**63), "9" * 400])
def test_nobody_of_that_id_is_told_beside_the_search(desk: Browser, typed: str) -> None:
    answer = desk.post(referrer_page(client()), {"referrer": typed})

    assert answer.status_code == 422
    assert "No client has this number" in answer.content.decode()


def test_a_circle_is_refused_in_words(desk: Browser) -> None:
    li = client()
    wang = client(referred_by=li)

    answer = desk.post(referrer_page(li), {"referrer": wang.pk})

    assert answer.status_code == 422
    assert "cannot be the other way" in answer.content.decode()


def test_after_the_first_paid_visit_it_is_only_read_and_says_why(desk: Browser) -> None:
    li, who = client(), client()
    came(who, "100", timezone.localdate())

    assert "There is one already." in body(desk, referrer_page(who))
    assert "There is one already." in body(desk, tab(who))
    assert referrer_page(who) not in body(desk, tab(who))
    answer = desk.post(referrer_page(who), {"referrer": li.pk})
    assert answer.status_code == 422
    assert "There is one already." in answer.content.decode()


def test_opening_it_stands_in_the_trail(desk: Browser) -> None:
    who = client()
    desk.get(referrer_page(who))

    assert AuditEntry.objects.for_client(who.pk).filter(action="viewed").exists()


def test_a_beautician_sees_no_tab_and_no_page(black: Client) -> None:
    beautician = signed_in(Role.BEAUTICIAN)
    Client.objects.filter(pk=black.pk).update(consultant=staff(Role.BEAUTICIAN))

    assert beautician.get(tab(black)).status_code == 403
    assert "tab=benefits" not in body(beautician, f"/clients/{black.pk}/")
    assert beautician.get(referrer_page(black)).status_code == 403
    assert beautician.get("/referrals/").status_code == 403


def test_the_tab_asks_few_questions_however_much_there_is(
    manager: Browser, black: Client, design: Perk, django_assert_max_num_queries: AtMost
) -> None:
    Perk.objects.update(quota=40)
    by, now = staff(Role.MANAGER), timezone.now()
    kind = VoucherKind.objects.get(rule="dormant")
    account = LoyaltyAccount.objects.get(client=black)
    for number in range(30):
        use = perks.use(black, design, key=uuid.uuid4(), by=by, at=now)
        if number % 3 == 0:
            perks.take_back(use, "误点", by=by, at=now)
        issue(account, kind, on=now.date(), source=Voucher.Source.RULE)
        friend = client(referred_by=black)
        Referral.objects.create(
            referrer=account,
            referred=LoyaltyAccount.objects.create(client=friend, tier=tier("member")),
            visit=recorded(friend, "10"),
            points=200,
            rewarded_at=now,
        )
    manager.get(tab(black))

    with django_assert_max_num_queries(11):
        told = body(manager, tab(black))
    assert "20 of 40 used" in told
    assert told.count("rewarded, 200 points") == 20
    assert "and more before" in told
    with django_assert_max_num_queries(12):
        body(manager, tab(black) + "&perks_before=20&redeemed_before=4")


# --- The best referrers -----------------------------------------------------------------------------------------


def brought(referrer: Client, *, spent: str = "", days_ago: int = 0) -> Client:
    made = client(referred_by=referrer, created_at=timezone.now() - timedelta(days=days_ago))
    if spent:
        came(made, spent, timezone.localdate())
    return made


def test_the_best_referrers_stand_first(manager: Browser) -> None:
    first, second, third = (Client.objects.create(name=name) for name in ("甲", "乙", "丙"))
    brought(first, spent="300"), brought(first, spent="50")
    brought(second, spent="900"), brought(second), brought(second)
    brought(third)
    Client.objects.filter(pk=brought(third).pk).update(status=Client.Status.MERGED, merged_into=first)

    page = body(manager, "/referrals/")

    assert page.index("甲") < page.index("乙") < page.index("丙")
    assert "¥350.00" in page
    assert "¥1,250.00" in page  # all together


def test_the_period_counts_files_opened_in_it(manager: Browser) -> None:
    li = Client.objects.create(name="李丽")
    brought(li, days_ago=40)

    assert "李丽" not in body(manager, "/referrals/", period="30d")
    assert "Nobody was brought in this time" in body(manager, "/referrals/", period="30d")
    for period in ("90d", "12m", "all", "", "nonsense", "😀"):
        assert "李丽" in body(manager, "/referrals/", period=period)
    brought(li, days_ago=400)
    assert 'data-label="Brought">1<' in body(manager, "/referrals/")
    assert 'data-label="Brought">2<' in body(manager, "/referrals/", period="all")


def test_the_list_is_paged_without_gap_or_repetition(manager: Browser, django_assert_max_num_queries: AtMost) -> None:
    for number in range(70):
        brought(Client.objects.create(name=f"推荐{number}"), spent="10" if number % 4 else "")
    seen: list[int] = []
    page = "/referrals/"
    manager.get(page)  # the salon's own row is made by the first page
    for _turn in range(5):
        with django_assert_max_num_queries(8):
            answer = manager.get(page)
        seen += [row.client.pk for row in answer.context["best"].rows]
        more = answer.context["best"].more
        if more is None:
            break
        page = f"/referrals/?after={more}"

    assert len(seen) == len(set(seen)) == 70
    assert "Back to the best" in body(manager, "/referrals/", after="0_0_0_0")


@pytest.mark.parametrize(
    "after", ["x", "1_2_3", "1_NaN_1_1", "-1_2_3_4", f"{2**64}_1_1_1", "1_1e999999_1_1", "😀_1_1_1"]
)
def test_a_place_that_is_none_begins_at_the_top(manager: Browser, after: str) -> None:
    brought(Client.objects.create(name="李丽"))

    assert "李丽" in body(manager, "/referrals/", after=after)
