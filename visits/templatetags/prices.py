"""Prices in templates, as shopkeepers write them."""

from decimal import Decimal

from django import template

from visits.amounts import off_text

register = template.Library()


@register.filter
def off(percent: int | Decimal) -> str:
    """A discount of so many per cent: `10% off`, in Chinese 9 折. Nothing off is a dash."""
    return off_text(percent)


@register.filter
def plain(amount: Decimal | str) -> str:
    """Yuan without the sign, as in a column of figures: 1,234.50; also of an amount that was kept as text."""
    return f"{Decimal(amount):,.2f}"


@register.filter
def grouped(number: int) -> str:
    """A whole number with its thousands set apart, and a minus as wide as the plus: 2,480, −150."""
    return f"{number:,}".replace("-", "−")
