"""Questions that are put into SQL once and asked many times.

For a question of many parts the ORM takes several times as long to write the SQL, and Postgres to plan it, as it takes
to answer it. What such a question asks depends on the rights of who asks, never on who it is: whom it is about is
bound anew each time.
"""

from collections.abc import Mapping
from itertools import count
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import QuerySet

# Stand in the question for the ids that are bound when it is asked. No row has them, and nothing else is as large.
CLIENT = 9_000_000_000_000_000_001
USER = 9_000_000_000_000_000_002
VISIT = 9_000_000_000_000_000_003
PLACES = {CLIENT: "$1", USER: "$2", VISIT: "$3"}
TYPES, BOUND = ", ".join(["bigint"] * len(PLACES)), ", ".join(["%s"] * len(PLACES))
NUMBERS = count(1)


class Compiled:
    """The SQL of a queryset of values, in which CLIENT, USER and VISIT stand for ids. Made once, kept by `lru_cache`.

    Each connection to the database prepares it together with its first answer.
    """

    def __init__(self, rows: "QuerySet[Any, Any]") -> None:
        self.compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, values = self.compiler.as_sql()
        places = [PLACES.get(value) if isinstance(value, int) else None for value in values]
        self.sql = sql.replace("%%", "%%%%") % tuple(place or "%s" for place in places)
        self.values = [value for value, place in zip(values, places, strict=True) if place is None]
        self.needs = {one for one, place in PLACES.items() if place in places}
        self.prepared: WeakKeyDictionary[Any, str] = WeakKeyDictionary()

    def ask(self, ids: Mapping[int, int]) -> list[tuple[Any, ...]]:
        """The rows, with `ids` bound: {CLIENT: 17}. One query. Raises KeyError for an id that is not given."""
        bound = [ids[one] if one in self.needs else 0 for one in PLACES]
        with connection.cursor() as cursor:
            driver = cursor.connection
            if name := self.prepared.get(driver):
                cursor.execute(f"EXECUTE {name} ({BOUND})", bound)
            else:
                name = f"compiled_{next(NUMBERS)}"
                prepare = f"PREPARE {name} ({TYPES}) AS {self.sql}; EXECUTE {name} ({BOUND})"
                cursor.execute(prepare, [*self.values, *bound])
                self.prepared[driver] = name
            found = cursor.fetchall()
        return list(self.compiler.results_iter([found], tuple_expected=True))
