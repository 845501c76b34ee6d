"""What the tests of contacts and messages share."""

import pytest

from tests.outreach.posting import Gateway


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """A provider that takes what it is given, or answers as it is told to."""
    return Gateway(monkeypatch)
