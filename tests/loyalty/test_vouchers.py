"""Giving a voucher, using it once, taking it back. Refusals first; at once, exactly one gets it."""

import secrets
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from clients.models import Client
from loyalty import vouchers
from loyalty.models import LoyaltyAccount, Voucher, VoucherKind
from loyalty.vouchers import VoucherGone, VoucherRefused
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, recorded, staff, tier
from tests.loyalty.gifts import Source, given, kind
from tests.loyalty.together import at_once
from tests.visits.shop import service
from visits.models import Visit

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def who() -> Client:
    made = client()
    came(made, "468", days_before(40))
    return made


def used(who: Client, voucher: Voucher, visit: Visit | None = None, yuan: str = "50") -> Visit:
    visit = visit or recorded(who, "100")
    with transaction.atomic():
        vouchers.use(LoyaltyAccount.objects.locked(who), {voucher.pk: D(yuan)}, visit)
    voucher.refresh_from_db()
    return visit


def test_a_voucher_takes_its_terms_from_the_kind_and_keeps_them(who: Client) -> None:
    of = kind("护理券", "price", 99, service=service(), min_spend=D(300), days_valid=10, stacks=True)

    made = given(who, of)
    VoucherKind.objects.filter(pk=of.pk).update(value=5, min_spend=0, days_valid=1, stacks=False, name="新的")
    made.refresh_from_db()

    assert (made.worth, made.value, made.min_spend, made.stacks, made.name) == ("price", 99, 300, True, "护理券")
    assert made.expires_on == TODAY + timedelta(days=10)
    assert len(made.code) == 8
    assert made.code.isdigit()
    assert vouchers.usable(account_of(who), TODAY) == [made]


@pytest.mark.parametrize(
    ("on", "last"),
    [(date(2026, 2, 1), date(2026, 2, 28)), (date(2026, 11, 30),) * 2, (date(2028, 2, 9), date(2028, 2, 29))],
)
def test_without_days_it_holds_until_the_end_of_the_month(who: Client, on: date, last: date) -> None:
    assert given(who, kind(days_valid=None), on).expires_on == last


def test_one_occasion_is_one_voucher(who: Client) -> None:
    account, of = account_of(who), kind()

    first = vouchers.issue(account, of, on=TODAY, source=Source.RULE, occasion="a:1")
    again = vouchers.issue(account, of, on=TODAY + timedelta(days=3), source=Source.RULE, occasion="a:1")

    assert again == first
    assert again.issued_on == TODAY


def test_a_code_that_is_taken_is_not_given_twice(who: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter([5, 5, 6])
    monkeypatch.setattr(secrets, "randbelow", lambda _most: next(numbers))

    assert [given(who, of).code for of in (kind("一"), kind("二"))] == ["10000005", "10000006"]


def test_by_hand_a_reason_and_a_person_are_needed(who: Client) -> None:
    with pytest.raises(IntegrityError, match="voucher_by_hand_has_a_reason"), transaction.atomic():
        vouchers.issue(account_of(who), kind(), on=TODAY, source=Source.HAND, by=staff(Role.MANAGER))


def give(who: Client, of: VoucherKind, key: str = "k1") -> Voucher:
    account, by = account_of(who), staff(Role.MANAGER)
    return vouchers.give(account, of, "等了二十分钟", source=Source.COMPENSATION, key=key, by=by, on=TODAY)


def test_by_hand_sent_twice_is_one(who: Client) -> None:
    of = kind()

    assert give(who, of) == give(who, of)
    assert give(who, of, "k2") != give(who, of)


def test_by_hand_only_to_those_it_is_for(who: Client) -> None:
    with pytest.raises(VoucherRefused, match=r"限金卡及以上，该客户是会员") as refused:
        give(who, kind(min_tier=tier("gold")))
    assert refused.value.field == "kind"

    with pytest.raises(VoucherRefused, match="已停用"):
        give(who, kind("旧的", is_active=False))
    assert not Voucher.objects.exists()


def test_by_hand_to_those_of_the_tier_or_above(who: Client) -> None:
    LoyaltyAccount.objects.filter(client=who).update(tier=tier("black"))

    assert give(who, kind(min_tier=tier("gold"))).account_id == who.pk


def test_what_is_usable_lapses_first_in_front(who: Client) -> None:
    long, short = given(who, kind("长", days_valid=60)), given(who, kind("短", days_valid=3))
    tomorrow = given(who, kind("明天起"), TODAY + timedelta(days=1))
    given(who, kind("过期"), days_before(31))
    given(client(), kind("别人的"))
    given(who, kind("作废"), status="withdrawn", withdrawn_reason="x", withdrawn_at=noon())

    assert vouchers.usable(account_of(who), TODAY) == [short, long]
    assert vouchers.usable(account_of(who), TODAY + timedelta(days=3)) == [short, tomorrow, long]


def test_using_notes_where_when_and_how_much(who: Client) -> None:
    voucher = given(who)

    visit = used(who, voucher, yuan="49.99")

    assert (voucher.status, voucher.used_visit, voucher.used_on, voucher.saved) == ("used", visit, TODAY, D("49.99"))
    assert vouchers.usable(account_of(who), TODAY) == []


def test_a_visit_entered_later_counts_on_its_own_day(who: Client) -> None:
    voucher = given(who, kind(days_valid=5), days_before(7))

    used(who, voucher, recorded(who, "100", days_before(2)))

    assert voucher.used_on == days_before(2)


def test_what_cannot_be_used_says_why_and_uses_nothing_else(who: Client) -> None:
    good, spent = given(who, kind("好的")), given(who, kind("用过"))
    visit = used(who, spent)
    lapsed = given(who, kind("过期"), days_before(31))
    withdrawn = given(who, kind("作废"))
    vouchers.withdraw(withdrawn, "发错", by=staff(Role.MANAGER), at=noon())
    early = given(who, kind("明天起"), TODAY + timedelta(days=1))
    others = given(client(), kind("别人的"))
    told = {
        spent.pk: f"用过（{spent.spoken_code}）已在 {visit.number} 用掉",
        lapsed.pk: "已过期，有效期至 2026-11-21",
        withdrawn.pk: "作废（",
        early.pk: "2026-11-23 起才可用",
        others.pk: "没有这张优惠券",
        2**62: "没有这张优惠券",
    }

    for pk, words in told.items():
        with pytest.raises(VoucherGone, match=words) as gone, transaction.atomic():
            vouchers.use(account_of(who), {good.pk: D(50), pk: D(50)}, recorded(who, "10"))
        assert getattr(gone.value.voucher, "pk", None) in (pk, None)
    good.refresh_from_db()
    assert good.status == "open"


def test_it_says_so_in_english_too(who: Client) -> None:
    voucher = given(who)
    visit = used(who, voucher)

    with translation.override("en"), pytest.raises(VoucherGone, match=f"was already used, at {visit.number}"):
        vouchers.use(account_of(who), {voucher.pk: D(50)}, visit)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_voucher_is_used_once(who: Client, threads: int) -> None:
    voucher = given(who)
    visits = [recorded(who, "100") for _ in range(threads)]

    def use(place: int) -> int:
        with transaction.atomic():
            vouchers.use(LoyaltyAccount.objects.locked(who), {voucher.pk: D(50)}, visits[place])
        return visits[place].pk

    results = at_once(threads, use)

    won = [one for one in results if isinstance(one, int)]
    lost = [one for one in results if isinstance(one, VoucherGone)]
    voucher.refresh_from_db()
    assert [voucher.used_visit_id] == won
    assert len(lost) == threads - 1
    assert all(f"V-{won[0]:06d} 用掉" in str(one) for one in lost)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("threads", [8, 20])
def test_without_the_account_held_it_is_used_once_as_well(who: Client, threads: int) -> None:
    voucher, visit = given(who), recorded(who, "100")

    results = at_once(threads, lambda _n: vouchers.use(account_of(who), {voucher.pk: D(50)}, visit))

    assert sum(one is None for one in results) == 1
    assert sum(isinstance(one, VoucherGone) for one in results) == threads - 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_one_occasion_at_once_is_one_voucher(who: Client) -> None:
    account, of = account_of(who), kind()

    results = at_once(8, lambda _n: vouchers.issue(account, of, on=TODAY, source=Source.RULE, occasion="a:1").pk)

    assert len(set(results)) == 1
    assert results[0] == Voucher.objects.get().pk


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_used_and_withdrawn_at_once_is_one_of_both(who: Client) -> None:
    voucher, visit, by = given(who), recorded(who, "100"), staff(Role.MANAGER)

    def act(place: int) -> None:
        if place % 2:
            vouchers.use(account_of(who), {voucher.pk: D(50)}, visit)
        else:
            vouchers.withdraw(voucher, "发错", by=by, at=noon())

    results = at_once(8, act)

    assert sum(one is None for one in results) == 1
    assert sum(isinstance(one, VoucherGone) for one in results) == 7


def test_a_void_opens_it_again_with_the_days_it_had_left(who: Client) -> None:
    voucher = given(who, kind(days_valid=30), days_before(20))
    visit = used(who, voucher, recorded(who, "100", days_before(15)))

    changed = vouchers.undo_visit(visit, by=staff(Role.MANAGER), at=noon())

    voucher.refresh_from_db()
    assert changed == [voucher]
    assert (voucher.status, voucher.used_visit, voucher.used_on, voucher.saved) == ("open", None, None, 0)
    assert voucher.expires_on == TODAY + timedelta(days=25)
    assert vouchers.undo_visit(visit, by=staff(Role.MANAGER), at=noon()) == []


def test_a_void_takes_no_day_away(who: Client) -> None:
    voucher = given(who, kind(days_valid=30))
    visit = used(who, voucher, recorded(who, "100", TODAY + timedelta(days=10)))

    vouchers.undo_visit(visit, by=staff(Role.MANAGER), at=noon())

    voucher.refresh_from_db()
    assert voucher.expires_on == TODAY + timedelta(days=30)


def test_a_void_withdraws_the_thank_you_of_that_visit_if_unused(who: Client) -> None:
    first, second = recorded(who, "100"), recorded(who, "100")
    account, of, by = account_of(who), kind(), staff(Role.MANAGER)
    for visit in (first, second):
        vouchers.issue(account, of, on=TODAY, source=Source.RULE, occasion=vouchers.THANK_YOU.format(visit.pk))
    kept = Voucher.objects.get(occasion=vouchers.THANK_YOU.format(second.pk))
    used(who, kept)

    (changed,) = vouchers.undo_visit(first, by=by, at=noon())
    assert vouchers.undo_visit(second, by=by, at=noon()) == []

    changed.refresh_from_db()
    kept.refresh_from_db()
    assert (changed.status, changed.withdrawn_by, changed.withdrawn_reason) == (
        "withdrawn",
        by,
        f"{first.number} 已作废。",
    )
    assert kept.status == "used"


def test_withdrawn_keeps_who_and_why_and_stays(who: Client) -> None:
    voucher, by = given(who), staff(Role.MANAGER)

    vouchers.withdraw(voucher, "发错", by=by, at=noon())

    voucher.refresh_from_db()
    assert (voucher.status, voucher.withdrawn_by, voucher.withdrawn_reason) == ("withdrawn", by, "发错")
    with pytest.raises(VoucherGone, match="已作废"):
        vouchers.withdraw(voucher, "再来", by=by, at=noon())


def test_what_was_used_is_not_withdrawn(who: Client) -> None:
    voucher = given(who)
    visit = used(who, voucher)

    with pytest.raises(VoucherGone, match=f"已在 {visit.number} 用掉"):
        vouchers.withdraw(voucher, "发错", by=staff(Role.MANAGER), at=noon())


def test_usable_costs_one_question(who: Client, django_assert_num_queries: object) -> None:
    for number in range(5):
        given(who, kind(f"券{number}", "price", 99, service=service(f"护理{number}")))
    account = account_of(who)

    with django_assert_num_queries(1):  # type: ignore[operator]
        assert all("¥99" in one.terms for one in vouchers.usable(account, TODAY))


@pytest.mark.parametrize(
    ("terms", "zh", "en"),
    [
        ({"worth": "amount", "value": 50}, "减 ¥50", "¥50 off"),
        ({"worth": "amount", "value": "49.90", "min_spend": 1300}, "满 ¥1,300 减 ¥49.90", "From ¥1,300: ¥49.90 off"),
        ({"worth": "percent", "value": 30}, "全单 7 折", "30% off the whole bill"),
        ({"worth": "percent", "value": "12.5"}, "全单 8.75 折", "12.5% off the whole bill"),
        ({"worth": "percent", "value": 100}, "全单免费", "the whole bill for free"),
    ],
)
def test_terms_for_the_bill_in_words(terms: dict[str, object], zh: str, en: str) -> None:
    of = VoucherKind(**{name: D(term) if name != "worth" else term for name, term in terms.items()})  # type: ignore[arg-type]

    assert of.terms == zh
    with translation.override("en"):
        assert of.terms == en


@pytest.mark.parametrize(
    ("worth", "value", "zh", "en"),
    [
        ("price", 99, "深层补水护理 ¥99", "深层补水护理 for ¥99"),
        ("trial", 0, "免费体验 深层补水护理", "深层补水护理 for free, to try"),
        ("amount", 50, "深层补水护理 减 ¥50", "¥50 off 深层补水护理"),
        ("percent", 50, "深层补水护理 5 折", "50% off 深层补水护理"),
        ("percent", 100, "深层补水护理 免单", "深层补水护理 for free"),
    ],
)
def test_terms_for_a_service_in_words(worth: str, value: int, zh: str, en: str) -> None:
    of = VoucherKind(worth=worth, value=D(value), service=service())

    assert of.terms == zh
    with translation.override("en"):
        assert of.terms == en
