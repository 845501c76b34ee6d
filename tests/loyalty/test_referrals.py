"""Who brought whom: what is refused, what both get, what a void takes back, and all of it at once."""

import threading
import time
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

from clients.models import Client
from loyalty import points, referrals, refunds, segments, standing, tiers, vouchers
from loyalty.many_accounts import ONE_AT_A_TIME
from loyalty.models import LoyaltyAccount, LoyaltyRules, PointsEntry, Referral, Voucher, VoucherKind
from loyalty.referrals import ReferrerRefused, set_referrer, why_fixed
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, client, noon, recorded, staff, tier, wrong
from visits.models import Visit

pytestmark = pytest.mark.django_db
at_once_on_the_real_database = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def li() -> Client:
    return client(honorific="李姐")


@pytest.fixture
def wang(li: Client) -> Client:
    return client(referred_by=li)


@transaction.atomic
def paid(who: Client, total: str = "100", on: date = TODAY) -> Visit:
    """A visit in the order of the checkout, with what it earns and whom it rewards."""
    referrals.make_way(who)
    account = LoyaltyAccount.objects.locked(who)
    visit = recorded(who, total, on)
    standing.count_visit(account, visit)
    points.award_visit(account, visit)
    tiers.reassess(account, on, visit=visit, by=staff(Role.FRONT_DESK))
    referrals.reward(account, visit, by=staff(Role.FRONT_DESK), at=visit.recorded_at)
    return visit


@transaction.atomic
def voided(visit: Visit) -> Referral | None:
    """A void in the order of refunds.void."""
    assert visit.client
    referrals.make_way(visit.client)
    account = LoyaltyAccount.objects.locked(visit.client)
    Visit.objects.filter(pk=visit.pk).update(
        status=Visit.Status.VOID, voided_at=noon(), voided_by=staff(Role.FRONT_DESK), void_reason="记错"
    )
    visit.refresh_from_db()
    points.reverse_visit(account, visit, by=staff(Role.FRONT_DESK), at=noon())
    standing.refresh(account, TODAY)
    vouchers.undo_visit(visit, by=staff(Role.FRONT_DESK), at=noon())
    return referrals.take_back(visit, by=staff(Role.FRONT_DESK), at=noon(), account=account)


def balance(who: Client) -> int:
    return LoyaltyAccount.objects.filter(client=who).values_list("balance", flat=True).first() or 0


def refused(who: Client, referrer: Client | None, by: User) -> str:
    with pytest.raises(ReferrerRefused) as told:
        set_referrer(who, referrer, by=by, at=noon())
    return str(told.value)


# Who cannot have brought whom.


def test_nobody_brings_herself(desk: User, li: Client) -> None:
    assert refused(li, li, desk) == "推荐人不能是客户本人。"


@pytest.mark.parametrize("length", [1, 2, 7])
def test_no_circle_of_any_length(desk: User, li: Client, length: int) -> None:
    last = li
    for _place in range(length):
        last = client(referred_by=last)

    assert li.name in refused(li, last, desk)
    assert Client.objects.get(pk=li.pk).referred_by is None


def test_a_circle_from_elsewhere_does_not_hang_the_question(desk: User, li: Client, wang: Client) -> None:
    Client.objects.filter(pk=li.pk).update(referred_by=wang)

    assert set_referrer(client(), li, by=desk, at=noon())


@pytest.mark.parametrize("status", [Client.Status.MERGED, Client.Status.ERASED])
def test_a_file_that_is_gone_brings_nobody(desk: User, li: Client, status: Client.Status) -> None:
    other = client()
    Client.objects.filter(pk=li.pk).update(
        status=status, merged_into=other.pk if status == Client.Status.MERGED else None
    )

    assert "已合并或删除" in refused(client(), li, desk)
    assert "已合并或删除" in refused(li, other, desk)


def test_a_beautician_does_not_enter_it(li: Client) -> None:
    assert refused(client(), li, staff(Role.BEAUTICIAN))


def test_it_is_fixed_from_the_first_paid_visit_on(desk: User, li: Client) -> None:
    new = client()
    paid(new, "0")  # a free consultation fixes nothing
    assert set_referrer(new, li, by=desk, at=noon())
    assert set_referrer(new, None, by=desk, at=noon())
    paid(new)

    assert "首次付费" in refused(new, li, desk)
    assert why_fixed(new)


def test_it_is_open_again_when_the_only_paid_visit_is_void(desk: User, li: Client, wang: Client) -> None:
    visit = paid(wang)
    assert "双方" in refused(wang, None, desk)
    voided(visit)

    assert set_referrer(wang, client(), by=desk, at=noon())


def test_the_same_again_is_no_news(desk: User, li: Client) -> None:
    new = client()

    assert [set_referrer(new, li, by=desk, at=noon()) for _time in range(2)] == [True, False]
    assert Client.objects.get(pk=new.pk).referred_by == li


# What both get.


def test_both_get_their_points_once(li: Client, wang: Client) -> None:
    visit = paid(wang)

    made = Referral.objects.get()
    assert (made.referrer.client, made.referred.client, made.visit, made.points) == (li, wang, visit, 200)
    assert (balance(li), balance(wang)) == (200, 300)
    bonus = PointsEntry.objects.filter(kind="bonus")
    assert {entry.occasion for entry in bonus} == {f"bonus:referral:{visit.pk}:{one.pk}" for one in (li, wang)}
    assert {entry.expires_on for entry in bonus} == {date(2027, 12, 31)}
    assert {points.told(entry.why) for entry in bonus} == {"推荐好友", "由好友推荐"}
    paid(wang)
    assert (Referral.objects.count(), balance(li), balance(wang)) == (1, 200, 400)
    assert wrong() == []


@pytest.mark.parametrize("total", ["0", "0.00"])
def test_a_free_visit_rewards_nobody_and_leaves_it_to_the_first_paid_one(li: Client, wang: Client, total: str) -> None:
    paid(wang, total)
    assert not Referral.objects.exists()
    paid(wang, "0.01")

    assert Referral.objects.get().referrer.client == li


def test_whom_nobody_brought_rewards_nobody() -> None:
    paid(client())

    assert not Referral.objects.exists()


def test_who_came_and_paid_before_it_was_entered_rewards_nobody(li: Client) -> None:
    old = client()
    paid(old)
    Client.objects.filter(pk=old.pk).update(referred_by=li)  # as an import may leave it
    old.refresh_from_db()
    paid(old)

    assert not Referral.objects.exists()


@pytest.mark.parametrize("status", [Client.Status.MERGED, Client.Status.ERASED])
def test_a_referrer_whose_file_is_gone_gets_nothing(li: Client, wang: Client, status: Client.Status) -> None:
    Client.objects.filter(pk=li.pk).update(
        status=status, merged_into=client().pk if status == Client.Status.MERGED else None
    )
    paid(wang)

    assert not Referral.objects.exists()
    assert balance(wang) == 100


def test_without_points_in_the_rules_it_is_noted_all_the_same(li: Client, wang: Client) -> None:
    LoyaltyRules.load()
    LoyaltyRules.objects.update(referral_points=0)
    visit = paid(wang)

    assert (Referral.objects.get().points, balance(li), balance(wang)) == (0, 0, 100)
    assert voided(visit)
    assert wrong() == []


def test_one_query_for_a_visit_that_rewards_nobody(
    li: Client, desk: User, django_assert_num_queries: Callable[[int], Any]
) -> None:
    paid(li)
    visit = recorded(li, "100")
    account = LoyaltyAccount.objects.get(client=li)
    with transaction.atomic(), django_assert_num_queries(3):  # its own, and those of the inner savepoint
        referrals.reward(account, visit, by=desk, at=noon())
    with django_assert_num_queries(0):
        referrals.make_way(li)


def kind_of_voucher(**terms: Any) -> VoucherKind:
    VoucherKind.objects.filter(rule="referral").update(is_active=False)
    return VoucherKind.objects.create(
        **({"name": "推荐礼券", "worth": "amount", "value": 50, "rule": "referral", "days_valid": 90} | terms)
    )


def test_both_get_a_voucher_when_a_kind_is_in_use_for_it(li: Client, wang: Client) -> None:
    kind_of_voucher()
    visit = paid(wang)

    given = Voucher.objects.order_by("account")
    assert [(one.account.client, one.occasion) for one in given] == [
        (one, f"referral:{visit.pk}:{one.pk}") for one in (li, wang)
    ]
    assert {(one.value, one.min_spend, one.expires_on, one.source) for one in given} == {
        (50, 0, TODAY + timedelta(days=90), "rule")
    }


def test_no_kind_in_use_no_voucher(li: Client, wang: Client) -> None:
    kind_of_voucher(is_active=False)
    paid(wang)

    assert not Voucher.objects.exists()


def test_a_kind_for_higher_tiers_is_not_given_below(li: Client, wang: Client) -> None:
    kind_of_voucher(min_tier=tier("gold"))
    paid(li, "12000")
    paid(wang)

    assert Voucher.objects.get().account.client == li


# What a void takes back.


def test_a_void_takes_both_points_back_also_below_zero(li: Client, wang: Client) -> None:
    visit = paid(wang)
    account = LoyaltyAccount.objects.get(client=li)
    points.post(account, points.Kind.REDEEM, -150, "redeem:test")

    taken = voided(visit)

    assert taken
    assert (taken.taken_back_at, taken.taken_back_by) == (noon(), visit.by)
    assert (balance(li), balance(wang)) == (-150, 0)
    assert wrong() == []


def test_a_void_twice_takes_back_once(li: Client, wang: Client, desk: User) -> None:
    visit = paid(wang)
    voided(visit)

    assert referrals.take_back(visit, by=desk, at=noon()) is None
    assert (balance(li), balance(wang)) == (0, 0)


def test_voiding_another_visit_takes_nothing_back(li: Client, wang: Client) -> None:
    paid(wang)

    assert voided(paid(wang)) is None
    assert balance(li) == 200


def refunded(visit: Visit, amount: str | None = None) -> refunds.Outcome:
    """A refund of that many yuan of the first line, or of all that is left."""
    line = visit.lines.get()
    amounts = None if amount is None else {line.pk: Decimal(amount)}
    return refunds.refund(visit, amounts, "wechat", "不满意", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon())


def test_a_refund_of_a_part_takes_nothing_back(li: Client, wang: Client) -> None:
    refunded(paid(wang), "99")

    assert balance(li) == 200
    assert wrong() == []


def test_a_whole_refund_takes_the_reward_back_and_says_so(li: Client, wang: Client) -> None:
    kind_of_voucher()
    visit = paid(wang)
    refunded(visit, "40")
    outcome = refunded(visit)

    assert (balance(li), balance(wang)) == (0, 0)
    assert outcome.undone.referral
    assert {voucher.account_id for voucher in outcome.undone.withdrawn} == {li.pk, wang.pk}
    assert not Voucher.objects.unused().exists()
    assert wrong() == []

    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())
    assert (balance(li), balance(wang)) == (0, 0)
    assert wrong() == []


def test_after_a_whole_refund_the_next_paid_visit_rewards(li: Client, wang: Client) -> None:
    refunded(paid(wang))
    assert why_fixed(wang) == ""
    paid(wang)

    assert balance(li) == 200
    assert wrong() == []


def test_a_later_first_paid_visit_rewards_again(li: Client, wang: Client) -> None:
    voided(paid(wang))
    paid(wang)

    assert Referral.objects.count() == 2
    assert Referral.objects.filter(taken_back_at=None).count() == 1
    assert (balance(li), balance(wang)) == (200, 300)
    assert wrong() == []


def test_after_it_was_taken_back_the_next_paid_visit_rewards_though_one_lies_between(li: Client, wang: Client) -> None:
    first = paid(wang)
    paid(wang)
    voided(first)
    assert balance(li) == 0
    paid(wang)

    assert balance(li) == 200


def test_a_void_withdraws_the_unused_voucher_and_leaves_the_used_one(li: Client, wang: Client, desk: User) -> None:
    kind_of_voucher()
    visit = paid(wang)
    spent = recorded(li, "20")
    hers = Voucher.objects.get(account=li.pk)
    vouchers.use(hers.account, {hers.pk: Decimal(50)}, spent)

    voided(visit)

    states = Voucher.objects.order_by("account").values_list("status", "withdrawn_reason")
    assert list(states) == [("used", ""), ("withdrawn", f"{visit.number} 已作废。")]


def test_who_used_one_for_this_client_gets_no_second_one(li: Client, wang: Client) -> None:
    kind_of_voucher()
    visit = paid(wang)
    hers = Voucher.objects.get(account=li.pk)
    vouchers.use(hers.account, {hers.pk: Decimal(50)}, recorded(li, "20"))
    voided(visit)
    paid(wang)

    assert Voucher.objects.filter(account=li.pk).count() == 1
    assert list(Voucher.objects.filter(account=wang.pk).order_by("pk").values_list("status", flat=True)) == [
        "withdrawn",
        "open",
    ]


@pytest.mark.parametrize("rewarded_again", [False, True])
def test_a_used_one_that_a_void_opens_again_follows_the_reward(
    li: Client, wang: Client, desk: User, rewarded_again: bool
) -> None:
    kind_of_voucher()
    visit = paid(wang)
    spent = recorded(li, "20")
    hers = Voucher.objects.get(account=li.pk)
    vouchers.use(hers.account, {hers.pk: Decimal(50)}, spent)
    voided(visit)
    if rewarded_again:
        paid(wang)

    voided(spent)

    hers.refresh_from_db()
    assert hers.status == ("open" if rewarded_again else "withdrawn")


def test_the_other_balance_is_right_for_the_caller(li: Client, wang: Client, desk: User) -> None:
    visit = paid(wang)
    with transaction.atomic():
        account = LoyaltyAccount.objects.locked(wang)
        referrals.take_back(visit, by=desk, at=noon(), account=account)

    assert account.balance == balance(wang) == 100


# All at once.


def together(acts: list[Callable[[], object]]) -> list[Exception]:
    """Run `acts` in threads that begin together; returns what failed."""
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


@at_once_on_the_real_database
@pytest.mark.parametrize("number", [8, 20])
def test_one_visit_in_many_threads_rewards_once(li: Client, wang: Client, number: int) -> None:
    visit = recorded(wang, "100")

    def act() -> None:
        with transaction.atomic():
            referrals.make_way(wang)
            referrals.reward(LoyaltyAccount.objects.locked(wang), visit, by=staff(Role.FRONT_DESK), at=noon())

    assert together([act] * number) == []
    assert (Referral.objects.count(), balance(li), balance(wang)) == (1, 200, 200)


@at_once_on_the_real_database
@pytest.mark.parametrize("number", [8, 20])
def test_the_first_visits_of_many_friends_all_reward_the_same_one(desk: User, li: Client, number: int) -> None:
    friends = [client(referred_by=li) for _place in range(number)]

    assert together([partial(paid, friend) for friend in friends]) == []
    assert (Referral.objects.count(), balance(li)) == (number, number * 200)


@at_once_on_the_real_database
@pytest.mark.parametrize("number", [8, 20])
def test_one_void_in_many_threads_takes_back_once(desk: User, li: Client, wang: Client, number: int) -> None:
    visit = paid(wang)

    assert together([lambda: referrals.take_back(visit, by=desk, at=noon())] * number) == []
    assert (balance(li), balance(wang)) == (0, 100)


@at_once_on_the_real_database
@pytest.mark.parametrize("rounds", [15, pytest.param(50, marks=pytest.mark.drill)])
def test_two_who_brought_each_others_friends_check_out_at_once(desk: User, rounds: int) -> None:
    """Rounds of checkouts up and down the same tree, with voids and the nightly count among them: no deadlock."""
    for _round in range(rounds):
        li, zhao = client(), client()
        friend_of_li, friend_of_zhao = client(referred_by=li), client(referred_by=zhao)
        # Each comes with the other's friend, and these have friends of their own, entered out of the order of ids.
        set_referrer(li, friend_of_zhao, by=desk, at=noon())
        set_referrer(zhao, client(referred_by=None), by=desk, at=noon())
        first = paid(friend_of_zhao)
        everybody = Client.objects.filter(pk__in=[li.pk, zhao.pk, friend_of_li.pk, friend_of_zhao.pk])
        acts: list[Callable[[], object]] = [partial(paid, one) for one in everybody]
        acts += [partial(voided, first), partial(standing.rebuild_all, TODAY)]
        acts += [partial(segments.rebuild_all, TODAY), partial(tiers.review_due, TODAY)]
        assert together(acts) == []
    assert wrong() == []


def entered(who: Client, referrer: Client) -> bool:
    return set_referrer(who, referrer, by=staff(Role.FRONT_DESK), at=noon())


@at_once_on_the_real_database
def test_two_at_once_cannot_close_a_circle(desk: User) -> None:
    for _round in range(25):
        a, b, c = client(), client(), client()
        failed = together([partial(entered, one, other) for one, other in ((a, b), (b, c), (c, a))])
        assert [type(error) for error in failed] == [ReferrerRefused]


@at_once_on_the_real_database
def test_entering_it_while_she_pays_for_the_first_time_rewards_both_or_is_refused(desk: User) -> None:
    for _round in range(25):
        li, new = client(), client()
        failed = together([partial(entered, new, li), partial(paid, new)])
        brought = Client.objects.get(pk=new.pk).referred_by_id
        assert [type(error) for error in failed] == ([] if brought else [ReferrerRefused])
        assert Referral.objects.filter(referred=new.pk).exists() == bool(brought)


@at_once_on_the_real_database
def test_a_job_over_all_accounts_and_a_checkout_of_two_wait_for_each_other_in_one_order(
    desk: User, li: Client, wang: Client
) -> None:
    """The job holds the account of who brought and comes to that of who was brought while the latter pays."""
    paid(li), LoyaltyAccount.objects.get_or_create(client=wang, defaults={"tier": tier("member")})
    half_way = threading.Event()

    def job() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            LoyaltyAccount.objects.select_for_update().get(client=li)
            half_way.set()
            time.sleep(0.5)  # as long as it takes until the checkout waits, for one thing or the other
            LoyaltyAccount.objects.select_for_update().get(client=wang)

    def checkout() -> None:
        half_way.wait()
        paid(wang)

    assert together([job, checkout]) == []
    assert Referral.objects.count() == 1
