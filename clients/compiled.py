"""Questions that are put into SQL once and asked many times.

For a question of many parts the ORM takes several times as long to write the SQL as Postgres to answer it. What such a
question asks depends on the rights of who asks, never on who it is: whom it is about is bound anew each time.
"""

from collections.abc import Mapping
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

# Stand in the question for the ids that are bound when it is asked. No row has them, and nothing else is as large.
CLIENT = 9_000_000_000_000_000_001
USER = 9_000_000_000_000_000_002


class Compiled:
    """The SQL of a queryset of values, in which CLIENT and USER stand for ids. Made once, kept by an `lru_cache`."""

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        self.sql, self.values = self.compiler.as_sql()

    def ask(self, ids: Mapping[int, int]) -> list[tuple[Any, ...]]:
        """The rows, with `ids` bound: {CLIENT: 17}. One query. Raises KeyError for an id that is not given."""
        bound = [ids[value] if value in (CLIENT, USER) else value for value in self.values]
        with connection.cursor() as cursor:
            cursor.execute(self.sql, bound)
            found = cursor.fetchall()
        return list(self.compiler.results_iter([found], tuple_expected=True))
