"""What a void and a refund do with vouchers, entitlements and rewards: told beforehand exactly as it is then done."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from clients.models import Client
from loyalty import points, refunds, vouchers
from loyalty.checkout import CheckoutRefused, check_out
from loyalty.models import LoyaltyAccount, PointsEntry, SegmentRules, Voucher
from loyalty.refunds import Outcome
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, client, noon, staff, state_of, wrong
from tests.loyalty.gifts import at_once, given, of_rule
from tests.loyalty.paying import NOON, drafted, paid, rate, refused, with_points
from tests.loyalty.rewarding import DIGITS, PHONE, redeem, year_of_cuts
from tests.visits import shop
from visits.models import CheckoutRules, Service, Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def who() -> Client:
    return with_points(0, phone=PHONE)


def voided(visit: Visit) -> Outcome:
    """A void by the manager; what was foreseen is what was done."""
    expected = refunds.foreseen_void(Visit.objects.get(pk=visit.pk), TODAY)
    done = refunds.void(visit, "记错客户", by=staff(Role.MANAGER), at=NOON)
    assert done.undone == expected.undone
    assert (done.money, done.points, done.balance) == (expected.money, expected.points, expected.balance)
    for voucher in done.undone.opened:
        kept = Voucher.objects.get(pk=voucher.pk)
        assert (kept.status, kept.expires_on) == ("open", voucher.expires_on)
    assert {one.status for one in Voucher.objects.filter(pk__in=[v.pk for v in done.undone.withdrawn])} <= {"withdrawn"}
    assert wrong() == []
    return done


def labels(found: tuple[Voucher, ...]) -> list[str]:
    return [one.name for one in found]


@transaction.atomic
def thanked(visit: Visit) -> Voucher:
    """The voucher that thanks for this very visit."""
    assert visit.client
    account = LoyaltyAccount.objects.locked(visit.client)
    occasion = vouchers.THANK_YOU.format(visit.pk)
    return vouchers.issue(account, of_rule("thank_you"), on=TODAY, source=Voucher.Source.RULE, occasion=occasion)


def test_everything_used_is_as_it_was(who: Client, care: Service) -> None:
    rate(10)
    points.post(account_of(who), PointsEntry.Kind.BONUS, 5600, "test:points")
    had, voucher = redeem(who, year_of_cuts(uses=2), DIGITS), given(who, of_rule("dormant"))
    cut = had.service
    assert cut
    before = state_of(who)
    visit = paid(
        who,
        shop.line(care),
        shop.line(cut, "2"),
        vouchers=(voucher.pk,),
        entitlements=(had.pk,),
        points="600",
    ).visit
    assert visit.total == Decimal(358)

    done = voided(visit)

    assert (done.points, done.undone.returned, done.balance) == (358, 600, 600)
    assert labels(done.undone.opened) == ["回归礼 ¥50"]
    assert done.undone.entitlements == ("全年剪发",)
    had.refresh_from_db()
    assert (had.used, state_of(who)) == (0, before)
    assert account_of(who).segment == ""
    told = dict(done.undone.told())
    assert told["退回所用积分"] == "+600"
    assert voucher.spoken_code in told["恢复可用的优惠券"]
    assert "全年剪发" in told["退回一次的权益"]


def test_a_voucher_that_lapsed_meanwhile_has_the_days_again_that_it_had(who: Client, care: Service) -> None:
    used_on = TODAY - timedelta(days=40)
    voucher = given(who, on=used_on - timedelta(days=5), expires_on=used_on + timedelta(days=3))
    draft = drafted(who, shop.line(care), vouchers=(voucher.pk,))
    visit = check_out(draft, by=staff(Role.MANAGER), at=noon(used_on)).visit

    done = voided(visit)

    assert done.undone.opened[0].expires_on == TODAY + timedelta(days=3)


def test_dated_back_and_voided_again_and_again_a_voucher_lasts_no_longer(who: Client, care: Service) -> None:
    voucher = given(who, on=TODAY - timedelta(days=20), expires_on=TODAY + timedelta(days=5))
    earlier = (TODAY - timedelta(days=6)).isoformat()

    for _time in range(3):
        draft = drafted(who, shop.line(care), vouchers=(voucher.pk,), when=earlier)
        voided(check_out(draft, by=staff(Role.FRONT_DESK), at=NOON).visit)

    voucher.refresh_from_db()
    assert voucher.expires_on == TODAY + timedelta(days=5)


def test_it_can_be_used_again_once(who: Client, care: Service) -> None:
    voucher = given(who)
    voided(paid(who, shop.line(care), vouchers=(voucher.pk,)).visit)

    paid(who, shop.line(care), vouchers=(voucher.pk,))

    assert refused(drafted(who, shop.line(care), vouchers=(voucher.pk,)))


def test_the_thank_you_for_that_visit_goes_unless_it_was_used(who: Client, care: Service) -> None:
    visit = paid(who, shop.line(care)).visit
    thanks = thanked(visit)
    assert labels(voided(visit).undone.withdrawn) == [thanks.name]

    again = paid(who, shop.line(care)).visit
    thanks = thanked(again)
    paid(who, shop.line(care), vouchers=(thanks.pk,))
    done = voided(again)
    assert (labels(done.undone.withdrawn), labels(done.undone.kept)) == ([], [thanks.name])
    assert "王丽华" in dict(done.undone.told())["已用掉、不能收回的优惠券"]


def test_thanks_for_a_void_visit_do_not_come_back(who: Client, care: Service) -> None:
    first = paid(who, shop.line(care)).visit
    thanks = thanked(first)
    later = paid(who, shop.line(care), vouchers=(thanks.pk,)).visit
    voided(first)

    done = voided(later)

    assert (labels(done.undone.opened), labels(done.undone.withdrawn)) == ([], [thanks.name])
    thanks.refresh_from_db()
    assert first.number in thanks.withdrawn_reason


def test_the_reward_for_a_friend_goes_back_from_both(care: Service) -> None:
    chen = client()
    Client.objects.filter(pk=chen.pk).update(name="陈静")
    brought = Client.objects.create(name="王丽华", referred_by=chen)
    receipt = paid(brought, shop.line(care))
    assert (account_of(brought).balance, account_of(chen).balance) == (668, 200)
    assert receipt.balance == 668

    done = voided(receipt.visit)

    assert (done.balance, account_of(chen).balance) == (0, 0)
    assert len(done.undone.withdrawn) == 2
    assert "陈静" in dict(done.undone.told())["收回的转介绍奖励"]


def test_a_used_voucher_for_a_friend_stays_used_and_the_page_says_so(care: Service) -> None:
    chen = client()
    first = paid(Client.objects.create(name="王丽华", referred_by=chen), shop.line(care)).visit
    used = Voucher.objects.get(account=chen.pk)
    later = paid(chen, shop.line(care), vouchers=(used.pk,)).visit

    done = voided(first)
    assert (labels(done.undone.kept), len(done.undone.withdrawn)) == ([used.name], 1)
    assert account_of(chen).balance == 418

    # Once the visit at which it was used is void too, there is no reason left for it.
    after = voided(later)
    assert (labels(after.undone.opened), labels(after.undone.withdrawn)) == ([], [used.name])


def test_a_refund_leaves_vouchers_and_entitlements_used_and_says_so(who: Client, care: Service) -> None:
    voucher = given(who)
    visit = paid(who, shop.line(care), vouchers=(voucher.pk,)).visit

    outcome = refunds.refund(visit, None, "cash", "退货", key=uuid.uuid4(), by=staff(Role.MANAGER), at=NOON)

    assert (outcome.money, outcome.undone.stays_used, outcome.undone.opened) == (Decimal(418), True, ())
    voucher.refresh_from_db()
    assert voucher.status == "used"
    assert wrong() == []


def test_a_visit_without_any_of_it_tells_nothing(who: Client, care: Service) -> None:
    assert voided(paid(who, shop.line(care)).visit).undone.told() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_everything_at_once_leaves_the_books_whole() -> None:
    """Eight people check out, void and refund for four clients who brought one another, with vouchers and points."""
    rate(10)
    CheckoutRules.load(), SegmentRules.load()
    care, by, _desk = shop.service(), staff(Role.MANAGER), staff(Role.FRONT_DESK)
    clients = [with_points(3000)]
    for _turn in range(3):
        clients.append(with_points(3000, referred_by=clients[-1]))
    for one in clients:
        given(one, of_rule("referral"))

    whys: list[str] = []

    def work(place: int) -> None:
        for turn in range(4):
            who = clients[(place + turn) % 4]
            mine = Voucher.objects.filter(account=who.pk, status="open").values_list("pk", flat=True).first()
            draft = drafted(who, shop.line(care), points="100", vouchers=(mine,) if mine and turn % 2 else ())
            try:
                visit = check_out(draft, by=by, at=NOON).visit
            except CheckoutRefused as told:  # somebody else had the voucher or the points
                whys.extend(told.sheet.bill.errors)
                continue
            if (place + turn) % 3 == 0:
                refunds.void(visit, "记错", by=by, at=NOON)
            elif (place + turn) % 3 == 1:
                part = {visit.lines.get().pk: Decimal("33.33")}
                refunds.refund(visit, part, "cash", "退货", key=uuid.uuid4(), by=by, at=NOON)

    assert at_once(8, work) == [None] * 8
    assert wrong() == []
    assert all(why.startswith(("points", "voucher-")) for why in whys)
    assert Visit.objects.filter(status="void").exists()
