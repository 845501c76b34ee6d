"""Writing many accounts at once, without keeping a checkout waiting and without a deadlock.

Two statements that write many accounts could take them in different orders, and so could one of them and a checkout
that holds one account and waits for another (see `referrals.py`). So whoever writes many is alone with it. What takes
long, finding out who is to be written, is done before; and it goes in short batches, between which checkouts come in.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, transaction

ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext('loyalty.accounts'))"
WITH_OTHER_CHECKOUTS = "SELECT pg_advisory_xact_lock_shared(hashtext('loyalty.accounts'))"
BATCH = 500  # clients: some 50 ms, for which a checkout may have to wait


def clients_of(find: str, values: dict[str, Any]) -> list[int]:
    """The clients whom the statement `find` tells of. It holds nothing."""
    with connection.cursor() as cursor:
        cursor.execute(find, values)
        return [client for (client,) in cursor.fetchall()]


def in_batches(clients: Sequence[int], write: Callable[[Sequence[int]], int]) -> int:
    """Let `write` change the accounts of `clients`, some at a time, each batch whole or not at all. Returns the sum.

    `write` must look again: a checkout may have come between the finding and the writing.
    """
    written = 0
    for start in range(0, len(clients), BATCH):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONE_AT_A_TIME)
            written += write(clients[start : start + BATCH])
    return written
