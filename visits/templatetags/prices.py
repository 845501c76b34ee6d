"""Prices in templates, as shopkeepers write them."""

from decimal import Decimal

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def off(percent: int | Decimal) -> str:
    """A discount of so many per cent: `10% off`, in Chinese 9 折. Nothing off is a dash."""
    if not percent:
        return "—"
    if (get_language() or "").startswith("zh"):
        return f"{((100 - Decimal(percent)) / 10).normalize():f} 折"
    return _("%(percent)s%% off") % {"percent": f"{Decimal(percent).normalize():f}"}


@register.filter
def plain(amount: Decimal) -> str:
    """Yuan without the sign, as in a column of figures: 1,234.50."""
    return f"{amount:,.2f}"


@register.filter
def grouped(number: int) -> str:
    """A whole number with its thousands set apart: 2,480."""
    return f"{number:,}"
