"""Perks: what is refused, what is counted, what the manager takes back, and the last one wanted by many at once."""

import threading
import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.db.utils import InternalError

from clients.models import Client
from loyalty import benefits, perks
from loyalty.benefits import Perks, benefits_of
from loyalty.models import LoyaltyAccount, Perk, PerkUse
from loyalty.perks import PerkRefused, take_back
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.loyalty.books import TODAY, client, noon, staff, tier

pytestmark = pytest.mark.django_db


def use(who: Client, perk: Perk, *, by: User, key: uuid.UUID | None = None, on: date = TODAY) -> PerkUse:
    return perks.use(who, perk, key=key or uuid.uuid4(), by=by, at=noon(on))


def perks_of(who: Client, before: int | None = None) -> Perks:
    return benefits_of(who, staff(Role.FRONT_DESK), TODAY, before).perks


def refused(who: Client, perk: Perk, by: User) -> str:
    with pytest.raises(PerkRefused) as told:
        use(who, perk, by=by)
    return str(told.value)


# Who gets none.


def test_a_beautician_notes_none(black: Client, design: Perk) -> None:
    assert refused(black, design, staff(Role.BEAUTICIAN))


@pytest.mark.parametrize("code", ["member", "silver", "gold"])
def test_a_perk_of_another_tier_is_refused(desk: User, design: Perk, code: str) -> None:
    who = client()
    LoyaltyAccount.objects.create(client=who, tier=tier(code))

    assert tier(code).name in refused(who, design, desk)
    assert not PerkUse.objects.exists()


def test_who_has_no_membership_yet_has_no_perks(desk: User, design: Perk) -> None:
    assert refused(client(), design, desk)
    assert perks_of(client()).allowances == []


def test_one_that_is_off_offer_is_refused(desk: User, black: Client, design: Perk) -> None:
    Perk.objects.update(is_active=False)

    assert "停用" in refused(black, design, desk)


def test_beyond_the_quota_it_says_who_had_the_last_one_when(desk: User, black: Client, design: Perk) -> None:
    use(black, design, by=desk, on=TODAY - timedelta(days=9))
    use(black, design, by=desk)

    told = refused(black, design, desk)
    assert "2 次已用完" in told
    assert "2026-11-22 12:00" in told
    assert desk.display_name in told


def test_a_tier_that_ended_gives_no_perk_though_no_job_came_by(desk: User, black: Client, design: Perk) -> None:
    LoyaltyAccount.objects.update(tier_by_hand_until=TODAY - timedelta(days=1))

    assert "会员" in refused(black, design, desk)


@pytest.mark.parametrize("status", [Client.Status.MERGED, Client.Status.ERASED])
def test_a_file_that_is_gone_is_refused(desk: User, black: Client, design: Perk, status: Client.Status) -> None:
    into = client() if status == Client.Status.MERGED else None
    Client.objects.filter(pk=black.pk).update(status=status, merged_into=into)

    assert refused(black, design, desk)


def test_a_key_of_another_client_is_refused(desk: User, black: Client, design: Perk) -> None:
    done = use(black, design, by=desk)
    other = client()
    LoyaltyAccount.objects.create(client=other, tier=tier("black"))

    with pytest.raises(PerkRefused):
        use(other, design, by=desk, key=done.key)


# What is counted.


def test_each_use_has_its_place_its_person_and_its_time(desk: User, manager: User, black: Client, design: Perk) -> None:
    first, second = use(black, design, by=desk), use(black, design, by=manager)

    assert [(one.place, one.year, one.by, one.at) for one in (first, second)] == [
        (1, 2026, desk, noon()),
        (2, 2026, manager, noon()),
    ]
    found = perks_of(black)
    assert [(one.perk, one.used, one.left) for one in found.allowances] == [(design, 2, 0)]
    assert found.uses == [second, first]


def test_the_same_key_twice_counts_once(desk: User, black: Client, design: Perk) -> None:
    key = uuid.uuid4()

    assert use(black, design, by=desk, key=key) == use(black, design, by=desk, key=key)
    assert PerkUse.objects.count() == 1


def test_the_key_of_a_use_that_was_taken_back_is_told(desk: User, manager: User, black: Client, design: Perk) -> None:
    done = use(black, design, by=desk)
    take_back(done, "点错了", by=manager, at=noon())

    with pytest.raises(PerkRefused, match="撤销"):
        use(black, design, by=desk, key=done.key)

    assert perks_of(black).allowances[0].used == 0


def test_a_new_year_begins_anew(desk: User, black: Client, design: Perk) -> None:
    for _time in range(2):
        use(black, design, by=desk, on=date(2025, 12, 31))

    assert use(black, design, by=desk, on=date(2026, 1, 1)).place == 1
    assert perks_of(black).allowances[0].used == 1


def test_a_quota_that_was_lowered_leaves_nothing_and_breaks_nothing(desk: User, black: Client, design: Perk) -> None:
    use(black, design, by=desk), use(black, design, by=desk)
    Perk.objects.update(quota=1)

    assert perks_of(black).allowances[0].left == 0
    assert "1 次已用完" in refused(black, design, desk)


def test_what_was_used_under_an_earlier_tier_is_told_and_not_counted(desk: User, black: Client, design: Perk) -> None:
    used = use(black, design, by=desk)
    gold = Perk.objects.create(tier=tier("gold"), name="形象设计", quota=1)
    LoyaltyAccount.objects.update(tier=tier("gold"))

    found = perks_of(black)
    assert [(one.perk, one.used) for one in found.allowances] == [(gold, 0)]
    assert found.uses == [used]
    assert use(black, gold, by=desk).place == 1


def test_the_uses_are_paged(desk: User, black: Client, design: Perk) -> None:
    Perk.objects.update(quota=30)
    used = [use(black, design, by=desk) for _time in range(benefits.USES_A_PAGE + 1)][::-1]

    first = perks_of(black)
    assert (first.uses, first.older, first.is_first) == (used[:-1], used[-2].pk, True)
    second = perks_of(black, first.older)
    assert (second.uses, second.older, second.is_first) == (used[-1:], None, False)
    assert second.allowances[0].used == benefits.USES_A_PAGE + 1
    assert perks_of(black, 2**63).uses


# What the manager takes back.


@pytest.mark.parametrize("reason", ["", "  ", "\u200b", "长" * 201])
def test_taking_back_needs_a_readable_reason(
    desk: User, manager: User, black: Client, design: Perk, reason: str
) -> None:
    used = use(black, design, by=desk)
    with pytest.raises(PerkRefused) as told:
        take_back(used, reason, by=manager, at=noon())

    assert told.value.field == "reason"
    assert PerkUse.objects.filter(undone_at=None).exists()


def test_the_front_desk_takes_none_back(desk: User, black: Client, design: Perk) -> None:
    used = use(black, design, by=desk)
    with pytest.raises(PerkRefused):
        take_back(used, "误点", by=desk, at=noon())


def test_taken_back_it_can_be_used_again_and_stays_told(desk: User, manager: User, black: Client, design: Perk) -> None:
    first, second = use(black, design, by=desk), use(black, design, by=desk)
    take_back(first, " 误点 ", by=manager, at=noon())

    assert use(black, design, by=desk).place == 1
    found = perks_of(black)
    assert found.allowances[0].left == 0
    assert [(one.undone_reason, one.undone_by) for one in found.uses] == [("", None), ("", None), ("误点", manager)]
    assert second.place == 2
    assert AuditEntry.objects.filter(model="loyalty_perkuse", reason="误点", client_id=black.pk).exists()
    with pytest.raises(PerkRefused):
        take_back(first, "再来", by=manager, at=noon())


def test_a_use_is_never_deleted(desk: User, black: Client, design: Perk) -> None:
    used = use(black, design, by=desk)
    with pytest.raises(InternalError):
        used.delete()


# All at once.


def together(number: int, act: Callable[[], PerkUse]) -> tuple[list[PerkUse], list[Exception]]:
    barrier = threading.Barrier(number)
    done: list[PerkUse] = []
    failed: list[Exception] = []

    def run() -> None:
        barrier.wait()
        try:
            done.append(act())
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return done, failed


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("number", [8, 20])
def test_the_last_one_wanted_by_many_is_given_once_and_the_others_are_told(
    desk: User, black: Client, design: Perk, number: int
) -> None:
    use(black, design, by=desk)

    done, failed = together(number, lambda: use(Client.objects.get(pk=black.pk), design, by=desk))

    assert [one.place for one in done] == [2]
    assert len(failed) == number - 1
    assert {type(error) for error in failed} == {PerkRefused}
    assert all("2 次已用完" in str(error) for error in failed)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("number", [8, 20])
def test_one_tap_sent_many_times_at_once_counts_once(desk: User, black: Client, design: Perk, number: int) -> None:
    key = uuid.uuid4()

    done, failed = together(number, lambda: use(Client.objects.get(pk=black.pk), design, by=desk, key=key))

    assert failed == []
    assert {one.pk for one in done} == {PerkUse.objects.get().pk}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_taken_back_by_many_at_once_it_is_taken_back_once(
    desk: User, manager: User, black: Client, design: Perk
) -> None:
    used = use(black, design, by=desk)

    done, failed = together(8, lambda: take_back(PerkUse.objects.get(pk=used.pk), "误点", by=manager, at=noon()))

    assert (len(done), len(failed)) == (1, 7)
