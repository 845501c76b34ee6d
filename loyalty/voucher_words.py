"""A voucher's terms in the words of the counter: 满 ¥300 减 ¥50, 全单 7 折, 免费体验 深层补水护理."""

from decimal import Decimal
from typing import Protocol

from django.utils.translation import gettext as _

from visits.amounts import off_text


class Named(Protocol):
    """What the words need of a service."""

    name: str


class Terms(Protocol):
    """What a kind of voucher and a voucher given have in common. `value` is yuan, per cent or a price, by `worth`."""

    @property
    def worth(self) -> str: ...
    @property
    def value(self) -> Decimal: ...
    @property
    def min_spend(self) -> Decimal: ...
    @property
    def service(self) -> Named | None: ...


def yuan(amount: Decimal) -> str:
    """¥50, or ¥49.90: without the zeros that nobody reads out."""
    return f"¥{amount:,.2f}".removesuffix(".00")


def terms_text(terms: Terms) -> str:
    """What the voucher gives and from which spend on, in the language of the screen."""
    gives = _gives(terms)
    if not terms.min_spend:
        return gives
    return _("From %(spend)s: %(gives)s") % {"spend": yuan(terms.min_spend), "gives": gives}


def _gives(terms: Terms) -> str:
    service = terms.service.name if terms.service else ""
    words = {"service": service, "value": yuan(terms.value)}
    if terms.worth == "trial":
        return _("%(service)s for free, to try") % words
    if terms.worth == "price":
        return _("%(service)s for %(value)s") % words
    if terms.worth == "amount":
        return _("%(value)s off %(service)s") % words if service else _("%(value)s off") % words
    if terms.value == 100:
        return _("%(service)s for free") % words if service else _("the whole bill for free")
    words["off"] = off_text(terms.value)
    return _("%(off)s %(service)s") % words if service else _("%(off)s the whole bill") % words
