"""Phones in any way of writing, kept as E.164: mainland China, Hong Kong, Macao and Taiwan; elsewhere with its `+`."""

import re
import unicodedata
from decimal import Decimal, InvalidOperation

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MAINLAND = re.compile(r"1[3-9][0-9]{9}")
TAIWAN_MOBILE = re.compile(r"09[0-9]{8}")
DECORATION = re.compile(r"[\s\-‐-―−.·()/]+")
SPREADSHEET = re.compile(r"[0-9]+(\.[0-9]+)?[eE]\+?[0-9]+|[0-9]+\.0+")
LONGEST_WRITING = 40
FEWEST_DIGITS = 7  # with fewer, text is no number with something beside it

MAINLAND_RULE = _("A mobile number has 11 digits and starts with 13–19.")
LOST_DIGITS = _(
    "The spreadsheet has cut this number short: the digits after %(kept)s are lost. Enter the whole number."
)
AREA = r"(10|2[0-9]|[3-9][0-9]{2})[0-9]{7,8}"
LANDLINE = re.compile(rf"0{AREA}|(\+86|86)0?{AREA}|400[0-9]{{7}}")
NO_LANDLINES = _("This is a landline. Only mobile numbers are kept here; put a landline into the note.")
NO_SUCH_COUNTRY = _("No country has this code. Check the digits after the +.")
TEXT_BESIDE = _("Enter the number only; there is text beside it: %(text)s")
ABROAD_RULE = _("Put +852 (Hong Kong), +853 (Macao) or +886 (Taiwan) in front of this number.")


def normalise(written: str) -> str:
    """The number as E.164, such as +8613800138000; "" for an empty text. Raises ValidationError saying what to do."""
    text = unicodedata.normalize("NFKC", written[: LONGEST_WRITING + 1]).strip()
    if not text:
        return ""
    if len(text) > LONGEST_WRITING:
        raise ValidationError(MAINLAND_RULE, code="phone")
    text = _whole_number(text)
    digits = DECORATION.sub("", text)
    if digits.startswith("00") and not digits.startswith("000"):
        digits = "+" + digits[2:]
    if digits.startswith("+"):
        return _international(digits)
    for candidate in (digits, digits.removeprefix("0"), digits.removeprefix("86")):
        if MAINLAND.fullmatch(candidate):
            return "+86" + candidate
    if TAIWAN_MOBILE.fullmatch(digits):
        return "+886" + digits[1:]
    if re.fullmatch(r"(852|853)[0-9]{8}|8869[0-9]{8}", digits):
        return _international("+" + digits)
    raise _refusal(digits)


def _refusal(digits: str) -> ValidationError:
    """What to say of a number that can be none of those that are kept."""
    text = "".join(re.findall(r"[^\W\d_]+", digits))
    if text and len(re.findall(r"[0-9]", digits)) >= FEWEST_DIGITS:
        return ValidationError(TEXT_BESIDE, code="phone", params={"text": text})
    if LANDLINE.fullmatch(digits):
        return ValidationError(NO_LANDLINES, code="phone")
    return ValidationError(ABROAD_RULE if re.fullmatch(r"[569][0-9]{7}", digits) else MAINLAND_RULE, code="phone")


def _whole_number(text: str) -> str:
    """Undo what spreadsheets do: 13800138000.0, and 1.3800138E+10 as long as no digit was lost."""
    if not SPREADSHEET.fullmatch(text):
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    mantissa = text.upper().partition("E")[0].replace(".", "")
    if number.adjusted() > LONGEST_WRITING or number != number.to_integral_value():
        raise ValidationError(MAINLAND_RULE, code="phone")
    whole = str(int(number))
    # Excel's short form shows three to six digits of eleven: the rest is gone, not zero.
    if "E" in text.upper() and len(mantissa) < len(whole) - 3:
        raise ValidationError(LOST_DIGITS, code="phone_cut", params={"kept": mantissa})
    return whole


def _international(digits: str) -> str:
    if digits.startswith("+86"):
        local = digits.removeprefix("+86").removeprefix("0")
        if MAINLAND.fullmatch(local):
            return "+86" + local
        raise _refusal(digits)
    if not re.fullmatch(r"\+[0-9]+", digits):
        raise _refusal(digits)
    try:
        number = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException as refused:
        unknown = refused.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE
        raise ValidationError(NO_SUCH_COUNTRY if unknown else MAINLAND_RULE, code="phone") from None
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(_("There is no such number in the country of that code."), code="phone")
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def possible_numbers(written: str) -> list[str]:
    """What was typed into a search may mean these, as E.164: eight digits can be of Hong Kong or of Macao."""
    digits = DECORATION.sub("", unicodedata.normalize("NFKC", written[:LONGEST_WRITING]))
    if re.fullmatch(r"[0-9]{8}", digits):
        return ["+852" + digits, "+853" + digits]
    try:
        number = normalise(written)
    except ValidationError:
        return []
    return [number] if number else []


def display(e164: str) -> str:
    """As people of its region write it: 138 0013 8000, +852 9123 4567, +886 912 345 678."""
    if not e164:
        return ""
    if e164.startswith("+86"):
        local = e164.removeprefix("+86")
        return f"{local[:3]} {local[3:7]} {local[7:]}"
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def last_four(e164: str) -> str:
    return e164[-4:]
