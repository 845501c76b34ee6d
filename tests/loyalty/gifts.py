"""What the tests of vouchers share: kinds, vouchers given."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from clients.models import Client
from loyalty import vouchers
from loyalty.models import LoyaltyAccount, Voucher, VoucherKind
from tests.loyalty.books import TODAY
from tests.loyalty.together import at_once

__all__ = ["Source", "at_once", "given", "kind", "of_rule"]

Source = Voucher.Source


def kind(name: str = "感谢券 ¥50", worth: str = "amount", value: str | int = 50, **terms: Any) -> VoucherKind:
    """A kind of voucher that no rule gives."""
    return VoucherKind.objects.create(name=name, worth=worth, value=Decimal(value), **terms)


def of_rule(rule: str) -> VoucherKind:
    """The kind that a new salon has for a rule."""
    return VoucherKind.objects.get(rule=rule, is_active=True)


@transaction.atomic
def given(who: Client, of: VoucherKind | None = None, on: date = TODAY, **terms: Any) -> Voucher:
    """A voucher of this client, given by rule; `terms` are written over those of its kind."""
    account = LoyaltyAccount.objects.locked(who)
    made = vouchers.issue(account, of or kind(), on=on, source=Source.RULE)
    if terms:
        Voucher.objects.filter(pk=made.pk).update(**terms)
        made.refresh_from_db()
    return made
