"""Rows by the hundred thousand: Postgres' COPY, fed from a buffer of a fixed size."""

import io
import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, models
from django.db.models import Field, Model

from staff.encryption import EncryptedTextField

BUFFER = 500_000  # characters kept before they are sent
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def _array(items: Sequence[object]) -> str:
    quoted = (str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items)
    return "{" + ",".join(f'"{item}"' for item in quoted) + "}"


def written(value: object) -> str:
    """`value` as COPY's text format wants it."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(ESCAPES)
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False).translate(ESCAPES)
    if isinstance(value, (list, tuple)):
        return _array(value).translate(ESCAPES)
    return str(value)


class Table:
    """A table being filled: `add` takes the values of the named fields; the others get the model's defaults.

    Fields that are sealed at rest are sealed here, so nobody can forget it. The database's own checks and triggers
    apply as ever. `tables` before this one are sent first, so that what a row points at is there.
    """

    def __init__(self, model: type[Model], *names: str, after: "Sequence[Table]" = ()) -> None:
        self.after = after
        self.count = 0
        self._buffer = io.StringIO()
        self._named = len(names)
        named = [self._field(model, name) for name in names]
        self._sealed = [at for at, field in enumerate(named) if isinstance(field, EncryptedTextField)]
        rest = [field for field in model._meta.concrete_fields if field not in named and not field.null]
        rest = [field for field in rest if not field.primary_key or field.remote_field]
        self._rest = "".join("\t" + written(self._default(field)) for field in rest)
        columns = ", ".join(f'"{field.column}"' for field in (*named, *rest))
        self._statement = f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'

    @staticmethod
    def _field(model: type[Model], name: str) -> "Field[Any, Any]":
        field = model._meta.get_field(name)
        assert isinstance(field, Field)  # noqa: S101  # a column, not the other end of a relation
        return field

    @staticmethod
    def _default(field: "Field[Any, Any]") -> object:
        if isinstance(field, (models.UUIDField, models.DateTimeField, models.ForeignKey)):
            raise ValueError(f"{field} has a value for each row: name it.")
        return field.get_prep_value(field.get_default())

    def add(self, *values: object) -> None:
        """Add one row. Raises ValueError when the number of values is not that of the named fields."""
        if len(values) != self._named:
            raise ValueError(f"{len(values)} values for {self._named} columns")
        texts = [written(value) for value in values]
        for at in self._sealed:
            value = values[at]
            texts[at] = EncryptedTextField().get_prep_value(value) if value else ""
        self._buffer.write("\t".join(texts) + self._rest + "\n")
        self.count += 1
        if self._buffer.tell() > BUFFER:
            self.send()

    def send(self) -> None:
        """Send what is in the buffer, and before it what it may point at."""
        for table in self.after:
            table.send()
        if self._buffer.tell():
            self._buffer.seek(0)
            with connection.cursor() as cursor:
                cursor.copy_expert(self._statement, self._buffer)
            self._buffer = io.StringIO()


def take_ids(model: type[Model], count: int) -> list[int]:
    """`count` new ids of the table, which nobody else gets, in rising order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def continue_ids(*filled: type[Model]) -> None:
    """Let the tables' sequences go on after the ids that were given by hand."""
    with connection.cursor() as cursor:
        for model in filled:
            table = model._meta.db_table
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, 'id'), max(id)) FROM \"{table}\" HAVING max(id) > 0",  # noqa: S608
                [table],
            )
