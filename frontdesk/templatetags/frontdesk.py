"""Days and numbers as the front desk's pages write them."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from django import template
from django.forms import BooleanField, BoundField
from django.forms.utils import flatatt
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from frontdesk.forms import Choices, ListForm, RowsToChoose
from loyalty.segments import label

register = template.Library()


TICK = (
    '<label class="filter-check"><input type="checkbox" name="{name}" class="form-check-input mt-0" id="{id}"{more}>'
    " {label}</label>"
)
SELECT = '<label for="{id}">{label}</label><select name="{name}" class="form-select" id="{id}"{more}>{options}</select>'
ERROR = '<div class="invalid-feedback" id="{}_error">{}</div>'


@register.simple_tag
def filter_boxes(form: ListForm) -> SafeString:
    """The filters of the list as their widgets would write them, but without a template for every box and option."""
    rows = form.rows()
    return _boxes(form, rows) if form.data else _blank_boxes(form, rows, get_language())


@lru_cache(maxsize=32)
def _blank_boxes(form: ListForm, rows: RowsToChoose, _language: str | None) -> SafeString:
    return _boxes(form, rows)


def _boxes(form: ListForm, rows: RowsToChoose) -> SafeString:
    return format_html_join("", "<div>{}{}</div>", ((_box(field, form, rows), _error(field)) for field in form))


def _box(field: BoundField, form: ListForm, rows: RowsToChoose) -> SafeString:
    name, label, chosen = field.html_name, str(field.label), field.value()
    if isinstance(field.field, BooleanField):
        return _tick(name, field.auto_id, label, bool(chosen))
    return _select(name, field.auto_id, label, form.options(field.name, rows), str(chosen or ""), bool(field.errors))


# Most of these boxes stand on every list as they stood on the last one, so the last ones written are kept.
@lru_cache(maxsize=64)
def _tick(name: str, html_id: str, label: str, checked: bool) -> SafeString:
    return format_html(TICK, id=html_id, name=name, label=label, more=flatatt({"checked": checked}))


@lru_cache(maxsize=256)
def _select(name: str, html_id: str, label: str, choices: Choices, chosen: str, wrong: bool) -> SafeString:
    more = flatatt({"aria-invalid": "true", "aria-describedby": f"{html_id}_error"} if wrong else {})
    return format_html(SELECT, id=html_id, name=name, label=label, more=more, options=_options(choices, chosen))


def _error(field: BoundField) -> SafeString | str:
    return format_html(ERROR, field.auto_id, " ".join(map(str, field.errors))) if field.errors else ""


def _options(choices: Choices, chosen: str) -> SafeString:
    """Options, and groups of them where a choice is a name with choices of its own."""
    return format_html_join("", "{}", ((_option(value, label, chosen),) for value, label in choices))


def _option(value: str, label: "str | Choices", chosen: str) -> SafeString:
    if isinstance(label, tuple):
        return format_html('<optgroup label="{}">{}</optgroup>', value, _options(label, chosen))
    if value == chosen:
        return format_html('<option value="{}" selected>{}</option>', value, label)
    return format_html('<option value="{}">{}</option>', value, label)


@register.filter
def short_day(day: date | Literal[""] | None) -> str:
    """The day as 11-13; today by its name, with the year when it is another one. Nothing is a dash."""
    if not day:  # a template gives "" for a client without a membership
        return "—"
    today = timezone.localdate()
    if day == today:
        return gettext("Today")
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%Y-%m-%d}"


@register.filter
def ago(day: date | Literal[""] | None) -> str:
    """How long ago in words: today, yesterday, 9 days ago. Nothing when there is no day."""
    if not day:
        return ""
    days = (timezone.localdate() - day).days
    if days <= 0:
        return gettext("today")
    if days == 1:
        return gettext("yesterday")
    if days < 60:
        return ngettext("%(n)s day ago", "%(n)s days ago", days) % {"n": days}
    months = days * 12 // 365
    if months < 24:
        return ngettext("%(n)s month ago", "%(n)s months ago", months) % {"n": months}
    return ngettext("%(n)s year ago", "%(n)s years ago", days // 365) % {"n": days // 365}


@register.filter
def signed(number: int) -> str:
    """A number with its sign and its thousands set apart: +1,868."""
    return f"{number:+,}".replace("-", "−")


@register.filter
def initial(name: str) -> str:
    """The character in a client's round picture: the first that is written."""
    return next((one for one in name if one.isalnum()), "·").upper()


@register.filter
def thousands(number: int) -> str:
    """A whole number with its thousands set apart: 2,480."""
    return f"{number:,}"


@register.filter
def yuan(amount: Decimal) -> str:
    """Yuan rounded to whole ones, as in a strip of figures: ¥13,860."""
    return f"¥{amount:,.0f}"


@register.filter
def segment(code: str) -> str:
    """The name of a client's segment."""
    return label(code)
