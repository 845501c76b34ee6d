"""No line of a file is lost to a quotation mark: each is part of a row, or refused with its number."""

import csv
import io
import random

import pytest

from loyalty.importing.cutting import Cut, rows

HEAD = "会员,日期,金额,项目\n"

pytestmark = pytest.mark.usefixtures("english")


def cut(text: str) -> tuple[list[Cut], dict[int, str]]:
    """The rows after the heading, and what is wrong with the other lines by number."""
    found = list(rows(io.StringIO(HEAD + text, newline=""), ","))[1:]
    return [one for one in found if not one.wrong], {n: one.wrong for one in found if one.wrong for n in one.numbers}


def test_it_works() -> None:
    good, wrong = cut('c1,2026-01-01,"1,234.50",补水\r\n\r\nc2,2026-01-02,5,"24"" 屏, 新"\r\n')

    assert wrong == {}
    assert good == [Cut(2, ["c1", "2026-01-01", "1,234.50", "补水"]), Cut(4, ["c2", "2026-01-02", "5", '24" 屏, 新'])]


def test_marks_that_are_opened_and_never_closed_refuse_their_own_line_only() -> None:
    text = 'c1,2026-01-01,100,"补水\nc2,2026-01-02,200,"面部\nc3,2026-01-03,300,剪发\n'

    good, wrong = cut(text)
    assert [one.cells[0] for one in good] == ["c3"]
    assert good[0].number == 4
    assert wrong == dict.fromkeys((2, 3), "its quotation marks do not match")


@pytest.mark.parametrize("line", [0, 250, 498])
def test_one_stray_mark_in_a_long_file_costs_one_line(line: int) -> None:
    lines = [f"c{n},2026-01-02,{n},x" for n in range(499)]
    lines[line] = f'c{line},2026-01-02,{line},"坏引号'

    good, wrong = cut("\n".join(lines))
    assert len(good) == 498
    assert list(wrong) == [line + 2]


def test_a_line_that_two_stray_marks_swallow_is_refused_with_its_number() -> None:
    text = 'c1,2026-01-01,100,"补水\nc2,2026-01-02,200,"\nc3,2026-01-03,300,剪发\n'

    good, wrong = cut(text)
    assert [one.cells[0] for one in good] == ["c3"]
    assert set(wrong) == {2, 3}
    assert "lines 2 to 3" in wrong[2]


@pytest.mark.parametrize(
    "text",
    [
        'c1,2026-01-01,100,"补水\nc2,2026-01-02,200,面部"\n',  # in the last column
        'c1,"2026-01-01,100,补水\nc2,",200,面部\n',  # one in the middle, from a whole line to a whole line
        '"c1,2026-01-01,100,补水\nc2",2026-01-02,200,面部\n',  # from the first column
        'c1,2026-01-01,"100\nc2,2026-01-02,200,面部\n3",x\n',  # over a line between
        'c1,2026-01-01,100,"补水\nc2,2026-01-02,200,"",面部\n"\n',  # the second mark doubled
        'c1,2026-01-01,100,"补水\rc2,2026-01-02,200,"\r',  # ends of lines of an old Macintosh
    ],
)
def test_no_swallowed_line_is_taken_for_a_note(text: str) -> None:
    good, wrong = cut(text)

    assert good == []
    assert set(wrong) == set(range(2, 2 + len(text.splitlines())))


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("一\n二,三,四", 'c1,2026-01-01,100,"一\n二,三,四"\n'),
        ("一\r\n\r\n二", 'c1,2026-01-01,100,"一\r\n\r\n二"\r\n'),
        ("\n一\n", 'c1,2026-01-01,100,"\n一\n"\n'),
        ('她说"好"\n二', 'c1,2026-01-01,100,"她说""好""\n二"\n'),
    ],
)
def test_a_note_may_have_line_breaks_and_commas(note: str, text: str) -> None:
    good, wrong = cut(text + "c2,2026-01-02,5,x\n")

    assert wrong == {}
    assert [one.cells[3] for one in good] == [note, "x"]
    assert good[1].number == 2 + len(text.splitlines())  # the number of the line, not of the row


def test_a_note_may_stand_in_any_column_and_amounts_after_it_may_have_commas() -> None:
    good, wrong = cut('"一\n二",c1,2026-01-01,"1,234.00"\nc2,"一,\n二",2026-01-01,"1,234.00"\n')

    assert wrong == {}
    assert [one.lines for one in good] == [2, 2]


def test_cells_too_few_or_too_many_refuse_the_row_and_empty_ones_behind_it_do_not() -> None:
    good, wrong = cut("c1,2026-01-01,100\nc2,2026-01-02,100,x,y\nc3,2026-01-03,100,x,, \n,,,\n")

    assert [one.cells[0] for one in good] == ["c3"]
    assert wrong == {
        2: "it has 3 cells, the first row has 4",
        3: "it has 5 cells, the first row has 4",
    }


def test_a_cell_longer_than_any_refuses_its_line_only() -> None:
    good, wrong = cut(f"c1,2026-01-01,5,{'y' * (csv.field_size_limit() + 1)}\nc2,2026-01-02,5,x\n")

    assert [one.cells[0] for one in good] == ["c2"]
    assert wrong == {2: "a cell in it is longer than 131072 characters"}


def test_a_heading_that_swallows_a_line_is_wrong() -> None:
    [first, *_rest] = rows(io.StringIO('会员,日期,金额,"项目\nc1,2026-01-01,100,补水"\n'), ",")

    assert first.wrong


def test_whatever_marks_are_strewn_over_a_file_every_line_is_accounted_for() -> None:
    draw = random.Random(4)
    for _file in range(400):
        text = "\n".join(f"c{n},2026-01-02,{n},x" for n in range(12))
        for _mark in range(draw.randrange(1, 6)):
            at = draw.randrange(len(text))
            text = text[:at] + draw.choice(['"', '"', '""', ',"', '",']) + text[at:]

        good, wrong = cut(text)
        told = [number for one in good for number in one.numbers]
        assert sorted([*told, *wrong]) == list(range(2, 14)), text
        for one in good:
            assert sum(f"2026-01-02,{n}," in ",".join(one.cells) for n in range(12)) <= 1, text
