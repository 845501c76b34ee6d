"""One counter that never gives up: checks visits out under keys of its own, and tells which were acknowledged.

Run as a process: `python -m tests.faults.writer NUMBER VISITS`. Each acknowledged key is printed as a line.
"""

import sys
import time
import uuid

import django

django.setup()

from django.db import DatabaseError, InterfaceError, connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from clients.models import Client  # noqa: E402
from loyalty.checkout import CheckoutGone, check_out  # noqa: E402
from staff.models import User  # noqa: E402
from visits.draft import Content, Line, Paying  # noqa: E402
from visits.models import Draft, Service  # noqa: E402

GIVE_UP_AFTER = 60  # seconds without an answer


def until_answered(number: int, turn: int) -> uuid.UUID:
    """Check out visit `turn` of this counter, again and again with the same key, until the database says yes."""
    key = uuid.uuid5(uuid.NAMESPACE_OID, f"{number}/{turn}")
    deadline = time.monotonic() + GIVE_UP_AFTER
    while True:
        try:
            desk = User.objects.get(username="qiantai")
            client = Client.objects.order_by("pk")[(number + turn) % 5]
            service = Service.objects.filter(is_active=True, ingredients="").order_by("pk")[0]
            line = Line(uid="1", kind="service", item=service.pk)
            content = Content(lines=(line,), payments=(Paying("cash"),)).as_json()
            draft = Draft(checkout_key=key, client=client, content=content, by=desk)
            Draft.objects.bulk_create([draft], ignore_conflicts=True)
            check_out(draft, by=desk, at=timezone.now())
            return key
        except (DatabaseError, InterfaceError, CheckoutGone):
            if time.monotonic() > deadline:
                raise
            connection.close()
            time.sleep(0.05)


if __name__ == "__main__":
    number, visits = int(sys.argv[1]), int(sys.argv[2])
    for turn in range(visits):
        sys.stdout.write(f"{until_answered(number, turn)}\n")
        sys.stdout.flush()
