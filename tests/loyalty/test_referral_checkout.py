"""Referrals at the counter: the first paid checkout rewards both, its void takes it back, whatever runs at once."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection

from clients.models import Client
from loyalty import refunds
from loyalty.checkout import check_out
from loyalty.models import LoyaltyAccount, PointsEntry, Referral
from loyalty.referrals import ReferrerRefused, set_referrer
from staff.models import User
from tests.loyalty.books import noon, wrong
from tests.visits import shop
from visits.models import Draft, Visit

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


def balance(who: Client) -> int:
    return LoyaltyAccount.objects.get(client=who).balance


def together(acts: list[Callable[[], object]]) -> list[Exception]:
    barrier, failed = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def pay(draft: Draft, by: User) -> Visit:
    return check_out(Draft.objects.get(pk=draft.pk), by=by, at=noon()).visit


def test_the_first_paid_checkout_rewards_both_and_its_void_takes_it_back(desk: User, manager: User) -> None:
    li = shop.client("李丽", tier="")
    who = shop.client("赵敏", tier="", referred_by=li)
    care, free = shop.service(), shop.service("皮肤咨询", "0.00")

    pay(shop.draft(desk, who, shop.line(free)), desk)
    assert not Referral.objects.exists()
    visit = pay(shop.draft(desk, who, shop.line(care)), desk)
    assert (balance(li), balance(who)) == (200, 668)
    pay(shop.draft(desk, who, shop.line(care)), desk)
    assert (balance(li), balance(who)) == (200, 1136)

    refunds.void(visit, "记错客户", by=manager, at=noon())
    assert (balance(li), balance(who)) == (0, 468)
    pay(shop.draft(desk, who, shop.line(care)), desk)
    assert (balance(li), balance(who)) == (200, 1136)
    assert Referral.objects.filter(taken_back_at=None).count() == 1
    assert wrong() == []


def test_the_same_checkout_in_many_threads_rewards_once(desk: User) -> None:
    li = shop.client("李丽")
    draft = shop.draft(desk, shop.client("赵敏", referred_by=li), shop.line(shop.service()))

    assert together([partial(check_out, draft, by=desk, at=noon())] * 20) == []
    assert (Referral.objects.count(), balance(li)) == (1, 200)


@pytest.mark.parametrize("rounds", [15, pytest.param(50, marks=pytest.mark.drill)])
def test_friends_of_each_other_check_out_and_are_voided_at_once_without_a_deadlock(
    desk: User, manager: User, rounds: int
) -> None:
    """Rounds up and down one tree: who was brought, and who brought her, at the counter in the same moment."""
    care = shop.service()
    for _round in range(rounds):
        root = shop.client("甲", tier="")
        li, zhao = (shop.client(name, tier="", referred_by=root) for name in "李赵")
        of_li, of_zhao = (shop.client("友", tier="", referred_by=one) for one in (li, zhao))
        first = pay(shop.draft(desk, of_zhao, shop.line(care)), desk)
        drafts = [shop.draft(desk, who, shop.line(care)) for who in (root, li, zhao, of_li, of_zhao)]
        acts: list[Callable[[], object]] = [partial(pay, draft, desk) for draft in drafts]
        acts.append(partial(refunds.void, first, "记错客户", by=manager, at=noon()))
        assert together(acts) == []
        assert Referral.objects.filter(referrer__client__in=(root, li), taken_back_at=None).count() == 3
    assert wrong() == []


def test_entering_it_at_the_moment_of_the_first_checkout_rewards_both_or_is_refused(desk: User) -> None:
    care = shop.service()
    for _round in range(20):
        li, new = shop.client("李丽"), shop.client("赵敏")
        draft = shop.draft(desk, new, shop.line(care))
        failed = together([partial(set_referrer, new, li, by=desk, at=noon()), partial(pay, draft, desk)])
        entered = Client.objects.get(pk=new.pk).referred_by_id is not None
        assert [type(error) for error in failed] == ([] if entered else [ReferrerRefused])
        assert Referral.objects.filter(referred=new.pk).exists() == entered
    assert PointsEntry.objects.filter(kind="bonus").count() == 2 * Referral.objects.count()
