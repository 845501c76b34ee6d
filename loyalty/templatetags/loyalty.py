"""Words of the membership for templates."""

from decimal import Decimal

from django import template

from loyalty.explaining import yuan
from loyalty.segments import label

register = template.Library()


@register.filter
def segment_name(code: str) -> str:
    """The name of a segment."""
    return label(code)


@register.filter
def yuan_words(amount: Decimal) -> str:
    """An amount for a sentence: ¥10,420, and with places only where there are any."""
    return yuan(amount)
