"""Which points lapse when, and the night on which they do."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clients.models import Client
from loyalty import lapsing, points, refunds
from loyalty.lapsing import Lot, due, fold, lapse, lots
from loyalty.membership import LINES_A_PAGE, membership_of
from loyalty.models import LoyaltyAccount, PointsEntry, Tier
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, staff, wrong
from tests.loyalty.plain import FOREVER, PlainBook

FIRST, SECOND = date(2026, 12, 31), date(2027, 12, 31)
NEW_YEAR = date(2027, 1, 1)
Kind = PointsEntry.Kind


@pytest.mark.parametrize(
    ("sums", "left"),
    [
        ([(FIRST, 100, 0), (SECOND, 50, 0)], [Lot(FIRST, 100), Lot(SECOND, 50)]),
        ([(SECOND, 50, 0), (FIRST, 100, 0), (None, 0, -30)], [Lot(FIRST, 70), Lot(SECOND, 50)]),
        ([(FIRST, 100, 0), (SECOND, 50, 0), (None, 0, -120)], [Lot(SECOND, 30)]),
        ([(FIRST, 100, 0), (None, 40, -120)], [Lot(None, 20)]),
        ([(FIRST, 100, 0), (None, 0, -150)], []),
        ([(FIRST, -30, 0), (SECOND, 50, 0)], [Lot(SECOND, 20)]),
        ([], []),
    ],
)
def test_the_oldest_are_spent_first(sums: list[tuple[date | None, int, int]], left: list[Lot]) -> None:
    assert fold(sums) == left


@pytest.mark.django_db
def test_what_is_taken_back_comes_off_its_own_year() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    visit = came(who, "60")
    points.post(account_of(who), Kind.REDEEM, -30, "redeem:1")
    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())

    assert lots(account_of(who)) == [Lot(FIRST, 70)]
    assert account_of(who).balance == 70


@pytest.mark.django_db
def test_what_is_given_back_lapses_when_it_would_have() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    came(who, "60")
    points.post(account_of(who), Kind.REDEEM, -130, "redeem:1")
    assert lots(account_of(who)) == [Lot(SECOND, 30)]

    points.post(account_of(who), Kind.REVERSE, 130, "cancel:redemption:1")

    assert lots(account_of(who)) == [Lot(FIRST, 100), Lot(SECOND, 60)]


@pytest.mark.django_db
def test_the_statement_goes_on_page_by_page(django_assert_num_queries: object) -> None:
    who = client()
    for turn in range(LINES_A_PAGE + 1):
        came(who, "10", days_before(40 - turn))

    first = membership_of(who, TODAY)
    second = membership_of(who, TODAY, first.statement.older)

    assert len(first.statement.lines) == LINES_A_PAGE
    assert [line.entry.points for line in second.statement.lines] == [10]
    assert second.statement.older is None
    assert first.lapses_next == Lot(SECOND, 210)
    assert membership_of(client(), TODAY).account is None


@pytest.mark.django_db
@pytest.mark.parametrize(("on", "left"), [(FIRST, 160), (NEW_YEAR, 60), (date(2030, 1, 1), 0)])
def test_points_lapse_the_day_after_their_last(on: date, left: int) -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    came(who, "60")

    lapse(on)

    assert account_of(who).balance == left
    assert sum(lot.points for lot in lots(account_of(who))) == left
    assert wrong() == []


@pytest.mark.django_db
def test_only_what_is_left_lapses_and_only_once() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    came(who, "60")
    points.post(account_of(who), Kind.REDEEM, -30, "redeem:1")

    assert [lapse(NEW_YEAR), lapse(NEW_YEAR), lapse(NEW_YEAR + timedelta(days=1))] == [1, 0, 0]

    entry = PointsEntry.objects.get(kind=Kind.EXPIRE)
    assert (entry.points, entry.balance_after, entry.expires_on) == (-70, 60, FIRST)
    assert entry.occasion == f"expire:{who.pk}:2026-12-31:2027-01-01"
    assert lots(account_of(who)) == [Lot(SECOND, 60)]
    assert wrong() == []


@pytest.mark.django_db
def test_after_a_long_pause_each_year_is_one_line_with_its_balance() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    came(who, "60")
    points.post(account_of(who), Kind.BONUS, 5, "bonus:1")

    assert lapse(date(2031, 1, 1)) == 2

    told = PointsEntry.objects.filter(kind=Kind.EXPIRE).order_by("pk").values_list("points", "balance_after")
    assert list(told) == [(-100, 65), (-60, 5)]
    assert lots(account_of(who)) == [Lot(None, 5)]


@pytest.mark.django_db
def test_what_comes_back_after_its_day_goes_the_next_night() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    points.post(account_of(who), Kind.REDEEM, -40, "redeem:1")
    lapse(NEW_YEAR)
    points.post(account_of(who), Kind.REVERSE, 40, "cancel:redemption:1")

    assert lapse(NEW_YEAR) == 0  # its line of the day is written; nothing is lost and nothing doubled
    assert lapse(NEW_YEAR + timedelta(days=1)) == 1
    assert account_of(who).balance == 0
    assert wrong() == []


@pytest.mark.django_db
def test_what_lapsed_is_not_taken_back_once_more() -> None:
    who = client()
    visit = came(who, "100", date(2025, 12, 31))
    came(who, "60")
    points.post(account_of(who), Kind.REDEEM, -30, "redeem:1")
    lapse(NEW_YEAR)  # 70 of the 100 lapse
    refunds.void(visit, "退回全年护理", by=staff(Role.MANAGER), at=noon(NEW_YEAR))
    assert account_of(who).balance == -40

    assert [lapse(NEW_YEAR), lapse(NEW_YEAR + timedelta(days=1)), lapse(NEW_YEAR + timedelta(days=2))] == [0, 1, 0]

    assert account_of(who).balance == 30  # as if the visit had never been
    assert lots(account_of(who)) == [Lot(SECOND, 30)]
    assert wrong() == []


@pytest.mark.django_db
def test_a_balance_below_zero_has_nothing_that_could_lapse() -> None:
    who = client()
    visit = came(who, "100", date(2025, 12, 31))
    points.post(account_of(who), Kind.REDEEM, -80, "redeem:1")
    refunds.void(visit, "记错", by=staff(Role.MANAGER), at=noon())

    assert lapse(NEW_YEAR) == 0
    assert account_of(who).balance == -80


# A book that fails is small enough to be read; shrinking sixty of them would take an hour.
NOT_SHRUNK = (Phase.explicit, Phase.generate)
DAYS = st.sampled_from([None, *(date(year, 12, 31) for year in range(2024, 2030))])
LINE = st.one_of(
    st.tuples(st.sampled_from([Kind.EARN, Kind.BONUS, Kind.ADJUST]), st.integers(1, 300), DAYS),
    st.tuples(st.sampled_from([Kind.REDEEM, Kind.ADJUST]), st.integers(-300, -1), st.none()),
    st.tuples(st.just(Kind.REVERSE), st.integers(-200, -1), DAYS),
    st.tuples(st.just(Kind.REVERSE), st.integers(1, 200), st.none()),
    st.tuples(st.just(Kind.EXPIRE), st.integers(-200, -1), DAYS.filter(bool)),
)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, phases=NOT_SHRUNK, suppress_health_check=list(HealthCheck))
@given(books=st.lists(st.lists(LINE, max_size=9), min_size=20, max_size=60), on=st.dates(TODAY, date(2030, 6, 1)))
def test_the_database_folds_as_python_does(
    books: list[list[tuple[PointsEntry.Kind, int, date | None]]], on: date
) -> None:
    """A thousand random books and more: what lapses is what the plain fold says, and nothing else changes."""
    with transaction.atomic():
        accounts = _written(books)
        assert [lots(account) for account in accounts] == [told(plain(lines)) for lines in books]
        plainly = [plain(lines) for lines in books]
        wrote = [book.night(on) for book in plainly]
        assert due(on) == sorted(one.pk for one, lines in zip(accounts, wrote, strict=True) if lines)

        assert lapse(on) == sum(wrote)

        for account, book in zip(accounts, plainly, strict=True):
            account.refresh_from_db()
            assert (account.balance, lots(account)) == (book.balance, told(book))
        transaction.set_rollback(True)


def plain(lines: list[tuple[PointsEntry.Kind, int, date | None]]) -> PlainBook:
    """The lines of a book, told to the plain one."""
    book = PlainBook()
    for kind, amount, day in lines:
        if (kind != Kind.REVERSE) if amount > 0 else (kind in (Kind.REVERSE, Kind.EXPIRE)):
            book.came[day or FOREVER] += amount
        else:
            book.spent -= amount
        if kind == Kind.EXPIRE:
            book.gone[day or FOREVER] -= amount
    return book


def told(book: PlainBook) -> list[Lot]:
    return [Lot(None if day == FOREVER else day, points) for day, points in sorted(book.left().items())]


def _written(books: list[list[tuple[PointsEntry.Kind, int, date | None]]]) -> list[LoyaltyAccount]:
    lowest = Tier.objects.order_by("position")[0]
    people = Client.objects.bulk_create([Client(name="王丽华") for _book in books])
    accounts, entries = [], []
    for who, lines in zip(people, books, strict=True):
        account = LoyaltyAccount(client=who, tier=lowest, balance=0)
        accounts.append(account)
        for place, (kind, amount, day) in enumerate(lines):
            account.balance += amount
            entries.append(
                PointsEntry(
                    account=account,
                    kind=kind,
                    points=amount,
                    balance_after=account.balance,
                    occasion=f"{who.pk}/{place}",
                    expires_on=day,
                    at=noon(),
                )
            )
    LoyaltyAccount.objects.bulk_create(accounts)
    PointsEntry.objects.bulk_create(entries)
    return accounts


@contextmanager
def elsewhere(act: Callable[[], object]) -> Iterator[None]:
    """While the block runs, `act` has been begun on a connection of its own and is not finished."""
    began, ends = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                act()
                began.set()
                ends.wait(20)
        finally:
            began.set()
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert began.wait(20)
    try:
        yield
    finally:
        ends.set()
        holder.join()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_nights_at_once_are_one() -> None:
    crowd = [client() for _place in range(12)]
    for who in crowd:
        came(who, "100", date(2025, 12, 31))
    gate = threading.Barrier(8)
    wrote: list[int] = []

    def night() -> None:
        gate.wait()
        wrote.append(lapse(NEW_YEAR))
        connection.close()

    nights = [threading.Thread(target=night) for _number in range(8)]
    for one in nights:
        one.start()
    for one in nights:
        one.join()

    assert sum(wrote) == 12
    assert not LoyaltyAccount.objects.exclude(balance=0).exists()
    assert wrong() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_whom_the_counter_serves_is_stepped_round_and_then_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    served, other = client(), client()
    came(served, "100", date(2025, 12, 31))
    came(other, "100", date(2025, 12, 31))
    asked: list[tuple[list[int], bool]] = []
    plainly = lapsing._lapse_batch

    def told(clients: list[int], today: date, at: object, *, wait: bool) -> tuple[set[int], int]:
        asked.append((list(clients), wait))
        return plainly(clients, today, at, wait=wait)  # type: ignore[arg-type]

    def run() -> None:
        lapse(NEW_YEAR)
        connection.close()

    monkeypatch.setattr(lapsing, "_lapse_batch", told)
    with elsewhere(lambda: points.post(account_of(served), Kind.REDEEM, -30, "redeem:1")):
        night = threading.Thread(target=run)
        night.start()
        night.join(1)
        assert night.is_alive()
        assert account_of(other).balance == 0
    night.join()

    assert asked == [([served.pk, other.pk], False), ([served.pk], True)]
    assert PointsEntry.objects.get(account=served.pk, kind=Kind.EXPIRE).points == -70
    assert wrong() == []


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_stopped_half_way_it_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = [client() for _place in range(5)]
    for who in crowd:
        came(who, "100", date(2025, 12, 31))
    monkeypatch.setattr(lapsing, "BATCH", 2)
    plainly, turns = lapsing._lapse_batch, iter(range(9))

    def killed(*words: object, wait: bool) -> tuple[set[int], int]:
        if next(turns) == 1:
            raise KeyboardInterrupt
        return plainly(*words, wait=wait)  # type: ignore[arg-type]

    monkeypatch.setattr(lapsing, "_lapse_batch", killed)
    with pytest.raises(KeyboardInterrupt):
        lapse(NEW_YEAR)
    assert LoyaltyAccount.objects.filter(balance=0).count() == 2

    assert lapse(NEW_YEAR) == 3
    assert wrong() == []
