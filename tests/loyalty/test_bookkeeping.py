"""The night's work on the books: once a day, safe twice, and what is wrong is shown with the clients concerned."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from loyalty import bookkeeping
from loyalty.models import BookFault, LoyaltyAccount, PointsEntry
from outreach import timetable
from staff import jobs
from staff.models import JobRun
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, noon, wrong
from tests.loyalty.test_lapsing import NEW_YEAR
from tests.loyalty.test_refund_pages import signed_in

pytestmark = pytest.mark.django_db
Kind = PointsEntry.Kind


def checked() -> int:
    """How many faults the books have now."""
    today = timezone.localdate()
    found = jobs.run(
        bookkeeping.CHECK,
        today,
        at=timezone.now(),
        work=lambda _window: bookkeeping.check_books(timezone.now()),
        forced=True,
    )
    assert found is not None
    return found["faults"]


def test_points_lapse_before_the_books_are_checked() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))

    done = timetable.tick(noon(NEW_YEAR))
    assert (done[bookkeeping.LAPSE], done[bookkeeping.CHECK]) == ({"lapsed": 1}, {"faults": 0, "accounts": 1})
    assert account_of(who).balance == 0
    assert not {bookkeeping.LAPSE, bookkeeping.CHECK} & timetable.tick(noon(NEW_YEAR) + timedelta(hours=2)).keys()
    assert timetable.tick(noon(NEW_YEAR + timedelta(days=1)))[bookkeeping.LAPSE] == {"lapsed": 0}


def test_a_stopped_run_is_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    came(client(), "100", date(2025, 12, 31))
    with monkeypatch.context() as broken:
        broken.setattr(bookkeeping, "lapse", lambda *_words, **_more: 1 / 0)
        assert bookkeeping.LAPSE not in timetable.tick(noon(NEW_YEAR))

    assert timetable.tick(noon(NEW_YEAR) + timedelta(minutes=6))[bookkeeping.LAPSE] == {"lapsed": 1}


def test_what_should_have_lapsed_is_a_fault_after_the_night() -> None:
    who = client()
    came(who, "100", date(2025, 12, 31))
    JobRun.objects.create(
        job=bookkeeping.LAPSE, started_at=noon(NEW_YEAR), finished_at=noon(NEW_YEAR), done_to=NEW_YEAR
    )

    assert [fault.code for fault in wrong()] == ["left_over"]


def test_each_check_replaces_what_was_found_before() -> None:
    who = client()
    came(who, "100")
    LoyaltyAccount.objects.update(balance=7, lifetime_spend=1)

    assert checked() == 2  # the balance and the standing
    told = bookkeeping.last_check(1)
    assert (told.faults, len(told.told), told.more) == (2, 1, 1)
    assert told.told[0].client == who
    assert BookFault.objects.count() == 2

    LoyaltyAccount.objects.update(balance=100, lifetime_spend=100)
    assert checked() == 0
    assert bookkeeping.last_check(2).told == []


def test_the_admin_is_shown_what_is_wrong() -> None:
    who = client()
    came(who, "100")
    admin = signed_in(Role.ADMIN)
    assert "have not been checked yet" in admin.get("/admin/").content.decode()

    LoyaltyAccount.objects.update(balance=7)
    checked()
    page = admin.get("/admin/").content.decode()

    assert f'href="/clients/{who.pk}/?tab=points"' in page
    assert "the balance is 7, the entries add up to 100" in page
    assert "the balance is 7" in admin.get("/admin/loyalty/bookfault/").content.decode()
    LoyaltyAccount.objects.update(balance=100)
    checked()
    assert "all in order" in admin.get("/admin/").content.decode()


def test_a_fault_of_a_check_there_is_no_more_is_still_told() -> None:
    assert "gone" in bookkeeping.fault_words(BookFault(told="gone"))
