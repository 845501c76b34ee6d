"""Opening and changing a client file."""

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from clients import file
from clients.calendars import YearlyDay
from clients.models import Calendar, Client, FileRules, Tag
from staff import audit
from staff.models import AuditEntry
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff

pytestmark = pytest.mark.django_db


def test_it_works() -> None:
    made = client("王丽华", PHONE)

    kept = Client.objects.get(pk=made.pk)
    assert (kept.name, kept.phone, kept.version) == ("王丽华", PHONE, 1)
    assert kept in Client.objects.matching("8000")


def test_only_what_changed_is_written_and_the_trail_has_old_and_new() -> None:
    made, by = client("王丽华", PHONE), staff(Role.FRONT_DESK)

    with audit.acting(by):
        changed = file.change(made, {"name": "王丽花", "phone": PHONE, "note": ""}, version=1, at=NOW)

    assert changed == ["name"]
    entry = AuditEntry.objects.for_client(made.pk).get()
    assert entry.changes == {"name": ["王丽华", "王丽花"]}
    assert entry.actor == by
    assert made in Client.objects.matching("王丽花")
    assert made not in Client.objects.matching("王丽华")


def test_a_changed_phone_is_found_and_the_old_one_is_not() -> None:
    made = client("王丽华", PHONE)

    file.change(made, {"phone": "+8613900139001"}, version=1, at=NOW)

    assert list(Client.objects.matching("9001")) == [made]
    assert not Client.objects.matching("8000")


def test_a_second_saving_is_stopped_and_told_who_was_first() -> None:
    made, li = client("王丽华"), staff(Role.FRONT_DESK, name="小李")
    with audit.acting(li):
        file.change(Client.objects.get(pk=made.pk), {"note": "hers"}, version=1, at=NOW)

    with pytest.raises(file.EditConflict, match="小李 changed this client at") as conflict:
        file.change(made, {"note": "mine"}, version=1, at=NOW)

    assert Client.objects.get(pk=made.pk).note == "hers"
    assert conflict.value.current.version == 2


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_eight_people_saving_at_once_one_is_first() -> None:
    made = client("王丽华")
    outcomes: list[str] = []

    def save(number: int) -> None:
        try:
            file.change(Client.objects.get(pk=made.pk), {"note": f"note {number}"}, version=1, at=NOW)
            outcomes.append("saved")
        except file.EditConflict:
            outcomes.append("stopped")
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["saved"] + ["stopped"] * 7
    assert Client.objects.get(pk=made.pk).version == 2


BIRTHDAY = YearlyDay(Calendar.SOLAR, 5, 20, 1990)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"phones": (PHONE,)}, {"王丽华", "王小宝"}),
        ({"phones": ("+8613900139001",)}, set()),
        ({"phones": ("", "")}, set()),
        ({"name": "王丽华", "birthday": BIRTHDAY}, {"王丽华"}),
        ({"name": "王丽华", "birthday": BIRTHDAY._replace(year=None)}, {"王丽华"}),
        ({"name": "王丽华", "birthday": BIRTHDAY._replace(day=21)}, set()),
        ({"name": "王丽华"}, set()),
    ],
)
def test_files_that_may_be_the_same_person(asked: dict[str, Any], found: set[str]) -> None:
    client("王丽华", PHONE, **file.birthday_values(BIRTHDAY))
    client("王小宝", "+8613900139009", second_phone=PHONE)
    client("赵倩", "+8613900138000")  # the same last four digits are no likeness

    assert {one.client.name for one in file.alike(Client.objects.on_file(), **asked)} == found


def test_duplicates_cost_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        file.alike(Client.objects.on_file(), name="王丽华", phones=(PHONE,), birthday=BIRTHDAY)


def test_rule_tags_follow_the_file() -> None:
    Tag.objects.all().delete()
    Tag.objects.create(name="80后", rule=Tag.Rule.BORN_FROM, rule_value="1980")
    made = client("王丽华", birthday_year=1985, birthday_month=5, birthday_day=20)
    assert [one.tag.name for one in made.tags.all()] == ["80后"]

    file.change(made, {"birthday_year": 1991}, version=1, at=NOW)

    assert not made.tags.exists()


@pytest.mark.parametrize(
    ("day", "months", "before"),
    [
        (date(2026, 8, 31), 6, date(2026, 2, 28)),
        (date(2028, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 3, 1), 12, date(2025, 3, 1)),
        (date(2026, 1, 15), 1, date(2025, 12, 15)),
    ],
)
def test_months_are_calendar_months(day: date, months: int, before: date) -> None:
    assert file.months_before(day, months) == before


def test_a_file_is_stale_after_a_year_without_touch() -> None:
    made = client()
    months = FileRules.load().stale_months
    made.touched_at = NOW - timedelta(days=364)
    assert not file.is_stale(made, TODAY, months)
    made.touched_at = NOW - timedelta(days=366)
    assert file.is_stale(made, TODAY, months)
