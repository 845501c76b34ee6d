"""Salons of their own for the tests that kill things. Their tables are made once, and each begins with a copy."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from tests.faults.whole_salon import WholeSalon

NewSalon = Callable[..., AbstractContextManager[WholeSalon]]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a salon with nothing in it but its tables."""
    return WholeSalon(_folder(tmp_path_factory)).make()


@pytest.fixture(scope="session")
def new_salon(tmp_path_factory: pytest.TempPathFactory, made: Path) -> NewSalon:
    """`with new_salon(tick=0.5) as salon:` a salon that runs until the end of the block."""

    @contextmanager
    def opened(*, tick: float = 1.0) -> Iterator[WholeSalon]:
        salon = WholeSalon(_folder(tmp_path_factory), tick=tick)
        salon.open(made)
        try:
            yield salon
        finally:
            salon.close()

    return opened


def _folder(factory: pytest.TempPathFactory) -> Path:
    folder = factory.mktemp("faults")
    for one in (folder.parent, folder):
        one.chmod(0o755)  # the database may run as another user when the tests run as root
    return folder / "salon"
