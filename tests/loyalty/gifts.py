"""What the tests of vouchers share: kinds, vouchers given, and acts that start together."""

import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from clients.models import Client
from loyalty import vouchers
from loyalty.models import LoyaltyAccount, Voucher, VoucherKind
from tests.loyalty.books import TODAY

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


def at_once(times: int, act: Callable[[int], object]) -> list[Any]:
    """What `act` gave or raised in each of so many threads that start together."""
    gate = threading.Barrier(times)
    results: list[Any] = [None] * times

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = act(place)
        except Exception as problem:
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
