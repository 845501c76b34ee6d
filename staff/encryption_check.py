"""Whether the keys at hand are the ones that this database was written with: asked before anything is served."""

from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from staff.encryption import SEPARATOR, keys, unseal
from staff.models import Salon


def check_keys() -> None:
    """Raise ImproperlyConfigured, naming the key, when this database was sealed with a key that is not at hand.

    Says nothing about a database that is new. Reads one row as it is stored.
    """
    known = keys()
    if Salon._meta.db_table not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT key_check FROM staff_salon WHERE id = 1")
        row = cursor.fetchone()
    if row is None or not row[0]:
        return
    fingerprint = row[0].partition(SEPARATOR)[0]
    if fingerprint not in known:
        raise ImproperlyConfigured(
            f"The client data in this database was sealed with key {fingerprint}, but SALON_KEYS holds"
            f" {', '.join(known)}. Put the missing key back (after the newest one); nothing was read or changed."
        )
    unseal(row[0])
