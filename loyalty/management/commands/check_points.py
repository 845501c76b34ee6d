"""`manage.py check_points`: proves for every client that the membership is what the books say."""

import sys
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand

from loyalty.checking import FAULTS_SHOWN, accounts_checked, faults, one_moment


class Command(BaseCommand):
    help = (
        "Check every client's points, lots, standing, tier and segment, and that vouchers, rewards, stock, referrals, "
        "perks and adjustments are whole. Prints what is wrong and exits with 1."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        with one_moment():
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
