"""Reading files of past visits: every row is good, or refused with its number and a reason."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from loyalty.importing.cutting import WHITESPACE
from loyalty.importing.reading import Contents, Layout, NotReadable, opened, parsed_map, read

TODAY = date(2026, 11, 22)
MAPPED = "client=1,date=2,amount=3,item=4"
Given = Callable[..., Contents]


@pytest.fixture
def reading(tmp_path: Path) -> Given:
    """`reading(text, mapping)` is what a file with that text holds."""

    def given(text: str | bytes, columns: str = "client=1,date=2,amount=3", **layout: object) -> Contents:
        path = tmp_path / "visits.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read(path, Layout(parsed_map(columns), **layout), today=TODAY)  # type: ignore[arg-type]

    return given


def test_it_works(reading: Given) -> None:
    contents = reading(
        "编号,日期,金额,数量,项目,姓名,手机\nA7,2026-01-31,198,2,补水,王丽华,138 0013 8000\n",
        "client=1,date=日期,amount=金额,quantity=4,item=5,name=6,phone=手机",
    )

    [row] = contents.rows
    assert contents.refused == []
    assert (row.number, row.client, row.day, row.quantity) == (2, "A7", date(2026, 1, 31), 2)
    assert (row.amount, row.item, row.name, row.phone) == (Decimal("198.00"), "补水", "王丽华", "+8613800138000")


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("A,2026-13-01,5", "2026-13-01"),
        ("A,,5", "date is missing"),
        ("A,2026-11-23,5", "future"),
        ("A,1899-01-01,5", "not a date"),
        (",2026-01-01,5", "client is missing"),
        ("A,2026-01-01", "2 cells, the first row has 3"),
        ("A,2026-01-01,5,6", "4 cells, the first row has 3"),
        ("A,2026-01-01,", "not a number"),
        ("A,2026-01-01,-5", "negative"),
        ("A,2026-01-01,NaN", "not a number"),
        ("A,2026-01-01,1_000", "not a number"),
        ("A,2026-01-01,1E+3", "not a number"),
        ("A,2026-01-01,100000000", "99,999,999"),
        ("A,2026-01-01,1.005", "two decimal"),
        ("A\0,2026-01-01,5", "NUL"),
        ("A" * 81 + ",2026-01-01,5", "longer"),
        ("\u200b,2026-01-01,5", "client is missing"),
    ],
)
def test_a_bad_row_is_refused_with_its_number_and_the_reason(
    reading: Given, english: None, written: str, reason: str
) -> None:
    contents = reading(f"client,date,amount\nB,2026-01-01,1\n{written}\n")

    assert [row.client for row in contents.rows] == ["B"]
    [refused] = contents.refused
    assert refused.number == 3
    assert reason in refused.reason


@pytest.mark.parametrize("written", ['"A\nB",2026-01-01,5', 'A,"2026-\n01-01",5', 'A,2026-01-01,"5\n0"'])
def test_a_line_break_in_what_decides_refuses_all_its_lines(reading: Given, english: None, written: str) -> None:
    refused = reading(f"client,date,amount\n{written}\n").refused

    assert [one.number for one in refused] == [2, 3]
    assert all("line break" in one.reason for one in refused)


def test_a_heading_whose_marks_do_not_match_is_told_and_nothing_is_read(reading: Given, english: None) -> None:
    with pytest.raises(NotReadable, match=r"Line 1 .* Nothing was imported"):
        reading('client,date,"amount\nA,2026-01-01,5\n')


def test_a_heading_may_have_line_breaks(reading: Given) -> None:
    [row] = reading('客户,日期,"金额\n(元)"\nA,2026-01-01,5\n').rows

    assert (row.number, row.amount) == (3, Decimal(5))


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "abc", "", "10001"])
def test_a_bad_quantity_is_refused(reading: Given, english: None, quantity: str) -> None:
    contents = reading(f"A,2026-01-01,5,{quantity}", "client=1,date=2,amount=3,quantity=4", header=False)

    assert "quantity" in contents.refused[0].reason


def test_a_bad_phone_is_refused(reading: Given, english: None) -> None:
    contents = reading("A,2026-01-01,5,123", "client=1,date=2,amount=3,phone=4", header=False)

    assert "phone" in contents.refused[0].reason


@pytest.mark.parametrize(
    "written", ["2026-01-31", "2026/1/31", "2026.1.31", "20260131", "2026年1月31日", "2026-01-31 14:30"]
)
def test_dates_are_read_in_the_usual_ways(reading: Given, written: str) -> None:
    assert reading(f"A,{written},5", header=False).rows[0].day == date(2026, 1, 31)


@pytest.mark.parametrize(
    ("written", "kept"),
    [("王\u200b丽 华 ", "王丽 华"), ('"换\n行"', "换 行"), ("", ""), ("\u3000", ""), ("王" * 40, "王" * 40)],
)
def test_names_are_cleaned_as_on_the_clients_own_page(reading: Given, written: str, kept: str) -> None:
    contents = reading(f"A,2026-01-31,5,{written},{written}", f"{MAPPED},name=5", header=False)

    assert [(row.name, row.item) for row in contents.rows] == [(kept, kept)]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("\u200b", "1–40 characters"),
        ("\x01\x02", "1–40 characters"),
        ("王" * 41, "too long"),
        ("!", "only signs"),
        ("13900139000", "looks like a number"),
    ],
)
def test_a_name_that_the_clients_own_page_would_refuse_is_refused(
    reading: Given, english: None, written: str, words: str
) -> None:
    [refused] = reading(f"A,2026-01-31,5,{written}", "client=1,date=2,amount=3,name=4", header=False).refused

    assert (refused.number, words in refused.reason) == (1, True)


def test_an_item_is_cleaned_and_one_of_which_nothing_is_left_is_none(reading: Given) -> None:
    contents = reading("A,2026-01-31,5,补\u200b水\nB,2026-01-31,5,\u200b", MAPPED, header=False)

    assert [row.item for row in contents.rows] == ["补水", ""]


def test_a_format_of_dates_can_be_given(reading: Given) -> None:
    assert reading("A,31.01.2026,5", header=False, date_format="%d.%m.%Y").rows[0].day == date(2026, 1, 31)


@pytest.mark.parametrize("written", ['"1,234.50"', "¥1234.5", "１２３４．５０", "1234.50元"])
def test_amounts_are_read_in_the_usual_ways(reading: Given, written: str) -> None:
    assert reading(f"A,2026-01-31,{written}", header=False).rows[0].amount == Decimal("1234.50")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
def test_files_from_chinese_spreadsheets_are_read(reading: Given, encoding: str) -> None:
    contents = reading("客户,日期,金额\n王丽华,2026-01-31,5\n".encode(encoding), "client=客户,date=日期,amount=金额")

    assert contents.rows[0].client == "王丽华"


def test_what_is_no_text_is_refused() -> None:
    with pytest.raises(NotReadable):
        opened(b"\xff\xfe\xff\xff")


def test_columns_can_be_split_by_spaces(reading: Given) -> None:
    contents = reading(
        " id date n value\r\n 00001 19970101  1   11.77\r\n\r\n",
        "client=1,date=2,quantity=3,amount=4",
        delimiter=WHITESPACE,
    )

    assert [(row.number, row.client, row.amount) for row in contents.rows] == [(2, "00001", Decimal("11.77"))]


@pytest.mark.parametrize(
    "columns", ["", "client=1,date=2", "client=1,date=2,amount=3,colour=4", "client,date=2,amount=3"]
)
def test_a_map_that_is_not_understood_is_refused(columns: str) -> None:
    with pytest.raises(NotReadable):
        parsed_map(columns)


@pytest.mark.parametrize("text", ["", "\n\n"])
def test_an_empty_file_is_told(reading: Given, text: str) -> None:
    with pytest.raises(NotReadable):
        reading(text)


def test_a_missing_file_and_a_missing_column_are_told(reading: Given, tmp_path: Path) -> None:
    with pytest.raises(NotReadable):
        read(tmp_path / "none.csv", Layout({"client": "1"}), today=TODAY)
    with pytest.raises(NotReadable, match="金额"):
        reading("客户,日期,价\nA,2026-01-01,5\n", "client=客户,date=日期,amount=金额")
    for number in ("4", "0", "9" * 5000):
        with pytest.raises(NotReadable, match=number):
            reading("客户,日期,价\nA,2026-01-01,5\n", f"client=1,date=2,amount={number}")
