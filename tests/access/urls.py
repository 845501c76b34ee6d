"""Every address of the house, read from the resolver, with values to fill its places with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.converters import IntConverter, UUIDConverter

TOO_LARGE = 2**63
WRONG_NUMBERS: list[object] = [0, -1, TOO_LARGE, 999_999]
WRONG_KEYS: list[object] = ["00000000-0000-0000-0000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"]
WRONG_TEXTS: list[object] = ["0", "-1", str(TOO_LARGE), "abc", "😀", "a/b", "_5F", "'--"]


@dataclass(frozen=True)
class Address:
    """One pattern: its full name, such as `clients:edit`, and the converters of its places."""

    name: str
    places: dict[str, object] = field(default_factory=dict, hash=False, compare=False)

    def path(self, values: dict[str, object]) -> str | None:
        """The path with these values; None when the pattern does not admit them."""
        try:
            return reverse(self.name, kwargs=values)
        except NoReverseMatch:
            return None

    def wrong_values(self, place: str) -> list[object]:
        """Values that name nothing, of the kind that the place admits."""
        converter = self.places[place]
        if isinstance(converter, IntConverter):
            return WRONG_NUMBERS
        return WRONG_KEYS if isinstance(converter, UUIDConverter) else WRONG_TEXTS


def addresses() -> list[Address]:
    """All patterns of the resolver; one without a name has its route in place of it."""
    return sorted(set(_walk(get_resolver(), "", {})), key=lambda address: address.name)


def _walk(resolver: URLResolver, spaces: str, places: dict[str, object]) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        found = places | dict(getattr(pattern.pattern, "converters", {}))
        if isinstance(pattern, URLResolver):
            inner = f"{spaces}{pattern.namespace}:" if pattern.namespace else spaces
            yield from _walk(pattern, inner, found)
        elif isinstance(pattern, URLPattern):
            yield Address(f"{spaces}{pattern.name or pattern.pattern}", found)
