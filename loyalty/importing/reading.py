"""Reading a file of past visits: its bytes, its columns, and its rows, each of them good or refused with a reason."""

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clients.phones import normalise
from loyalty.importing import cutting
from loyalty.importing.cutting import Cut
from staff.names import clean_name, visible
from visits.amounts import plain, read_day

COLUMNS = ("client", "date", "quantity", "amount", "item", "name", "phone")
NEEDED = ("client", "date", "amount")
CLEANED = ("item", "name")  # line breaks and what cannot be seen go from these; elsewhere they are a fault
TIME_OF_DAY = re.compile(r"[ T]+\d{1,2}:[\d:.]*$")  # 2026-01-31 14:30:00
LARGEST_AMOUNT = Decimal("99999999")
LARGEST_QUANTITY = 10_000
EARLIEST = date(1970, 1, 1)


class NotReadable(Exception):
    """The file as a whole cannot be read; its text says why, for the person who gave it."""


class BadRow(Exception):
    """One row cannot be taken over; its text says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is written. `columns` maps our words (client, date, …) to column numbers from 1, or to headings."""

    columns: Mapping[str, str]
    delimiter: str = ","
    header: bool = True
    date_format: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One sale of another system. `number` is its first line in the file, counted from 1, the heading included."""

    number: int
    client: str
    day: date
    quantity: int
    amount: Decimal
    item: str = ""
    name: str = ""
    phone: str = ""

    @property
    def content(self) -> tuple[str, int, Decimal]:
        """What makes two sales of one client and day the same."""
        return self.item, self.quantity, self.amount


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that was not taken over, and why."""

    number: int
    reason: str


@dataclass(slots=True)
class Contents:
    """What a file holds: every line that is not empty is part of one of the `rows` or among `refused`."""

    rows: list[Row] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def opened(raw: bytes) -> io.TextIOWrapper:
    """The lines of a file from Excel, WPS or an old system: UTF-8, else GB18030. Raises NotReadable."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return io.TextIOWrapper(io.BytesIO(raw), encoding, newline="")
    raise NotReadable(_("This is neither UTF-8 nor GB18030 text. Save the file as CSV UTF-8 and try again."))


def parsed_map(text: str) -> dict[str, str]:
    """`client=1,date=2` as a mapping. Raises NotReadable when a word is unknown, twice, or a needed one is missing."""
    columns: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        word, equals, column = (side.strip() for side in part.partition("="))
        if word not in COLUMNS or not equals or not column or word in columns:
            raise NotReadable(
                _("“%(part)s” is not understood. Write for example client=1,date=2,amount=4; the words are %(words)s.")
                % {"part": part, "words": ", ".join(COLUMNS)}
            )
        columns[word] = column
    missing = [word for word in NEEDED if word not in columns]
    if missing:
        raise NotReadable(_("The map lacks: %(words)s.") % {"words": ", ".join(missing)})
    return columns


def read(path: Path, layout: Layout, *, today: date) -> Contents:
    """Every row of the file, good or refused; what lies after `today` is refused.

    Raises NotReadable when the file is missing, empty, of unknown encoding, or lacks a column.
    """
    try:
        raw = path.read_bytes()
    except OSError as failure:
        raise NotReadable(
            _("%(path)s cannot be read: %(why)s.") % {"path": path, "why": failure.strerror or failure}
        ) from failure
    rows = cutting.rows(opened(raw), layout.delimiter)
    first = next(rows, None)
    if first is None:
        raise NotReadable(_("The file has no rows."))
    if first.wrong:
        raise NotReadable(
            _("Line %(number)d cannot be read: %(why)s. Nothing was imported.")
            % {"number": first.number, "why": first.wrong}
        )
    places = _places(layout, first.cells)
    contents = Contents()
    if not layout.header:
        _take(contents, first, places, layout, today)
    for cut in rows:
        _take(contents, cut, places, layout, today)
    return contents


def _places(layout: Layout, heading: list[str]) -> dict[str, int]:
    """Where in a row each of our words stands, counted from 0."""
    titles = [title.strip() for title in heading]
    numbers = {str(at): at - 1 for at in range(1, len(titles) + 1)}
    places = {}
    for word, column in layout.columns.items():
        if column in numbers:
            places[word] = numbers[column]
        elif layout.header and titles.count(column) == 1:
            places[word] = titles.index(column)
        else:
            raise NotReadable(
                _("There is no column “%(column)s”. The file has: %(titles)s.")
                % {"column": column, "titles": ", ".join(titles)}
            )
    return places


def _take(contents: Contents, cut: Cut, places: dict[str, int], layout: Layout, today: date) -> None:
    try:
        if cut.wrong:
            raise BadRow(cut.wrong)
        found = {word: cut.cells[at].strip() for word, at in places.items()}
        contents.rows.append(_row(cut.number, found, layout.date_format, today))
    except BadRow as bad:
        contents.refused.extend(Refused(number, str(bad)) for number in cut.numbers)


def _row(number: int, found: dict[str, str], date_format: str, today: date) -> Row:
    for word, text in found.items():
        if "\0" in text:
            raise BadRow(_("there is an unreadable character (NUL) in it"))
        if word not in CLEANED and cutting.is_broken(text):
            raise BadRow(_("there is a line break in “%(text)s”") % {"text": visible(text)[:40]})
    return Row(
        number=number,
        client=_client(found["client"]),
        day=_day(found["date"], date_format, today),
        quantity=_quantity(found.get("quantity", "1")),
        amount=_amount(found["amount"]),
        item=_short(_visible(found.get("item", "")), 60, _("the item")),
        name=_name(found.get("name", "")),
        phone=_phone(found.get("phone", "")),
    )


def _client(text: str) -> str:
    if not text or not (text.isprintable() or visible(text)):
        raise BadRow(_("the client is missing"))
    return _short(text, 80, _("the client's reference"))


@lru_cache(maxsize=10_000)
def _visible(text: str) -> str:
    return visible(text)


def _name(text: str) -> str:
    """The client's name, as the file's own pages would take it; empty when there is none."""
    try:
        return clean_name(text) if text else ""
    except ValidationError as bad:
        raise BadRow(_("the name “%(text)s”: %(why)s") % {"text": text[:40], "why": " ".join(bad.messages)}) from bad


def _short(text: str, longest: int, what: str) -> str:
    if len(text) > longest:
        raise BadRow(_("%(what)s is longer than %(longest)d characters") % {"what": what, "longest": longest})
    return text


def _phone(text: str) -> str:
    try:
        return normalise(text)
    except ValidationError as bad:
        raise BadRow(_("the phone “%(text)s”: %(why)s") % {"text": text[:40], "why": " ".join(bad.messages)}) from bad


def _day(text: str, date_format: str, today: date) -> date:
    if not text:
        raise BadRow(_("the date is missing"))
    day = _parsed_day(text, date_format)
    if day is None or day < EARLIEST:
        raise BadRow(_("“%(text)s” is not a date") % {"text": text[:40]})
    if day > today:
        raise BadRow(_("%(day)s is in the future") % {"day": day.isoformat()})
    return day


@lru_cache(maxsize=10_000)
def _parsed_day(text: str, date_format: str) -> date | None:
    try:
        if date_format:
            return datetime.strptime(text, date_format).date()  # noqa: DTZ007  # a local day, no instant
        return read_day(TIME_OF_DAY.sub("", text))
    except (ValueError, ValidationError):
        return None


def _number(text: str) -> Decimal | None:
    """The number in a cell; None for NaN, 1_000 or 1E+99, which Decimal would take."""
    written = plain(text)
    return Decimal(written) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{0,15})?", written) else None


def _quantity(text: str) -> int:
    number = _number(text)
    if number is None or number != number.to_integral_value() or not 0 < number <= LARGEST_QUANTITY:
        raise BadRow(
            _("the quantity “%(text)s” is not a whole number from 1 to %(most)d")
            % {"text": text[:40], "most": LARGEST_QUANTITY}
        )
    return int(number)


def _amount(text: str) -> Decimal:
    number = _number(text)
    if number is None:
        raise BadRow(_("the amount “%(text)s” is not a number") % {"text": text[:40]})
    if number < 0:
        raise BadRow(_("the amount %(text)s is negative; enter refunds by hand") % {"text": text[:40]})
    if number > LARGEST_AMOUNT:
        raise BadRow(_("the amount %(text)s is above 99,999,999") % {"text": text[:40]})
    if number != number.quantize(Decimal("0.01")):
        raise BadRow(_("the amount %(text)s has more than two decimal places") % {"text": text[:40]})
    return number.quantize(Decimal("0.01"))
