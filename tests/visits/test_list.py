"""The list of visits: what each role sees of it, its filters, its pages."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients import file, guessing
from clients.models import Client
from staff.models import User
from staff.roles import Role
from tests.staff.cast import signed_in
from tests.visits import shop
from visits import listing
from visits.models import Visit, VisitLine

pytestmark = pytest.mark.django_db

ADDRESS = "/visits/"


@pytest.fixture
def lin() -> User:
    return shop.worker(Role.BEAUTICIAN, "林美")


def visit(
    at: str, *done_by: User | None, client: Client | None = None, amount: str = "100.00", **fields: object
) -> Visit:
    when = timezone.make_aware(datetime.fromisoformat(at))
    total = Decimal(amount)
    made = Visit.objects.create(client=client, at=when, day=when.date(), gross=total, total=total, **fields)
    for place, user in enumerate(done_by or (None,)):
        VisitLine.objects.create(
            visit=made, position=place, name=f"项目{made.pk}号", beautician=user, unit_price=total, amount=total
        )
    return made


def shown(user: User, **query: str | int) -> str:
    return read(signed_in(user), **query)


def read(browser: Browser, **query: str | int) -> str:
    answer = browser.get(ADDRESS, query)
    assert answer.status_code == 200
    return answer.content.decode().split('<main class="page"')[1].split("</main>")[0]


def test_it_works(lin: User) -> None:
    visit("2026-11-20 10:00", lin, client=shop.client(), amount="468.00")
    visit("2026-11-20 15:00", amount="32.00")
    void = visit("2026-11-20 16:00", amount="999.00")
    Visit.objects.filter(pk=void.pk).update(status="void", voided_at=timezone.now(), void_reason="开错")

    page = shown(shop.worker(Role.MANAGER))

    assert "王丽华" in page
    assert "¥468.00" in page
    assert "2 单 · ¥500.00" in page


def test_the_front_desk_sees_amounts_but_not_the_turnover() -> None:
    visit("2026-11-20 10:00", amount="468.00")
    visit("2026-11-20 15:00", amount="32.00")

    page = shown(shop.worker(Role.FRONT_DESK))

    assert "¥468.00" in page
    assert "500.00" not in page


def test_a_beautician_sees_her_own_services_without_amounts(lin: User) -> None:
    other = shop.worker(Role.BEAUTICIAN, "苏晴", "other")
    mine, theirs = visit("2026-11-20 10:00", lin, other), visit("2026-11-20 11:00", other)

    page = shown(lin, beautician=other.pk)

    assert page.count(f"项目{mine.pk}号") == 1
    assert f"项目{theirs.pk}号" not in page
    assert "¥" not in page
    assert "100.00" not in page


def test_a_beautician_is_named_nobody_whom_she_may_not_find(lin: User) -> None:
    mine, former = shop.client("王丽华", consultant=lin), shop.client("陈静")
    shown_ones = [visit("2026-11-20 10:00", lin, client=mine), visit("2026-11-20 11:00", lin)]
    hidden = visit("2024-11-20 10:00", lin, client=former)

    page = shown(lin)

    assert all(f"项目{one.pk}号" in page for one in shown_ones)
    assert "陈静" not in page
    assert f"项目{hidden.pk}号" not in shown(lin, client=former.pk)
    assert f"项目{hidden.pk}号" in shown(shop.worker(Role.FRONT_DESK))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {1, 2, 3}),
        ({"from": "2026-11-19"}, {2, 3}),
        ({"to": "2026年11月19日"}, {1, 2}),
        ({"from": "2026-11-19", "to": "20261119"}, {2}),
        ({"client": "C-{client:05d}"}, {2}),
        ({"client": "{client}"}, {2}),
        ({"client": "王丽华"}, {2}),
        ({"client": "wlh"}, {2}),
        ({"client": "5521"}, {2}),
        ({"client": "nobody"}, set()),
        ({"from": "11-19", "to": "11/19"}, {2}),
        ({"beautician": "{lin}"}, {3}),
        ({"status": "void"}, {1}),
        ({"status": "nonsense"}, {1, 2, 3}),
    ],
)
def test_the_filters(lin: User, query: dict[str, str], found: set[int]) -> None:
    client = file.create({"name": "王丽华", "phone": "+8613812345521"}, by=None, at=timezone.now())
    made = {
        1: visit("2026-11-18 10:00", status="void", voided_at=timezone.now(), void_reason="开错"),
        2: visit("2026-11-19 10:00", client=client),
        3: visit("2026-11-20 10:00", lin),
    }

    page = shown(
        shop.worker(Role.MANAGER), **{name: value.format(client=client.pk, lin=lin.pk) for name, value in query.items()}
    )

    assert {number for number, one in made.items() if f"项目{one.pk}号" in page} == found


@pytest.mark.parametrize("text", ["0", "-1", str(2**63), "9" * 60, "abc", "😀", "2026-02-30", "2026-11-20T00:00_x"])
def test_nothing_in_the_address_makes_it_fail(text: str) -> None:
    manager = shop.worker(Role.MANAGER)
    visit("2026-11-20 10:00")

    for name in ("from", "to", "client", "beautician", "status", "after"):
        shown(manager, **{name: text})


@pytest.mark.parametrize(
    "at",
    [
        "0002-01-01T00:00:00+23:59",  # in UTC a year 1
        "0001-01-01T00:00:00+23:59",  # in UTC no year at all
        "9998-12-31T23:59:59-23:59",  # an offset that Postgres does not know
        "9999-12-31T23:59:59-23:59",
        "2026-11-20T10:00:00",  # of no zone
        "2026-11-20T10:00:00+99:99",
    ],
)
def test_a_place_of_no_such_time_begins_at_the_top_and_a_strange_offset_is_understood(at: str) -> None:
    manager = shop.worker(Role.MANAGER)
    visit("2026-11-20 10:00")

    assert "项目" in shown(manager, after=f"{at}_1")
    assert "项目" not in shown(manager, after="2026-11-19T03:00:00-23:00_1")  # 2026-11-20 10:00 in Shanghai


def test_every_visit_is_on_exactly_one_page() -> None:
    manager = shop.worker(Role.MANAGER)
    made = {visit(f"2026-11-{1 + number % 9:02d} 10:00").pk for number in range(2 * listing.PAGE + 5)}

    seen: list[int] = []
    place = ""
    while True:
        page = listing.page(manager, listing.Filters(), place)
        seen += [one.pk for day in page.days for one in day.visits]
        if not (place := page.after):
            break

    assert sorted(seen) == sorted(made)
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    "query", [{"client": "王丽华"}, {"from": "2030-01-01"}, {"from": "nonsense"}, {"beautician": "0"}]
)
def test_a_list_that_the_filters_empty_is_not_called_an_empty_salon(query: dict[str, str]) -> None:
    page = shown(shop.worker(Role.FRONT_DESK), **query)
    assert "没有符合的到店记录" in page
    assert "/checkout/new/" not in page


def test_whole_phones_that_nobody_has_are_counted_here_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MISSES_PER_HOUR", 1)
    visit("2026-11-20 10:00", client=shop.client())
    browser = signed_in(shop.worker(Role.FRONT_DESK))
    assert "没有符合的到店记录" in read(browser, client="13900139001")
    assert 'id="client-error"' in read(browser, client="13900139002")


def test_a_last_day_before_the_first_is_told_beside_it() -> None:
    page = shown(shop.worker(Role.MANAGER), **{"from": "2026-11-20", "to": "2026-11-19"})
    assert "结束日期早于开始日期" in page.split('id="to-error"')[1].split("</span>")[0]


def test_the_empty_list_says_what_to_do() -> None:
    assert "/checkout/new/" in shown(shop.worker(Role.FRONT_DESK))
    assert 'href="?"' in shown(User.objects.get(), status="void")


def test_the_same_queries_for_any_number_of_visits(
    lin: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    manager = shop.worker(Role.MANAGER)
    for number in range(40):
        visit(f"2026-11-{1 + number % 20:02d} 10:00", lin, client=shop.client(f"客{number}"))

    browser = signed_in(manager)
    read(browser)  # what the first page of a session writes once is not counted

    with django_assert_max_num_queries(12):
        page = read(browser)

    assert 'rel="next"' in page


def test_the_last_days_count_today() -> None:
    assert listing.since(date(2026, 11, 22), 7) == date(2026, 11, 22) - timedelta(days=6)
