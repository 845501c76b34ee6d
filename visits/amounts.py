"""Reading what was typed as money, numbers and days. Rule source: SECURITY §3, rows "Spend" and "Visit date"."""

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from django.utils.translation import gettext as _

CENT = Decimal("0.01")
LEAST = CENT
MOST = Decimal("99999.99")
MOST_PIECES = 999
EARLIEST_YEAR = 2000

_MONEY = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{1,12})?")
_GROUPED = re.compile(r"([0-9]{1,3})((?:,[0-9]{3})+)(\.[0-9]*)?")
_DAY_OF_YEAR = re.compile(r"([0-9]{1,2})[-/.月]([0-9]{1,2})日?")
_DAY = re.compile(r"([0-9]{4})[-/.年]([0-9]{1,2})[-/.月]([0-9]{1,2})日?|([0-9]{4})([0-9]{2})([0-9]{2})")


def plain(text: str) -> str:
    """`text` with full-width characters made narrow, without spaces round it and without the yuan sign."""
    narrow = unicodedata.normalize("NFKC", text).replace("¥", "").replace("元", "").replace("。", ".").strip()
    grouped = _GROUPED.fullmatch(narrow)
    return narrow.replace(",", "") if grouped else narrow


def read_money(text: str, *, least: Decimal = LEAST, most: Decimal = MOST) -> Decimal:
    """Yuan with at most two places, between `least` and `most`. Raises ValidationError in words for the field."""
    wrong = ValidationError(
        _("The amount must lie between %(least)s and %(most)s yuan, with at most two decimal places.")
        % {"least": f"{least:,}", "most": f"{most:,}"}
    )
    written = plain(text)
    if not _MONEY.fullmatch(written):
        raise wrong
    try:
        amount = Decimal(written)
        exact = amount.quantize(CENT)
    except InvalidOperation as unreadable:
        raise wrong from unreadable
    if exact != amount or not least <= exact <= most:
        raise wrong
    return exact


def read_pieces(text: str) -> int:
    """How many of an item, 1 to 999. Raises ValidationError."""
    written = plain(text)
    if not re.fullmatch(r"[0-9]{1,3}", written) or int(written) < 1:
        raise ValidationError(_("The quantity must be a whole number from 1 to %(most)s.") % {"most": MOST_PIECES})
    return int(written)


def read_percent(text: str) -> Decimal:
    """Per cent off, above 0 up to 100, with at most two places. Raises ValidationError."""
    written = plain(text).removesuffix("%").strip()
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", written) or not 0 < Decimal(written) <= 100:
        raise ValidationError(_("The discount must lie between 0.01 and 100 per cent."))
    return Decimal(written)


def read_zhe(text: str) -> Decimal:
    """Per cent off of a discount said in 折: 8.5 and 85 both leave 85 per cent, so 15 off. Raises ValidationError."""
    written = plain(text).removeprefix("打").removesuffix("折").strip()
    found = re.fullmatch(r"([1-9])(?:\.?([0-9]))?", written)
    if not found or written == "10":
        raise ValidationError(_("Write the discount as a number from 1 to 9.9, such as 8.5."))
    return Decimal(100 - int(found[1]) * 10 - int(found[2] or 0))


def off_text(percent: int | Decimal) -> str:
    """A discount of so many per cent: `10% off`, in Chinese 9 折. Nothing off is a dash."""
    if not percent:
        return "—"
    if (get_language() or "").startswith("zh"):
        return f"{((100 - Decimal(percent)) / 10).normalize():f} 折"
    return _("%(percent)s%% off") % {"percent": f"{Decimal(percent).normalize():f}"}


def read_day(text: str, today: date | None = None) -> date:
    """A day in any of the usual writings: 2026-11-22, 2026/11/22, 2026.11.22, 2026年11月22日, 20261122.

    With `today`, a day without its year too, such as 11-22: the last one there was. Raises ValidationError.
    """
    written = unicodedata.normalize("NFKC", text).strip().replace(" ", "")
    found = _DAY.fullmatch(written) or (_DAY_OF_YEAR.fullmatch(written) if today else None)
    if found:
        *years, month, day = (int(part) for part in found.groups() if part)
        try:
            return date(years[0], month, day) if years or not today else _last(month, day, today)
        except ValueError:
            pass
    raise ValidationError(_("There is no such day. Write it like 2026-11-22."))


def _last(month: int, day: int, today: date) -> date:
    """The last day of this name up to `today`. Raises ValueError for one that neither this nor last year has."""
    this_year = date(today.year, month, day)
    return this_year if this_year <= today else date(today.year - 1, month, day)
