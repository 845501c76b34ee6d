"""Sealing everything anew with the newest key, batch by batch, while the salon goes on working.

A row is written only if it still holds what was read, so nobody's change is lost; what is done is recognised by its
key, so a run may be stopped anywhere and started again. Every process that reads must have old and new keys all the
while. A value that cannot be opened stays as it is, and is named at the end.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pgtrigger
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction

from clients.models import Client
from clients.models.client import HASHED
from staff.encryption import SEPARATOR, EncryptedTextField, keys, newest, seal, unreadable_shown, unseal
from staff.models import AuditEntry, Salon

BATCH = 500
SEALED_IN_TEXT = re.compile(r"([0-9a-f]{8}):(gAAAA[A-Za-z0-9_\-]+={0,2})")
Progress = Callable[[str, int], None]

SELECT_OLD = """
    SELECT {pk}, {names} FROM {table}
     WHERE (%(after)s::{pk_type} IS NULL OR {pk} > %(after)s::{pk_type}) AND ({old})
     ORDER BY {pk} LIMIT %(batch)s
"""
UPDATE_UNCHANGED = """
    UPDATE {table} AS kept SET {written}
      FROM unnest(%s::{pk_type}[], {arrays}) AS fresh (pk, {labels})
     WHERE kept.{pk} = fresh.pk AND {unchanged}
"""
TRAIL = """
    SELECT id, changes::text FROM staff_auditentry
     WHERE id > %(after)s AND changes::text LIKE ANY(%(others)s)
     ORDER BY id LIMIT %(batch)s
"""
UPDATE_TRAIL = """
    UPDATE staff_auditentry AS kept SET changes = fresh.changes::jsonb
      FROM unnest(%s::bigint[], %s::text[]) AS fresh (pk, changes)
     WHERE kept.id = fresh.pk
"""
JOIN = "\x1f"  # in no key: names are kept without control characters
UPDATE_SEARCH_KEYS = """
    UPDATE clients_client AS kept SET search_keys = string_to_array(fresh.new_keys, chr(31))
      FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS fresh (pk, old_keys, new_keys)
     WHERE kept.id = fresh.pk AND kept.search_keys = string_to_array(fresh.old_keys, chr(31))::varchar[]
"""


def sealed_columns() -> Iterator[tuple[type[models.Model], list[str]]]:
    """Each installed model that has sealed fields, with their columns; the salon's own check value comes last."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        columns = [str(field.column) for field in model._meta.local_fields if isinstance(field, EncryptedTextField)]
        if columns and model._meta.managed and not model._meta.proxy:
            found[model] = columns
    yield from sorted(found.items(), key=lambda item: (item[0] is Salon, item[0]._meta.label))


class Unopened(NamedTuple):
    """A value that could not be sealed anew, and why. What is stored is not told."""

    model: str
    column: str
    pk: object
    why: str

    def __str__(self) -> str:
        return f"{self.model}.{self.column} of id {self.pk}: {self.why}"


@dataclass
class Rotation:
    """How many rows a run has written, and what it had to leave."""

    written: int = 0
    unopened: list[Unopened] = field(default_factory=list)


def rotate(progress: Progress) -> Rotation:
    """Seal every field, the audit trail's values and the search hashes with the newest key.

    `progress` hears what is being worked on and how many rows of it are done.
    """
    done = Rotation()
    for model, columns in sealed_columns():
        if model is Salon:
            done.written += rotate_trail(progress)
            done.written += rotate_search_keys(progress)
        _rotate_model(model, columns, progress, done)
    return done


def _rotate_model(model: type[models.Model], columns: list[str], progress: Progress, done: Rotation) -> None:
    names = [connection.ops.quote_name(column) for column in columns]
    pk: Any = model._meta.pk
    words = {
        "table": connection.ops.quote_name(model._meta.db_table),
        "pk": connection.ops.quote_name(pk.column),
        "pk_type": pk.rel_db_type(connection),
        "names": ", ".join(names),
        "old": " OR ".join(f"({name} <> '' AND {name} NOT LIKE %(newest)s)" for name in names),
        "written": ", ".join(f"{name} = fresh.new_{at}" for at, name in enumerate(names)),
        "unchanged": " AND ".join(f"kept.{name} IS NOT DISTINCT FROM fresh.old_{at}" for at, name in enumerate(names)),
        "labels": ", ".join(f"old_{at}, new_{at}" for at in range(len(names))),
        "arrays": ", ".join(["%s::text[]"] * (2 * len(names))),
    }
    select = SELECT_OLD.format(**words)
    update = UPDATE_UNCHANGED.format(**words)
    mark = newest().fingerprint + SEPARATOR + "%"
    after, written = None, 0
    while rows := _fetch(select, {"newest": mark, "after": after, "batch": BATCH}):
        fresh = list(_resealed_rows(rows, model, columns, done))
        # Sealing anew changes no value, so the trail has nothing to tell, and rows that are only added may be written.
        with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
            if fresh:
                cursor.execute(update, [list(column) for column in zip(*fresh, strict=True)])
                written += cursor.rowcount
        after = rows[-1][0]
        progress(str(model._meta.verbose_name_plural), written)
    done.written += written


def _resealed_rows(
    rows: list[tuple[Any, ...]], model: type[models.Model], columns: list[str], done: Rotation
) -> Iterator[tuple[Any, ...]]:
    """(id, old, new, old, new …) of the rows in which anything is new. What cannot be opened is noted in `done`."""
    for pk, *stored in rows:
        texts: list[str | None] = []
        for column, old in zip(columns, stored, strict=True):
            try:
                texts += [old, _resealed(old)]
            except ImproperlyConfigured as why:
                texts += [old, old]
                done.unopened.append(Unopened(model._meta.label, column, pk, str(why)))
        if texts[::2] != texts[1::2]:
            yield (pk, *texts)


def rotate_trail(progress: Progress) -> int:
    """Old and new values in the audit trail are sealed as they were in their table."""
    others = [f"%{one}{SEPARATOR}gAAAA%" for one in keys() if one != newest().fingerprint]
    after, written = 0, 0
    while rows := _fetch(TRAIL, {"others": others, "after": after, "batch": BATCH}):
        fresh = [(pk, new) for pk, text in rows if (new := SEALED_IN_TEXT.sub(_resealed_match, text)) != text]
        with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
            if fresh:
                cursor.execute(UPDATE_TRAIL, [list(column) for column in zip(*fresh, strict=True)])
                written += cursor.rowcount
        after = rows[-1][0]
        progress(str(AuditEntry._meta.verbose_name_plural), written)
    return written


def _resealed_match(found: re.Match[str]) -> str:
    try:
        return _resealed(found[0]) or ""
    except ImproperlyConfigured:
        return found[0]  # somebody's text that only looks like a sealed value


def rotate_search_keys(progress: Progress) -> int:
    """Phones are found by the newest key's hashes; until then by any key's."""
    after, written = 0, 0
    clients = Client.objects.order_by("pk").only("pk", "phone", "second_phone", "search_keys")
    while batch := _readable_or_not(clients.filter(pk__gt=after)[:BATCH]):
        after = batch[-1].pk
        changed = [(client.pk, client.search_keys, fresh) for client in batch if (fresh := _fresh_keys(client))]
        if changed:
            pks = [pk for pk, _, _ in changed]
            old, new = [JOIN.join(keys) for _, keys, _ in changed], [JOIN.join(keys) for _, _, keys in changed]
            with transaction.atomic(), pgtrigger.ignore(), connection.cursor() as cursor:
                cursor.execute(UPDATE_SEARCH_KEYS, [pks, old, new])
                written += cursor.rowcount
        progress(str(Client._meta.verbose_name_plural), written)
    return written


@unreadable_shown()
def _readable_or_not(clients: models.QuerySet[Client]) -> list[Client]:
    return list(clients)


def _fresh_keys(client: Client) -> list[str]:
    """The client's search keys with the phones hashed by the newest key; [] when they are so already."""
    spoken = [key for key in client.search_keys if not key.startswith(HASHED)]
    fresh = list(dict.fromkeys([*spoken, *client.fresh_phone_keys()]))
    return fresh if fresh != client.search_keys else []


def keys_in_use() -> set[str]:
    """Fingerprints of the keys that any sealed field still needs."""
    found: set[str] = set()
    for model, columns in sealed_columns():
        table = connection.ops.quote_name(model._meta.db_table)
        for column in map(connection.ops.quote_name, columns):
            query = f"SELECT DISTINCT split_part({column}, ':', 1) FROM {table} WHERE {column} <> ''"  # noqa: S608
            found |= {row[0] for row in _fetch(query, {})}
    return found


def _fetch(query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return list(cursor.fetchall())


def _resealed(stored: str | None) -> str | None:
    if not stored or stored.startswith(newest().fingerprint + SEPARATOR):
        return stored
    return seal(unseal(stored))
