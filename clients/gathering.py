"""Several short lists about one row in one question: a page of many parts asks the database once, not once a part."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import CharField, DecimalField, F, Field, Model, QuerySet
from django.db.models.functions import Cast, JSONObject

M = TypeVar("M", bound=Model)
Facts = Mapping[str, Any]


def part(rows: "QuerySet[Any, Any]", *paths: str) -> ArraySubquery:
    """`rows` as a column of the outer query: a list of JSON objects with these paths, such as `by__display_name`.

    `rows` refers to the outer row by OuterRef. `made` turns what comes back into instances.
    """
    return ArraySubquery(rows.values(json=JSONObject(**{path: _told(rows.model, path) for path in paths})))


def _told(model: type[Model], path: str) -> F | Cast:
    """The value as JSON can tell it without loss: it knows no decimals, so they are told as text."""
    *through, last = path.split("__")
    for name in through:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]  # a foreign key's
    return Cast(path, CharField()) if isinstance(model._meta.get_field(last), DecimalField) else F(path)


def made(model: type[M], found: Iterable[Facts]) -> list[M]:
    """Instances of `model` as if loaded with `only` these paths; a path through a foreign key fills the related row."""
    return [_instance(model, facts) for facts in found]


def _instance(model: type[M], facts: Facts) -> M:
    # In the model's own order, as `from_db` wants them.
    own = {one.attname: _value(one, facts[one.attname]) for one in model._meta.concrete_fields if one.attname in facts}
    instance = model.from_db("default", list(own), list(own.values()))
    related: dict[str, dict[str, Any]] = {}
    for path, value in facts.items():
        name, _dunder, rest = path.partition("__")
        if rest:
            related.setdefault(name, {})[rest] = value
    for name, values in related.items():
        key = own[f"{name}_id"]
        to: type[Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]  # a foreign key's
        setattr(instance, name, None if key is None else _instance(to, {"id": key, **values}))
    return instance


def _value(field: "Field[Any, Any]", value: Any) -> Any:
    """What the field makes of a value that came as JSON."""
    unsealed = getattr(field, "from_db_value", None)
    return unsealed(value, None, connection) if unsealed else field.to_python(value)
