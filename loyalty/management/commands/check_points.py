"""`manage.py check_points`: proves for every client that points, standing and tier are what the books say."""

import sys
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from loyalty.checking import FAULTS_SHOWN, accounts_checked, faults


class Command(BaseCommand):
    help = "Check every client's balance, points book, standing and tier. Prints what is wrong and exits with 1."

    def handle(self, *args: Any, **options: Any) -> None:
        own_transaction = not connection.in_atomic_block
        with transaction.atomic():
            if own_transaction:
                with connection.cursor() as cursor:
                    # Every question sees the same moment, so a checkout meanwhile is not taken for a fault.
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._check()

    def _check(self) -> None:
        found = faults()
        shown = list(islice(found, FAULTS_SHOWN))
        for fault in shown:
            self.stdout.write(str(fault))
        more = sum(1 for _fault in found)
        if more:
            self.stdout.write(f"... and {more} more.")
        if shown:
            self.stderr.write(f"{len(shown) + more} faults in {accounts_checked()} memberships.")
            sys.exit(1)
        self.stdout.write(f"{accounts_checked()} memberships checked: all in order.")
