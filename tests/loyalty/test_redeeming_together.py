"""The last points, comb or use: of many who want it at the same moment one gets it, and the others are told why."""

import uuid
from datetime import timedelta
from typing import cast

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser
from django.utils import timezone

from loyalty import entitlements, redeeming
from loyalty.entitlements import EntitlementGone
from loyalty.models import EntitlementUse, LoyaltyAccount, Redemption
from loyalty.redeeming import AlreadyCancelled, RedemptionRefused
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import account_of, recorded, staff, wrong
from tests.loyalty.rewarding import DIGITS, NOON, comb, fifty_yuan, member, redeem, year_of_cuts
from tests.loyalty.test_refund_pages import signed_in
from tests.loyalty.together import at_once

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture(autouse=True)
def people() -> None:
    """Those who act are there before the threads start."""
    staff(Role.FRONT_DESK)
    staff(Role.MANAGER)


def told(results: list[object]) -> list[str]:
    return [str(one) for one in results if isinstance(one, RedemptionRefused | EntitlementGone)]


def got(results: list[object]) -> list[object]:
    """What succeeded. Anything but a success or a refusal in words fails the test."""
    odd = [one for one in results if isinstance(one, Exception)]
    assert [one for one in odd if not isinstance(one, RedemptionRefused | EntitlementGone)] == []
    return [one for one in results if not isinstance(one, Exception)]


@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_thousand_points(threads: int) -> None:
    who, reward = member(1000), comb(stock=None)

    results = at_once(threads, lambda _place: redeem(who, reward))

    assert len(got(results)) == Redemption.objects.count() == 1
    assert told(results) == ["积分不足：可用 0，需 1,000。"] * (threads - 1)
    assert account_of(who).balance == 0
    assert wrong() == []


@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_comb_in_stock(threads: int) -> None:
    reward, clients = comb(stock=1), [member(1000) for _ in range(threads)]

    results = at_once(threads, lambda place: redeem(clients[place], reward))

    reward.refresh_from_db()
    assert (len(got(results)), reward.stock) == (1, 0)
    assert told(results) == ["“定制发梳”已兑完，没有库存了。"] * (threads - 1)
    assert sorted(account_of(one).balance for one in clients) == [0] + [1000] * (threads - 1)
    assert wrong() == []


@pytest.mark.parametrize("threads", [8, 20])
def test_one_form_sent_many_times_at_once_is_one_redemption(threads: int) -> None:
    who, reward, key = member(5000), comb(stock=3), uuid.uuid4()

    results = at_once(threads, lambda _place: redeem(who, reward, key=key))

    reward.refresh_from_db()
    assert len({one.pk for one in got(results) if isinstance(one, Redemption)}) == 1
    assert (told(results), reward.stock, account_of(who).balance) == ([], 2, 4000)


def test_one_key_for_two_clients_at_once_is_one_redemption() -> None:
    for _turn in range(5):
        clients, reward, key = [member(1000), member(1000)], comb(stock=9), uuid.uuid4()

        results = at_once(2, lambda place: redeem(clients[place], reward, key=key))  # noqa: B023

        assert (len(got(results)), len(told(results))) == (1, 1)
        assert sorted(account_of(one).balance for one in clients) == [0, 1000]
    assert wrong() == []


@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_comb_over_the_counter_of_many_desks(threads: int) -> None:
    reward, clients = comb(stock=1), [member(1000) for _ in range(threads)]
    desk = signed_in(Role.FRONT_DESK, language="zh-hans")
    cookie = desk.cookies["sessionid"].value

    def press(place: int) -> HttpResponse:
        browser = Browser()
        browser.cookies["sessionid"] = cookie
        sent = {"key": uuid.uuid4(), "reward": reward.pk, "shown": reward.points, "proof": DIGITS}
        return cast(HttpResponse, browser.post(f"/clients/{clients[place].pk}/redeem/", sent))

    answers = [one for one in at_once(threads, press) if isinstance(one, HttpResponse)]

    assert sorted(one.status_code for one in answers) == [200] * (threads - 1) + [302]
    refused = [one.content.decode() for one in answers if one.status_code == 200]
    assert all("“定制发梳”已兑完" in one or "“定制发梳”目前不能兑换" in one for one in refused)
    reward.refresh_from_db()
    assert (reward.stock, Redemption.objects.count()) == (0, 1)
    assert wrong() == []


@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_use_of_an_entitlement(threads: int) -> None:
    who = member(5000)
    had = redeem(who, year_of_cuts(uses=1))
    visits = [recorded(who, "80") for _ in range(threads)]

    def use(place: int) -> object:
        by = staff(Role.FRONT_DESK)
        return entitlements.use(account_of(who), [had.pk], visits[place], by=by, at=NOON)

    results = at_once(threads, use)

    had.refresh_from_db()
    assert (len(got(results)), had.used, EntitlementUse.objects.count()) == (1, 1, 1)
    assert all("全年剪发" in one for one in told(results))


def test_of_many_who_cancel_one_does() -> None:
    who, reward = member(1000), comb(stock=1)
    done = redeem(who, reward)

    results = at_once(8, lambda _place: redeeming.cancel(done, "记错", by=staff(Role.MANAGER), at=NOON))

    reward.refresh_from_db()
    assert (len(got(results)), reward.stock, account_of(who).balance) == (1, 1, 1000)
    assert sum(isinstance(one, AlreadyCancelled) for one in results) == 7
    assert wrong() == []


def test_cancelling_and_redeeming_at_once_never_makes_points() -> None:
    for _turn in range(6):
        who, reward, other = member(1000), comb(stock=1), fifty_yuan(1000, name=f"券 {uuid.uuid4()}")
        type(other).objects.filter(pk=other.pk).update(name=f"礼 {other.pk}")
        done = redeem(who, reward)

        def act(place: int) -> object:
            if place % 2:
                return redeem(who, other)  # noqa: B023
            return redeeming.cancel(done, "换一个", by=staff(Role.MANAGER), at=NOON)  # noqa: B023

        results = at_once(8, act)

        here = Redemption.objects.filter(account=who.pk, cancelled_at=None).count()
        assert account_of(who).balance == 1000 * (1 - here)
        assert here <= 1
        assert len(got(results)) == 1 + here
        reward.refresh_from_db()
        assert reward.stock == 1
    assert wrong() == []


def test_an_entitlement_is_used_or_cancelled_never_both() -> None:
    reward = year_of_cuts(uses=1, needs=100)
    for _turn in range(6):
        who = member(100)
        had, visit = redeem(who, reward), recorded(who, "80")

        def act(place: int) -> object:
            if place:
                return redeeming.cancel(had, "记错", by=staff(Role.MANAGER), at=NOON)  # noqa: B023
            with transaction.atomic():
                account = LoyaltyAccount.objects.locked(who)  # noqa: B023
                return entitlements.use(account, [had.pk], visit, by=staff(Role.FRONT_DESK), at=NOON)  # noqa: B023

        results = at_once(2, act)

        had.refresh_from_db()
        assert len(got(results)) == 1
        assert (had.used == 1) != (had.cancelled_at is not None)


def test_guessing_at_once_gets_no_more_tries() -> None:
    who, reward, now = member(1000), comb(), timezone.now() + timedelta(seconds=1)

    results = at_once(20, lambda _place: redeem(who, reward, "0000", at=now))

    assert got(results) == []
    assert AuditEntry.objects.filter(action=AuditEntry.Action.REFUSED, what="redeem_proof").count() == 5
