"""Finding a client."""

from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from tests.clients.cast import PHONE, client

pytestmark = pytest.mark.django_db


def found(text: str) -> set[str]:
    return set(Client.objects.matching(text).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        (
            "王丽华",
            [
                "王",
                "丽华",
                "王丽华",
                "wlh",
                "WLH",
                "wl",
                "lh",
                "wang",
                "wangli",
                "lihua",
                "王lh",
                "王姐",
                "小王",
                "ｗｌｈ",
            ],
        ),
        ("单小丽", ["sxl", "dxl", "cxl", "shan", "danxiaoli", "单姐"]),
        ("曾敏", ["zm", "cm", "zengmin", "cengmin"]),
        ("乐嘉", ["yj", "lj", "yuejia"]),
        ("张雯", ["zxl"[0:1] + "w", "张小姐", "张女士"]),
        ("欧阳娜娜", ["oynn", "ouyang", "欧阳", "欧阳女士", "欧阳姐"]),
        ("尉迟恭", ["ycg", "yuchi", "weichi"]),
        ("令狐冲", ["lhc", "linghu"]),
        ("吕绿", ["lv", "lu", "ll"]),
        ("阿卜杜拉·买买提", ["阿卜杜拉", "买买提", "阿卜杜拉·买买提", "abdl"]),
        ("𠮷田花", ["𠮷", "𠮷田", "田花"]),
        ("Lucy Chen", ["lucy", "chen", "lucy chen", "LC", "lucychen"]),
        ("100%_'\"", ["100%", "%", "_", "'", '"']),
        ("小李2018", ["2018", "小李"]),
    ],
)
def test_it_works(name: str, texts: list[str]) -> None:
    client(name)
    client("赵倩")
    for text in texts:
        assert found(text) == {name}, text


@pytest.mark.parametrize(
    "text",
    [
        "王丽华女士",
        "王丽华 女士",
        "丽华姐",
        "王丽华 8000",
        "8000 王丽华",
        "王丽华女士 8000",
        "wlh8000",
        "wlh 8000",
        "wlh13800138000",
        "王丽华 138 0013 8000",
        "wanglh",
        "wlihua",
        "wangl h",
        "wang l h",
        "w l h",
        "138-8000",
        "1388000",
        "138****8000",
        "138••••8000",
        "138 •••• 8000",
        "138xxxx8000",
        "王丽华 138 •••• 8000",
        "王丽华 C-00999",
        "C-00999 · 138 •••• 8000",
    ],
)
def test_a_name_with_its_title_its_digits_or_as_the_page_writes_it(text: str) -> None:
    client("王丽华", PHONE, id=999)
    client("王丽华", "+8613900135521", id=998) if any(one.isdigit() for one in text) else None
    client("王莉", "+8613900138001")
    client("李红", "+8613900138002")
    assert found(text) == {"王丽华"}
    assert Client.objects.matching(text).count() == 1


@pytest.mark.parametrize(
    "text", ["王丽华 5521", "wlh5521", "李红 8000", "wang h l", "wanghl", "王丽华 C-00998", "王莉女士", "138****5521"]
)
def test_every_part_of_what_was_asked_must_hold(text: str) -> None:
    client("王丽华", PHONE, id=999)
    assert found(text) == set()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("林高华", "lingh"),
        ("凌华", "lingh"),
        ("欧阳娜娜", "ouyangnn"),
        ("单小丽", "danxl"),
        ("李春妹", "李春妹"),
        ("Mary J Blige", "mary j"),
        ("小李2018", "xl2018"),
    ],
)
def test_some_in_full_and_some_by_their_initial(name: str, text: str) -> None:
    client(name)
    client("李春花")
    assert found(text) == {name}


@pytest.mark.parametrize(
    "text",
    ["", "  ", "%", "_", "'", '"', "\\", "' OR 1=1 --", "x" * 500, "王" * 500, "[a-z]+", ".*", "华丽", "\x00", "w"],
)
def test_everything_typed_is_plain_text(text: str) -> None:
    client("王丽华")
    assert found(text) == set()


@pytest.mark.parametrize(
    "text", ["13800138000", "138 0013 8000", "+86-138-0013-8000", "１３８００１３８０００", "8000"]
)
def test_by_phone_and_by_its_last_four_digits(text: str) -> None:
    client("王丽华", PHONE)
    client("赵倩", "+8613900139001", second_phone=PHONE)
    client("孙莉", "+8613900139002")
    assert found(text) == {"王丽华", "赵倩"}


def test_eight_digits_are_looked_for_in_hong_kong_and_macao() -> None:
    client("陈大文", "+85291234567")
    assert found("9123 4567") == {"陈大文"}


def test_four_digits_are_last_four_and_client_number() -> None:
    by_phone = client("王丽华", "+8613800130128")
    client("赵倩", id=128)
    assert found("0128") == {"王丽华", "赵倩"}
    assert found("128") == found("C-00128") == found("c128") == {"赵倩"}
    assert by_phone.number.startswith("C-")


def test_the_form_of_address_is_found_too() -> None:
    client("王丽华", honorific="丽丽姐")
    assert found("丽丽姐") == found("llj") == {"王丽华"}


def test_one_query_served_by_the_index(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client("王丽华", PHONE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    for text in (
        "wlh",
        "8000",
        "丽华",
        "王姐",
        "138 0013 8000",
        "王",
        "wlh 8000",
        "王丽华女士",
        "wanglh",
        "138****8000",
    ):
        with django_assert_num_queries(1):
            assert found(text) == {"王丽华"}
        assert "clients_by_search_key" in Client.objects.matching(text).explain(), text


@given(st.text(max_size=90))
@settings(max_examples=60, deadline=None)
def test_no_text_breaks_the_search(text: str) -> None:
    list(Client.objects.matching(text)[:1])


@pytest.mark.parametrize("phone", ["+8613800138000", "+85291234567"])
def test_no_phone_is_readable_in_the_keys(phone: str) -> None:
    made: Any = client("王丽华", phone)
    assert not any(phone[-4:] in key for key in made.search_keys if key.startswith(("p:", "l:")) and len(key) < 20)
    assert phone not in made.search_keys
    assert phone[-4:] not in made.search_keys
