"""A small sample salon."""

from datetime import date

import pytest

from frontdesk.sample.loading import load
from frontdesk.sample.rhythm import Shape

TODAY = date(2026, 11, 22)
SMALL = Shape(clients=60, visits=400, seed=1, today=TODAY)


def quiet(what: str, done: int, whole: int) -> None:
    """Progress that nobody reads."""


@pytest.fixture
def sample(db: None) -> Shape:
    """The sample salon of 60 clients and 400 visits, in the database."""
    load(SMALL, quiet)
    return SMALL
