"""Points by hand: never without a reason, never below zero, and above the limit never by one person alone."""

import uuid
from datetime import timedelta

import pytest

from clients.models import Client
from loyalty import adjusting
from loyalty.adjusting import AdjustmentRefused, adjust, decide, waiting
from loyalty.lapsing import Lot, lots
from loyalty.models import Adjustment, LoyaltyRules, PointsEntry
from loyalty.points import MOST
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, noon, staff, wrong
from tests.loyalty.test_lapsing import SECOND
from tests.loyalty.together import at_once

Status = Adjustment.Status


def by_hand(
    who: Client, points: int, reason: str = "补记", *, by: User | None = None, key: uuid.UUID | None = None
) -> Adjustment:
    return adjust(who, points, reason, key=key or uuid.uuid4(), by=by or staff(Role.MANAGER), at=noon())


def second() -> User:
    return staff(Role.MANAGER, "second")


@pytest.fixture
def who() -> Client:
    who = client()
    came(who, "100")
    return who


@pytest.mark.django_db
def test_points_come_and_go_with_who_and_why(who: Client) -> None:
    added = by_hand(who, 50, " 补记 ")
    taken = by_hand(who, -150, "录错")

    assert added.entry
    assert taken.entry
    assert (added.status, added.entry.why, added.entry.by) == (Status.POSTED, "补记", staff(Role.MANAGER))
    assert (added.entry.kind, added.entry.expires_on, taken.entry.expires_on) == ("adjust", SECOND, None)
    assert taken.entry.balance_after == account_of(who).balance == 0
    trail = AuditEntry.objects.filter(model="loyalty_adjustment", client_id=who.pk)
    assert sorted(trail.values_list("reason", flat=True)) == ["录错", "补记"]
    assert wrong() == []


@pytest.mark.django_db
def test_points_added_lapse_like_earned_ones(who: Client) -> None:
    by_hand(who, 50)

    assert lots(account_of(who)) == [Lot(SECOND, 150)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("points", "reason", "field"),
    [
        (0, "x", "points"),
        (10**12, "x", "points"),
        (-(10**12), "x", "points"),
        (adjusting.MOST_BY_HAND + 1, "x", "points"),
        (-101, "x", "points"),
        (1, "", "reason"),
        (1, "   ", "reason"),
        (1, "\u200b\u2800", "reason"),
        (1, "长" * 201, "reason"),
    ],
)
def test_what_cannot_be_is_refused(who: Client, points: int, reason: str, field: str) -> None:
    with pytest.raises(AdjustmentRefused) as refused:
        by_hand(who, points, reason)

    assert refused.value.field == field
    assert account_of(who).balance == 100
    assert not Adjustment.objects.exists()


@pytest.mark.django_db
def test_below_zero_nothing_can_be_taken_and_a_full_book_takes_no_more(who: Client) -> None:
    account = account_of(who)
    type(account).objects.update(balance=-5)
    with pytest.raises(AdjustmentRefused, match="0"):
        by_hand(who, -1)
    type(account).objects.update(balance=MOST - 5)
    with pytest.raises(AdjustmentRefused):
        by_hand(who, 6)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.ADMIN])
def test_only_the_manager_adjusts(who: Client, role: Role) -> None:
    with pytest.raises(AdjustmentRefused):
        by_hand(who, 1, by=staff(role))


@pytest.mark.django_db
def test_sent_twice_it_is_one_and_with_other_content_refused(who: Client) -> None:
    key = uuid.uuid4()

    first, again = by_hand(who, 20, key=key), by_hand(who, 20, key=key)

    assert first == again
    assert account_of(who).balance == 120
    for points, reason in ((21, "补记"), (20, "别的")):
        with pytest.raises(AdjustmentRefused, match="核对"):
            by_hand(who, points, reason, key=key)
    with pytest.raises(AdjustmentRefused, match="核对"):
        by_hand(client(), 20, key=key)


@pytest.mark.django_db
@pytest.mark.parametrize(("points", "status"), [(1000, "posted"), (1001, "pending"), (-1001, "pending")])
def test_above_the_limit_it_waits(who: Client, points: int, status: str) -> None:
    came(who, "2000")

    made = by_hand(who, points)

    assert made.status == status
    assert waiting() == (status == "pending")
    assert account_of(who).balance == 2100 + (points if status == "posted" else 0)


@pytest.mark.django_db
@pytest.mark.parametrize("role", [Role.MANAGER, Role.ADMIN])
def test_a_second_person_agrees_once(who: Client, role: Role) -> None:
    made, other = by_hand(who, 5000), staff(role, "second")

    agreed = decide(made, True, by=other, at=noon())
    again = decide(made, True, by=other, at=noon())

    assert agreed.entry == again.entry
    assert agreed.entry is not None
    assert (agreed.entry.by, agreed.decided_by, agreed.status) == (staff(Role.MANAGER), other, Status.POSTED)
    assert account_of(who).balance == 5100
    with pytest.raises(AdjustmentRefused, match="second"):
        decide(made, False, by=other, at=noon())
    assert wrong() == []


@pytest.mark.django_db
def test_a_second_person_refuses(who: Client) -> None:
    made = by_hand(who, 5000)

    refused = decide(made, False, by=second(), at=noon())

    assert (refused.status, refused.entry) == (Status.REFUSED, None)
    assert account_of(who).balance == 100
    with pytest.raises(AdjustmentRefused):
        decide(made, True, by=second(), at=noon())


@pytest.mark.django_db
def test_nobody_agrees_to_their_own(who: Client) -> None:
    made = by_hand(who, 5000)

    for agree in (True, False):
        with pytest.raises(AdjustmentRefused):
            decide(made, agree, by=staff(Role.MANAGER), at=noon())
    with pytest.raises(AdjustmentRefused):
        decide(made, True, by=staff(Role.FRONT_DESK), at=noon())
    assert account_of(who).balance == 100


@pytest.mark.django_db
def test_points_gone_meanwhile_are_not_taken_below_zero(who: Client) -> None:
    came(who, "2000")
    made = by_hand(who, -2000)
    by_hand(who, -500)

    with pytest.raises(AdjustmentRefused, match="1,600"):
        decide(made, True, by=second(), at=noon())
    assert account_of(who).balance == 1600
    made.refresh_from_db()
    assert made.status == Status.PENDING


@pytest.mark.django_db
def test_a_file_that_was_merged_away_gets_nothing(who: Client) -> None:
    made = by_hand(who, 5000)
    Client.objects.filter(pk=who.pk).update(status=Client.Status.MERGED, merged_into=client())

    with pytest.raises(AdjustmentRefused, match="合并"):
        by_hand(who, 5)
    with pytest.raises(AdjustmentRefused, match="合并"):
        decide(made, True, by=second(), at=noon())
    assert decide(made, False, by=second(), at=noon()).status == Status.REFUSED


@pytest.mark.django_db
def test_in_parts_it_comes_to_no_more_than_the_limit(who: Client) -> None:
    assert by_hand(who, 1000).status == Status.POSTED
    assert by_hand(who, 1).status == Status.PENDING
    assert by_hand(who, -1000).status == Status.POSTED  # what was a slip is put right alone
    assert by_hand(who, 600).status == Status.POSTED
    assert by_hand(who, 600).status == Status.PENDING
    assert by_hand(who, 1000, by=second()).status == Status.POSTED
    assert account_of(who).balance == 1700

    tomorrow = noon() + timedelta(days=1)
    later = adjust(who, 1000, "补记", key=uuid.uuid4(), by=staff(Role.MANAGER), at=tomorrow)
    assert later.status == Status.POSTED
    assert wrong() == []


@pytest.mark.django_db
def test_the_limit_is_the_salons(who: Client) -> None:
    rules = LoyaltyRules.load()
    rules.adjust_limit = 0
    rules.save()

    assert by_hand(who, 1).status == Status.PENDING


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("times", [8, 20])
def test_at_once_it_is_one(who: Client, times: int) -> None:
    manager, others, key = staff(Role.MANAGER), [staff(Role.ADMIN, f"a{n}") for n in range(times)], uuid.uuid4()
    at_once(times, lambda _n: by_hand(who, 5000, by=manager, key=key))
    made = Adjustment.objects.get()

    results = at_once(times, lambda n: decide(made, n % 2 == 0, by=others[n], at=noon()))

    assert sum(isinstance(one, Adjustment) for one in results) == 1
    assert sum(isinstance(one, AdjustmentRefused) for one in results) == times - 1
    made.refresh_from_db()
    assert account_of(who).balance == (5100 if made.status == Status.POSTED else 100)
    assert PointsEntry.objects.filter(kind="adjust").count() == (made.status == Status.POSTED)
    assert wrong() == []
