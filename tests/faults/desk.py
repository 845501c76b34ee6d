"""The counter goes on meanwhile: checks visits out, and tells how long the slowest of them took.

Run as a process in the salon: `python -m tests.faults.desk VISITS`. Prints milliseconds.
"""

import sys
import time

import django

django.setup()

from django.utils import timezone  # noqa: E402

from loyalty.checkout import check_out  # noqa: E402
from staff.models import User  # noqa: E402
from staff.roles import Role  # noqa: E402
from tests.visits import shop  # noqa: E402

if __name__ == "__main__":
    by = User.objects.filter(username="counter").first() or shop.worker(Role.FRONT_DESK, username="counter")
    care, who = shop.service(), shop.client("散步的")
    took = []
    for _visit in range(int(sys.argv[1])):
        draft = shop.draft(by, who, shop.line(care))
        begun = time.perf_counter()
        check_out(draft, by=by, at=timezone.now())
        took.append(time.perf_counter() - begun)
    sys.stdout.write(f"{sorted(took)[int(len(took) * 0.95)] * 1000:.0f}\n")
