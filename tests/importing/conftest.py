"""What the tests of the import share."""

from collections.abc import Iterator

import pytest
from django.utils import translation


@pytest.fixture
def english() -> Iterator[None]:
    """Messages as they stand in the source."""
    with translation.override("en"):
        yield
