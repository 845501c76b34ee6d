"""Whether the books are right, asked of the database: each question gives the clients for whom they are not."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.utils.translation import gettext as _

from loyalty.checking import benefits, points_book, standing
from loyalty.checking.asking import Check, Fault

__all__ = ["CHECKS", "FAULTS_SHOWN", "Check", "Fault", "accounts_checked", "faults", "one_moment", "words"]

FAULTS_SHOWN = 200
CHECKS = points_book.CHECKS + standing.CHECKS + benefits.CHECKS
WORDS = {check.code: check.words for check in CHECKS}


def faults() -> Iterator[Fault]:
    """Everything that is wrong, check by check. One statement each, read through without holding all of it."""
    for check in CHECKS:
        with connection.cursor() as cursor:
            cursor.execute(check.sql, dict(check.values))
            for client, one, other in iter(cursor.fetchone, None):
                yield Fault(client, words(check.code, str(one), str(other)), check.code, str(one), str(other))


def words(code: str, one: str, other: str) -> str:
    """What is wrong, in the language of the screen; the bare figures for a check there is no more."""
    return _(WORDS[code]) % {"one": one, "other": other} if code in WORDS else f"{code} {one} {other}"


def accounts_checked() -> int:
    """How many memberships there are."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM loyalty_loyaltyaccount")
        return int(cursor.fetchone()[0])


@contextmanager
def one_moment() -> Iterator[None]:
    """Inside, every question sees the same moment, so that a checkout meanwhile is not taken for a fault.

    Within a transaction that is under way already, which only tests have, nothing is changed about it.
    """
    own_transaction = not connection.in_atomic_block
    with transaction.atomic():
        if own_transaction:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield
