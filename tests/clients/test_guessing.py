"""Looking for phones that nobody has: what is counted, what is free, and what is refused."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients import guessing
from clients.models import Client
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.clients.cast import PHONE, client, staff
from tests.loyalty.together import at_once

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
REFUSED = "Too many whole numbers that nobody has."
Ask = Callable[[Browser, str], str]


def ways() -> list[Ask]:
    """Every place where somebody may type a whole phone and is told whether it is on file."""
    return [
        lambda web, text: web.get("/search/", {"q": text}, headers=HTMX).content.decode(),
        lambda web, text: web.get("/search/", {"q": text}).content.decode(),
        lambda web, text: web.post("/clients/new/duplicates/", {"name": "", "phone": text}).content.decode(),
        lambda web, text: web.post("/clients/new/duplicates/", {"second_phone": text}).content.decode(),
        lambda web, text: web.post("/clients/new/referrers/", {"referred_by": text}).content.decode(),
        lambda web, text: web.post("/clients/new/", {"name": "", "referred_by": text}).content.decode(),
        lambda web, text: web.get("/checkout/new/", {"who": text}, headers=HTMX).content.decode(),
    ]


@pytest.fixture
def desk() -> User:
    return staff(Role.FRONT_DESK)


@pytest.fixture
def web(desk: User) -> Browser:
    web = Browser()
    web.force_login(desk)
    return web


def used_up(by: User, misses: int = guessing.MISSES_PER_HOUR) -> None:
    """So many numbers were looked for just now."""
    guessing.note_misses(by, [[f"+8613912{number:06}"] for number in range(misses)])


def noted() -> int:
    return AuditEntry.objects.filter(what=guessing.MISSED).count()


@pytest.mark.parametrize("way", range(len(ways())))
def test_beyond_the_hours_number_nobody_is_told_whose_a_phone_is(web: Browser, desk: User, way: int) -> None:
    ask = ways()[way]
    client("王丽华", PHONE)
    used_up(desk, guessing.MISSES_PER_HOUR - 1)
    assert REFUSED not in ask(web, PHONE)
    assert REFUSED not in ask(web, "13700137000")

    told = [ask(web, text) for text in (PHONE, "13700137001", "13700137000")]

    assert all(REFUSED in one for one in told)
    assert not any("王丽华" in one for one in told)
    refused = AuditEntry.objects.get(action=AuditEntry.Action.REFUSED)
    assert (refused.actor, refused.what, refused.count) == (desk, guessing.TOO_MANY, guessing.MISSES_PER_HOUR)


@pytest.mark.parametrize("way", range(len(ways())))
def test_a_number_counts_once_however_often_it_is_asked_for(web: Browser, way: int) -> None:
    for text in ("137 0013 7000", "13700137000", "+86 137-0013-7000", "１３７００１３７０００"):
        ways()[way](web, text)
    assert noted() == 1


def test_all_places_count_the_same_number_once(web: Browser) -> None:
    for ask in ways():
        ask(web, "13700137000")
    assert noted() == 1


@pytest.mark.parametrize(
    "text", ["王丽华", "wlh", "8000", "9999", "138 •••• 8000", "138****9999", "C-99999", "nobody", "", "137001370"]
)
def test_names_initials_last_digits_and_numbers_of_files_are_free(web: Browser, desk: User, text: str) -> None:
    client("王丽华", PHONE)
    used_up(desk)
    before = noted()
    for ask in ways():
        assert REFUSED not in ask(web, text)
    assert noted() == before


def test_who_is_found_is_free(web: Browser) -> None:
    client("王丽华", PHONE)
    for ask in ways():
        ask(web, PHONE)
    assert noted() == 0


@pytest.mark.parametrize("text", ["王 13700137000", "1.3700137E+10", "91234567", "137·0013·7000", "赵倩13700137000"])
def test_a_whole_number_in_any_writing_counts(web: Browser, text: str) -> None:
    web.get("/search/", {"q": text})
    assert noted() == 1


def test_a_known_number_beside_it_hides_no_guess(web: Browser) -> None:
    client("王丽华", PHONE)
    web.post("/clients/new/duplicates/", {"phone": PHONE, "second_phone": "13700137000"})
    assert noted() == 1


def test_after_the_hour_it_goes_on_and_others_are_not_concerned(
    web: Browser, desk: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    used_up(desk)
    manager = Browser()
    manager.force_login(staff(Role.MANAGER))
    assert REFUSED in ways()[0](web, "13700137000")
    assert REFUSED not in ways()[0](manager, "13700137000")
    later = timezone.now() + guessing.WINDOW + timedelta(seconds=1)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    guessing.refuse_beyond_quota(desk)


def test_the_manager_reads_it_in_the_trail_without_the_number(web: Browser, desk: User) -> None:
    used_up(desk)
    for number in range(3):
        ways()[0](web, f"1370013700{number}")
    manager = Browser()
    manager.force_login(staff(Role.MANAGER))

    page = manager.get("/audit/").content.decode()

    assert page.count("too many whole phone numbers that nobody has in one hour") == 1
    assert "13700137" not in page
    assert not any("137001370" in str(one) for one in AuditEntry.objects.values_list())


def test_forms_that_write_nothing_tell_nothing(web: Browser) -> None:
    client("王丽华", PHONE)
    hers = client("赵倩")
    stale = {"name": "赵倩", "gender": "unknown", "version": "99", "phone": PHONE}
    assert "王丽华" not in web.post(f"/clients/{hers.pk}/edit/", stale).content.decode()
    sent = {"name": "孙莉", "gender": "unknown", "key": "00000000-0000-4000-8000-000000000001"}
    web.post("/clients/new/", sent)
    assert "王丽华" not in web.post("/clients/new/", sent | {"phone": PHONE}).content.decode()
    assert Client.objects.count() == 3


def test_what_everybody_asks_costs_nothing_more(web: Browser) -> None:
    client("王丽华", PHONE)

    def asked(text: str) -> int:
        ways()[0](web, text)
        with CaptureQueriesContext(connection) as queries:
            ways()[0](web, text)
        return len(queries)

    free = {asked(text) for text in ("wlh", "8000", "王丽华")}
    assert len(free) == 1
    assert asked(PHONE) == max(free) + 1
    assert asked("13700137000") <= 12


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_get_no_more_than_one_after_the_other(desk: User) -> None:
    used_up(desk, guessing.MISSES_PER_HOUR - 2)

    def guess(place: int) -> bool:
        web = Browser()
        web.force_login(desk)
        return all(REFUSED not in ways()[0](web, f"1370{place:03}{turn:04}") for turn in range(4))

    assert at_once(4, guess) == [False] * 4
    assert noted() <= guessing.MISSES_PER_HOUR + 3, "those that were under way already"
    assert AuditEntry.objects.filter(what=guessing.TOO_MANY).count() == 1
