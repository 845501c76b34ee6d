"""Finding items: by name, code, pinyin and initials; what sells most as quick buttons."""

import pytest
from pytest_django import DjangoAssertNumQueries

from staff.roles import Role
from tests.visits import shop
from visits import catalogue
from visits.models import Visit, VisitLine

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("typed", ["补水", "SCBS", "scbshl", "shenceng", "F01", "ｆ０１", " 深层 补水 "])
def test_it_works(typed: str) -> None:
    wanted = shop.service(code="F01")
    shop.product()

    assert [item.key for item in catalogue.search(typed)] == [("service", wanted.pk)]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("gs", ["果酸焕肤"]),  # not 抗衰老疗程, kang-shuai
        ("gshf", ["果酸焕肤"]),
        ("hs", ["护色洗发水"]),
        ("shuai", ["抗衰老疗程"]),
        ("hf", ["换肤焕颜水", "果酸焕肤"]),
        ("huanfu", ["换肤焕颜水", "果酸焕肤"]),
        ("huan'fu", ["换肤焕颜水", "果酸焕肤"]),  # as an input method writes it
        ("uan", []),
        ("ang", []),
        ("kangshu", ["抗衰老疗程"]),
        ("f0", ["果酸焕肤"]),
        ("04", ["果酸焕肤"]),
        ("焕", ["换肤焕颜水", "果酸焕肤"]),
        ("spa", ["SPA", "芳香 SPA"]),
        ("hema", ["甲油胶(HEMA)"]),
        (".*", []),
        ("a|b", []),
    ],
)
def test_letters_are_read_from_the_beginning_of_a_character_on(typed: str, found: list[str]) -> None:
    for name in ("抗衰老疗程", "护色洗发水", "换肤焕颜水", "芳香 SPA", "SPA", "甲油胶(HEMA)"):
        shop.service(name)
    shop.service("果酸焕肤", code="F04")

    names = [item.name for item in catalogue.search(typed)]

    assert sorted(names) == sorted(found)
    assert names[:1] == found[:1]


def test_a_name_as_long_as_can_be_keeps_its_initials() -> None:
    made = shop.service("床" * 59 + "水", code="X" * 20)

    assert [item.key for item in catalogue.search("c" * 59 + "s")] == [("service", made.pk)]


@pytest.mark.parametrize("typed", ["", "%", "_", "'", "\0", "x" * 500, "   "])
def test_anything_typed_is_plain_text(typed: str) -> None:
    shop.service()

    assert catalogue.search(typed) == []


def test_what_is_not_on_sale_is_not_found_but_can_be_read() -> None:
    old = shop.service(is_active=False)

    assert catalogue.search("补水") == []
    assert catalogue.items([("service", old.pk), ("product", old.pk)])[("service", old.pk)].name == old.name


def test_what_begins_with_the_words_comes_first() -> None:
    shop.service("全身补水")
    first = shop.service("补水面膜")

    assert catalogue.search("补水")[0].id == first.pk


def test_one_query_for_any_number_of_items(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    keys = [("service", shop.service(f"项目{number}").pk) for number in range(5)]
    keys += [("product", shop.product(f"产品{number}").pk) for number in range(5)]

    with django_assert_num_queries(1):
        assert set(catalogue.items(keys)) == set(keys)


def test_quick_buttons_are_what_sells_most(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    desk = shop.worker(Role.FRONT_DESK)
    often, seldom, gone = shop.product(), shop.service(), shop.service("旧项目", is_active=False)
    visit = Visit.objects.create(at="2026-11-20T04:00Z", day="2026-11-20", gross=0, total=0, by=desk)
    for item in (often, often, seldom, gone, gone, gone):
        which = {"product": item} if item is often else {"service": item}
        VisitLine.objects.create(visit=visit, name=item.name, unit_price=0, amount=0, **which)

    with django_assert_num_queries(1):
        assert [item.key for item in catalogue.most_used()] == [("product", often.pk), ("service", seldom.pk)]


def test_a_new_salon_offers_what_is_on_sale() -> None:
    one = shop.service()

    assert [item.key for item in catalogue.most_used()] == [("service", one.pk)]
