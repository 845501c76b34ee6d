"""The audit trail as people read it: names for tables and columns, values as words, sealed fields kept sealed."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, DateTimeField, DecimalField, Field, ForeignKey, Model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from staff.encryption import EncryptedTextField
from staff.listed import listed
from staff.models import AuditEntry, User
from staff.roles import Can
from staff.templatetags.salon import money

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

CLIENT_NUMBER = re.compile(r"\s*(?:[cC]-?)?0*([0-9]{1,18})\s*")
NOTHING = "—"
LONGEST_VALUE = 120
YUAN_DIGITS, YUAN_PLACES = 12, 2  # how columns of money are declared, and no other

# What the views write into `what`, as words; anything else, such as a visit's number, is shown as it is.
SAID: "dict[str, StrOrPromise]" = {
    "idle": gettext_lazy("left alone"),
    "hand": gettext_lazy("locked by hand"),
    "pin": gettext_lazy("by PIN"),
    "sign_in": gettext_lazy("sign-in"),
    "client_file": gettext_lazy("client file"),
    "own_password": gettext_lazy("one's own password"),
    "own_pin": gettext_lazy("one's own PIN"),
    "no_own_pin": gettext_lazy("one's own PIN, taken away"),
    "password_reset": gettext_lazy("password reset"),
    "roles": gettext_lazy("roles"),
    "step_up": gettext_lazy("care file and phone, password given again"),
    "step_up_settings": gettext_lazy("accounts and settings, password given again"),
    "reveals_per_hour": gettext_lazy("too many phones in one hour"),
    "phone_not_found": gettext_lazy("looked for a whole phone number that nobody has"),
    "phones_not_found": gettext_lazy("too many whole phone numbers that nobody has in one hour"),
    "channel_secret": gettext_lazy("secret of a channel"),
    "channel_try": gettext_lazy("tried a channel out"),
    "redeem_proof": gettext_lazy("wrong last four digits when redeeming points"),
}
# By table: the column whose change is an act that people have a word for. Upper floors are named, never imported.
ACTS: "dict[str, dict[str, StrOrPromise]]" = {
    "visits_visit": {"voided_at": gettext_lazy("Void"), "refunded": gettext_lazy("Refund")},
    "loyalty_redemption": {"cancelled_at": gettext_lazy("Cancel the redemption")},
}
# By table, then by column ("" for all others of the table): the right without which a change is told but not its
# values, as on the page where they stand. What is encrypted is shown to nobody and needs no line here.
GUARDED: dict[str, dict[str, Can]] = {
    "clients_client": {
        "birthday_year": Can.SEE_BIRTH_YEAR,
        "birthday_calendar": Can.SEE_BIRTHDAY,
        "birthday_month": Can.SEE_BIRTHDAY,
        "birthday_day": Can.SEE_BIRTHDAY,
        "birthday_leap_month": Can.SEE_BIRTHDAY,
        "allergies_asked_on": Can.SEE_ALLERGIES,
    },
    "clients_allergy": {"": Can.SEE_ALLERGIES},
    "clients_skinrecord": {"": Can.SEE_SKIN},
    "clients_memorableday": {"": Can.SEE_BIRTHDAY},
    "visits_visit": {
        "care_note": Can.SEE_SKIN,
        "next_care": Can.SEE_SKIN,
        "gross": Can.SEE_SPEND,
        "tier_discount": Can.SEE_SPEND,
        "manual_discount": Can.SEE_SPEND,
        "voucher_discount": Can.SEE_SPEND,
        "points_discount": Can.SEE_SPEND,
        "total": Can.SEE_SPEND,
        "refunded": Can.SEE_SPEND,
    },
    "loyalty_adjustment": {"": Can.SEE_POINTS},
    "loyalty_perkuse": {"": Can.SEE_POINTS},
    "loyalty_redemption": {"": Can.SEE_POINTS},
    "loyalty_voucher": {"": Can.SEE_POINTS},
}


@dataclass(frozen=True)
class Change:
    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One entry of the trail, ready for the page."""

    entry: AuditEntry
    subject: str
    said: str
    client_number: str
    changes: list[Change]


def client_id(written: str) -> int | None:
    """The id behind a client number such as C-00128 or 128; None when it is not one."""
    found = CLIENT_NUMBER.fullmatch(written)
    return int(found[1]) if found else None


def lines(entries: Iterable[AuditEntry], *, reader: User) -> list[Line]:
    """The entries in words, as far as `reader` may know them. One query for the names of the staff, however many."""
    names = dict(User.objects.values_list("pk", "display_name"))
    return [
        Line(
            entry=entry,
            subject=_subject(entry, names),
            said=_said(entry.what),
            client_number=f"C-{entry.client_id:05d}" if entry.client_id else "",
            changes=_changes(entry, names, reader),
        )
        for entry in entries
    ]


@cache
def _models() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def _said(what: str) -> str:
    code, _colon, rest = what.partition(":")
    return f"{SAID[code]} {rest}".strip() if code in SAID else what


def _subject(entry: AuditEntry, names: dict[int, str]) -> str:
    model = _models().get(entry.model)
    if model is None:
        return ""
    if model is User:
        return f"{model._meta.verbose_name} {names.get(_number(entry.object_id), entry.object_id)}"
    acts = ACTS.get(entry.model, {})
    changed = entry.changes or {}
    act = next((word for column, word in acts.items() if column in changed), model._meta.verbose_name)
    return f"{act} {_printed(model, entry.object_id)}".strip()


def _printed(model: type[Model], pk: object) -> str:
    """The number as printed, such as V-000123, of a record whose model has one."""
    return str(model(pk=_number(pk)).number) if hasattr(model, "number") and _number(pk) else ""  # type: ignore[attr-defined]


def _number(text: object) -> int:
    return int(str(text)) if str(text).isdecimal() else 0


def _changes(entry: AuditEntry, names: dict[int, str], reader: User) -> list[Change]:
    model = _models().get(entry.model)
    fields = {field.column: field for field in model._meta.concrete_fields} if model else {}
    changes = []
    for column, (before, after) in sorted((entry.changes or {}).items()):
        field = fields.get(column)
        if column == "client_id" and entry.client_id:
            continue  # it stands in the entry's own column
        if field is not None and (field.primary_key or (before in (None, "") and after in (None, ""))):
            continue
        label = str(field.verbose_name) if field is not None else _said(column)
        if _may_read(reader, entry.model, column):
            changes.append(Change(label, _value(field, before, names), _value(field, after, names)))
        else:
            changes.append(Change(label, _("(hidden)"), _("(hidden)")))
    return changes


def _may_read(reader: User, table: str, column: str) -> bool:
    guarded = GUARDED.get(table, {})
    right = guarded.get(column, guarded.get(""))
    return right is None or reader.can(right)


def _value(field: "Field[Any, Any] | None", value: Any, names: dict[int, str]) -> str:
    if value is None or value == "":
        return NOTHING
    if isinstance(field, EncryptedTextField):
        return _("(sealed)")
    if isinstance(field, ForeignKey):
        if field.related_model is User:
            return names.get(_number(value), str(value))
        return _printed(field.related_model, value) or f"#{value}"
    if isinstance(field, DecimalField) and field.decimal_places == YUAN_PLACES and field.max_digits == YUAN_DIGITS:
        return money(Decimal(str(value)))
    if isinstance(field, BooleanField):
        return _("yes") if value else _("no")
    if isinstance(field, DateTimeField):
        return _moment(field, value)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    if isinstance(value, list):
        text = listed(value) or NOTHING
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _moment(field: "DateTimeField[Any, Any]", value: Any) -> str:
    try:
        at = field.to_python(value)
    except ValidationError:
        return str(value)
    return date_format(timezone.localtime(at), "Y-m-d H:i") if timezone.is_aware(at) else str(at)
