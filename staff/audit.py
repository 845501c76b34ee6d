"""The audit trail: what was looked at is written by the views, what was changed by the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import connection
from django.http import HttpRequest

from staff.models import AuditEntry

if TYPE_CHECKING:
    from staff.models import User


def record(
    action: AuditEntry.Action,
    *,
    by: "User | None",
    client: int | None = None,
    what: str = "",
    reason: str = "",
    count: int | None = None,
    mark: str = "",
    request: HttpRequest | None = None,
) -> AuditEntry:
    """Write one line of the trail; `client` is the client's id, `count` the rows seen or exported.

    `mark` tells lines of one kind apart where they are counted, and is not shown.
    """
    return AuditEntry.objects.create(
        action=action,
        actor=by,
        client_id=client,
        object_id=mark[:40],
        what=what[:200],
        reason=reason[:500],
        count=count,
        address=request.META.get("REMOTE_ADDR") if request else None,
        path=request.path[:200] if request else "",
    )


@contextmanager
def acting(user: "User | None", *, reason: str = "", address: str = "") -> Iterator[None]:
    """Name the person behind the changes that the database's own triggers record meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('salon.actor', %s, false), set_config('salon.reason', %s, false),"
            " set_config('salon.address', %s, false)",
            [str(user.pk) if user else "", reason, address],
        )
    try:
        yield
    finally:
        if connection.connection is not None and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('salon.actor', '', false), set_config('salon.reason', '', false)")


def because(reason: str) -> None:
    """Give the changes of the current transaction their reason."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('salon.reason', %s, true)", [reason[:500]])
