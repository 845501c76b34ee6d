"""A file's lines cut into rows of cells, so that no line is lost to a quotation mark that stands wrong."""

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

WHITESPACE = "whitespace"


class Cut(NamedTuple):
    """One row as it stands in the file, from line `number` on, counted from 1. `wrong` says why it is none."""

    number: int
    cells: list[str]
    lines: int = 1
    wrong: str = ""

    @property
    def numbers(self) -> range:
        """All the lines it stands on."""
        return range(self.number, self.number + self.lines)


def rows(source: Iterable[str], delimiter: str) -> Iterator[Cut]:
    """The rows that are not empty; a line that is none is among them, with what is `wrong`.

    `source` gives lines with their ends as they are. The first row says how many cells there are.
    """
    split = _split_by_space(source) if delimiter == WHITESPACE else _split(source, delimiter)
    width = 0
    for cut in split:
        if cut.wrong:
            yield cut
        elif any(map(str.strip, cut.cells)):
            width = width or len(cut.cells)
            plain = cut.lines == 1 and len(cut.cells) == width
            yield cut if plain else cut._replace(wrong=_wrong_with(cut, width, delimiter))


def _split_by_space(source: Iterable[str]) -> Iterator[Cut]:
    for number, line in enumerate(source, start=1):
        if cells := line.split():
            yield Cut(number, cells)


def _split(source: Iterable[str], delimiter: str) -> Iterator[Cut]:
    """By the strict rules of CSV. Where a line breaks them it is wrong by itself, and the next one is read afresh."""
    lines = _Lines(source)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    number = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Cut(number, [], wrong=_broken(lines.taken))
            lines.give_back()
        else:
            if cells:
                yield Cut(number, cells, len(lines.taken))
        number += len(lines.taken)
        lines.taken.clear()


class _Lines:
    """The lines of a file for a reader that may have to go back. `taken` are those since it was cleared last."""

    def __init__(self, source: Iterable[str]) -> None:
        self._source = iter(source)
        self._again: deque[str] = deque()
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._source)
        self.taken.append(line)
        return line

    def give_back(self) -> None:
        """All that were taken but the first are to be read again."""
        self._again.extendleft(reversed(self.taken[1:]))
        del self.taken[1:]


def _broken(taken: list[str]) -> str:
    if len(taken) == 1 and len(taken[0]) > csv.field_size_limit():
        return _("a cell in it is longer than %(longest)d characters") % {"longest": csv.field_size_limit()}
    return _("its quotation marks do not match")


def _wrong_with(cut: Cut, width: int, delimiter: str) -> str:
    """What is wrong with a row that stands on several lines or has other cells than the first; empty for nothing."""
    fits = len(cut.cells) >= width and not any(map(str.strip, cut.cells[width:]))
    if fits and (cut.lines == 1 or not _swallows(cut.cells[:width], delimiter)):
        return ""
    if cut.lines == 1:
        return _("it has %(cells)d cells, the first row has %(width)d") % {"cells": len(cut.cells), "width": width}
    return _("quotation marks join lines %(first)d to %(last)d into one row, which cannot be right") % {
        "first": cut.number,
        "last": cut.numbers[-1],
    }


def _swallows(cells: list[str], delimiter: str) -> bool:
    """Whether a line that the cells reach over would be a whole row, were it not for the quotation marks.

    A note may hold commas, only not as many in a line as there are columns. Where the first column has line breaks,
    all other cells stand on its last line, so that line counts only when the first one is whole too.
    """
    joined = delimiter.join(_ends_alike(cell) if is_broken(cell) else "" for cell in cells)
    whole = [line.count(delimiter) >= len(cells) - 1 for line in joined.split("\n")]
    return any(whole[1:-1]) or (whole[-1] and (whole[0] or not is_broken(cells[0])))


def is_broken(cell: str) -> bool:
    """Whether there is a line break in it."""
    return "\n" in cell or "\r" in cell


def _ends_alike(cell: str) -> str:
    return cell.replace("\r\n", "\n").replace("\r", "\n")
