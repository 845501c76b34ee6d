"""Services had for points: when they may be used, what is refused, and that a void gives every use back."""

from datetime import date, timedelta

import pytest

from clients.models import Client
from loyalty import entitlements
from loyalty.entitlements import EntitlementGone, restore, usable, use
from loyalty.models import EntitlementUse, LoyaltyAccount, Redemption
from loyalty.redeeming import cancel
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, recorded, staff
from tests.loyalty.rewarding import NOON, comb, member, redeem, year_of_cuts
from visits.models import Visit

pytestmark = pytest.mark.django_db
LAST_DAY = date(2027, 11, 22)


@pytest.fixture
def who() -> Client:
    return member(5000)


@pytest.fixture
def had(who: Client) -> Redemption:
    return redeem(who, year_of_cuts(uses=2))


def used(who: Client, *ids: int, on: date = TODAY) -> Visit:
    visit = recorded(who, "80", on)
    use(account_of(who), ids, visit, by=staff(Role.FRONT_DESK), at=NOON)
    return visit


def gone(who: Client, *ids: int, on: date = TODAY) -> EntitlementGone:
    before = list(Redemption.objects.values_list("pk", "used"))
    with pytest.raises(EntitlementGone) as caught:
        used(who, *ids, on=on)
    assert list(Redemption.objects.values_list("pk", "used")) == before
    return caught.value


def test_it_works(who: Client, had: Redemption) -> None:
    visit = used(who, had.pk)

    had.refresh_from_db()
    assert (had.used, had.uses_left) == (1, 1)
    made = EntitlementUse.objects.get()
    assert (made.redemption, made.visit, made.by, made.undone_at) == (had, visit, staff(Role.FRONT_DESK), None)


@pytest.mark.parametrize(
    ("on", "may"),
    [(TODAY - timedelta(days=1), False), (TODAY, True), (LAST_DAY, True), (LAST_DAY + timedelta(days=1), False)],
)
def test_it_counts_from_its_first_to_its_last_day(who: Client, had: Redemption, on: date, may: bool) -> None:
    assert usable(account_of(who), on) == ([had] if may else [])
    if not may:
        assert gone(who, had.pk, on=on).redemption_id == had.pk


def test_what_is_used_up_is_refused_by_name(who: Client, had: Redemption) -> None:
    used(who, had.pk)
    used(who, had.pk)

    assert usable(account_of(who), TODAY) == []
    assert "全年剪发" in str(gone(who, had.pk))


def test_two_uses_at_one_visit_count_twice_and_three_are_refused_whole(who: Client, had: Redemption) -> None:
    gone(who, had.pk, had.pk, had.pk)
    used(who, had.pk, had.pk)

    assert EntitlementUse.objects.count() == 2


def test_without_a_limit_it_may_be_used_as_often_as_wanted(who: Client) -> None:
    had = redeem(who, year_of_cuts(uses=None))
    for _ in range(13):
        used(who, had.pk)

    had.refresh_from_db()
    assert (had.used, had.uses_left) == (13, None)


def test_that_of_another_client_is_refused(who: Client, had: Redemption) -> None:
    told = gone(member(100), had.pk)

    assert "全年剪发" not in str(told)


def test_neither_a_comb_nor_what_is_cancelled_nor_nothing_can_be_used(who: Client, had: Redemption) -> None:
    cancel(had, "记错", by=staff(Role.MANAGER), at=NOON)
    thing = redeem(who, comb())

    assert usable(account_of(who), TODAY) == []
    for one in (had.pk, thing.pk, 0, 2**62):
        gone(who, one)


def test_a_void_gives_every_use_back_once(who: Client, had: Redemption) -> None:
    first, second = used(who, had.pk, had.pk), recorded(who, "80")

    assert restore(first, at=NOON) == 2
    assert restore(first, at=NOON) == 0
    assert restore(second, at=NOON) == 0
    had.refresh_from_db()
    assert had.used == 0
    assert set(EntitlementUse.objects.values_list("undone_at", flat=True)) == {NOON}
    used(who, had.pk)


def test_the_first_to_end_comes_first_in_one_query(who: Client, django_assert_num_queries: object) -> None:
    later = redeem(who, year_of_cuts(needs=10))
    sooner = redeem(who, later.reward)
    Redemption.objects.filter(pk=sooner.pk).update(until=TODAY)
    account = LoyaltyAccount.objects.get(client=who)

    with django_assert_num_queries(1):  # type: ignore[operator]
        found = entitlements.usable(account, TODAY)
        assert [(one.pk, one.label, str(one.service)) for one in found] == [
            (sooner.pk, "全年剪发", "剪发"),
            (later.pk, "全年剪发", "剪发"),
        ]
