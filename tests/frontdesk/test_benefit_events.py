"""What a client got for coming back, on the timeline: each act in words, to who may see points, and nothing twice."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from clients.models import Client
from frontdesk.events import Kind, Place
from frontdesk.timeline import Event, timeline_of
from loyalty import adjusting, perks, referrals, vouchers
from loyalty.models import LoyaltyAccount, Perk, Redemption, Reward, SegmentChange, Voucher, VoucherKind
from loyalty.points import Kind as Points
from loyalty.points import post
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from visits.models import Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager() -> User:
    return cast.staff(Role.MANAGER)


@pytest.fixture
def account() -> LoyaltyAccount:
    account = cast.member(cast.client(created_at=cast.days_ago(300)))
    cast.earned(account, 5000, visit=cast.visit(account.client, at=cast.days_ago(200)))
    return account


def told(account: LoyaltyAccount, user: User) -> dict[Kind, Event]:
    found = timeline_of(account.client, user, size=50).events
    kinds = [event.kind for event in found]
    assert len(kinds) == len(set(kinds)), kinds
    return {event.kind: event for event in found}


def redeemed(account: LoyaltyAccount, by: User) -> Redemption:
    entry = post(account, Points.REDEEM, -1000, f"redeem:{uuid.uuid4()}", by=by)
    return Redemption.objects.create(
        key=uuid.uuid4(), account=account, reward=Reward.objects.get(), name="定制发梳", points=1000, entry=entry,
        proof="5678", by=by,
    )  # fmt: skip


def test_a_redemption_is_told_once_with_its_points(account: LoyaltyAccount, manager: User) -> None:
    redeemed(account, manager)

    events = told(account, manager)

    assert Kind.POINTS not in events
    facts = events[Kind.REDEEMED].facts
    assert (facts["title"], facts["end"], facts["more"]) == ("积分兑换：定制发梳", "积分 −1,000", "manager-name")


def test_a_cancelled_redemption_says_why_and_who(account: LoyaltyAccount, manager: User) -> None:
    made = redeemed(account, manager)
    back = post(account, Points.REVERSE, 1000, f"cancel:redemption:{made.pk}", by=manager)
    Redemption.objects.filter(pk=made.pk).update(
        cancelled_at=timezone.now(), cancelled_by=manager, cancel_reason="改主意了", cancel_entry=back
    )

    events = told(account, manager)

    assert Kind.POINTS not in events
    facts = events[Kind.REDEMPTION_CANCELLED].facts
    assert (facts["end"], facts["more"]) == ("积分 +1,000", "改主意了 · manager-name")


def test_a_voucher_given_used_and_withdrawn(account: LoyaltyAccount, manager: User) -> None:
    kind = VoucherKind.objects.get(rule="dormant")
    today = timezone.localdate()
    used = vouchers.issue(account, kind, on=today, source=Voucher.Source.RULE)
    events = told(account, manager)
    assert events[Kind.VOUCHER_GIVEN].facts["title"] == "发放优惠券：回归礼 ¥50"
    assert "系统" in events[Kind.VOUCHER_GIVEN].facts["more"]

    visit = Visit.objects.get()
    Voucher.objects.update(issued_on=visit.day, expires_on=today)
    vouchers.use(account, {used.pk: Decimal(50)}, visit)
    facts = told(account, manager)[Kind.VOUCHER_USED].facts
    assert (facts["end"], facts["visit_pk"]) == ("−¥50.00", visit.pk)


def test_a_withdrawn_voucher_says_why(account: LoyaltyAccount, manager: User) -> None:
    kind = VoucherKind.objects.get(rule="dormant")
    given = vouchers.issue(account, kind, on=timezone.localdate(), source=Voucher.Source.RULE)
    vouchers.withdraw(given, "发错了", by=manager, at=timezone.now())

    assert told(account, manager)[Kind.VOUCHER_WITHDRAWN].facts["more"] == "发错了 · manager-name"


def test_a_perk_used_and_taken_back(account: LoyaltyAccount, manager: User) -> None:
    perk = Perk.objects.create(tier=account.tier, name="头皮检测", name_en="Scalp check", quota=1)
    use = perks.use(account.client, perk, key=uuid.uuid4(), by=manager, at=timezone.now())
    perks.take_back(use, "误点", by=manager, at=timezone.now())

    events = told(account, manager)

    assert events[Kind.PERK_USED].facts["title"] == "使用专属权益：头皮检测"
    assert events[Kind.PERK_TAKEN_BACK].facts["more"] == "误点 · manager-name"
    with translation.override("en"):
        assert told(account, manager)[Kind.PERK_USED].facts["title"] == "Perk used: Scalp check"


def test_a_referral_is_told_on_both_files_without_its_points_again(account: LoyaltyAccount, manager: User) -> None:
    friend = cast.client("赵敏", referred_by=account.client)
    hers = cast.member(friend)
    visit = cast.visit(friend)
    VoucherKind.objects.filter(rule="referral").update(is_active=False)
    with transaction.atomic():
        referrals.reward(hers, visit, by=manager, at=timezone.now())

    brought, came = told(account, manager), told(hers, manager)

    assert Kind.POINTS not in brought
    assert Kind.POINTS not in came
    facts = brought[Kind.REFERRAL_REWARDED].facts
    assert (facts["title"], facts["client_name"], facts["end"]) == ("转介绍奖励，推荐了", "赵敏", "积分 +200")
    assert came[Kind.REFERRAL_REWARDED].facts["client_name"] == account.client.name

    referrals.take_back(visit, by=manager, at=timezone.now())
    facts = told(account, manager)[Kind.REFERRAL_TAKEN_BACK].facts
    assert (facts["end"], facts["more"]) == ("积分 −200", "首单已作废 · manager-name")


def test_a_move_between_segments_says_why(account: LoyaltyAccount, manager: User) -> None:
    SegmentChange.objects.create(
        account=account,
        from_segment="new",
        to_segment="regular",
        on=timezone.localdate(),
        figures={"recent_visits": 2, "recent_days": 90},
    )

    facts = told(account, manager)[Kind.SEGMENT].facts
    assert facts["title"] == "分群：新客 → 常规"
    assert "2" in facts["more"]


def test_an_adjustment_says_why_who_and_who_agreed(account: LoyaltyAccount, manager: User) -> None:
    made = adjusting.adjust(account.client, 3000, "补记旧系统", key=uuid.uuid4(), by=manager, at=timezone.now())
    assert Kind.POINTS not in told(account, manager)
    second = cast.staff(Role.MANAGER, "second")
    adjusting.decide(made, True, by=second, at=timezone.now())

    facts = told(account, manager)[Kind.POINTS].facts
    assert facts["points"] == 3000
    assert "补记旧系统" in facts["why"]
    assert "second-name" in facts["by"]


def test_lapsed_points_are_told_as_before(account: LoyaltyAccount, manager: User) -> None:
    post(account, Points.EXPIRE, -20, "expire:1:2026-12-31:2027-01-01", expires_on=date(2026, 12, 31))

    assert told(account, manager)[Kind.POINTS].facts["points"] == -20


def test_a_beautician_is_told_nothing_of_it(account: LoyaltyAccount, manager: User) -> None:
    redeemed(account, manager)
    beautician = cast.staff(Role.BEAUTICIAN)
    Client.objects.filter(pk=account.pk).update(consultant=beautician)

    assert set(told(account, beautician)) == {Kind.FILE}


def many_acts(account: LoyaltyAccount, manager: User) -> None:
    kind = VoucherKind.objects.get(rule="dormant")
    perk = Perk.objects.create(tier=account.tier, name="头皮检测", quota=30)
    for number in range(15):
        given = vouchers.issue(
            account, kind, on=timezone.localdate() - timedelta(days=number), source=Voucher.Source.RULE
        )
        perks.use(account.client, perk, key=uuid.uuid4(), by=manager, at=timezone.now())
        if number % 2:
            vouchers.withdraw(given, "多发", by=manager, at=timezone.now())


def test_pages_have_no_gap_and_no_repetition(account: LoyaltyAccount, manager: User) -> None:
    many_acts(account, manager)
    seen: list[tuple[int, int]] = []
    before: Place | None = None
    for _page in range(20):
        page = timeline_of(account.client, manager, before, size=6)
        seen += [(event.kind, event.pk) for event in page.events]
        before = Place.read(str(page.more)) if page.more else None
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 15 + 7 + 15 + 2


def test_one_query_however_much_there_is(account: LoyaltyAccount, manager: User) -> None:
    many_acts(account, manager)
    user = User.objects.get(pk=manager.pk)
    assert user.rights
    with CaptureQueriesContext(connection) as asked:
        timeline_of(account.client, user)
    assert len(asked) == 1
