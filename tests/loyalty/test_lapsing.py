"""Which points lapse when."""

from datetime import date

import pytest

from loyalty import points, refunds
from loyalty.lapsing import Lot, fold, lots
from loyalty.membership import LINES_A_PAGE, membership_of
from loyalty.models import PointsEntry
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, staff

FIRST, SECOND = date(2026, 12, 31), date(2027, 12, 31)
Kind = PointsEntry.Kind


@pytest.mark.parametrize(
    ("sums", "left"),
    [
        ([(FIRST, 100, 0), (SECOND, 50, 0)], [Lot(FIRST, 100), Lot(SECOND, 50)]),
        ([(SECOND, 50, 0), (FIRST, 100, 0), (None, 0, -30)], [Lot(FIRST, 70), Lot(SECOND, 50)]),
        ([(FIRST, 100, 0), (SECOND, 50, 0), (None, 0, -120)], [Lot(SECOND, 30)]),
        ([(FIRST, 100, 0), (None, 40, -120)], [Lot(None, 20)]),
        ([(FIRST, 100, 0), (None, 0, -150)], []),
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
