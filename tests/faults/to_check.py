"""What a person finds on the list to check once all leases are over, page after page.

Run as a process in the salon: `python -m tests.faults.to_check`. Prints the messages' keys.
"""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from outreach import outbox, outbox_listing  # noqa: E402

if __name__ == "__main__":
    outbox.expire_leases(timezone.now() + timedelta(minutes=3))
    page = outbox_listing.listed("check", None)
    while page.rows:
        sys.stdout.writelines(f"{row.message.key}\n" for row in page.rows)
        if page.after is None:
            break
        page = outbox_listing.listed("check", page.after)
