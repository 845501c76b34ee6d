"""Doing things at the same moment: real threads, each with its own connection to the real database."""

import contextlib
import fcntl
import threading
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import connection


@contextlib.contextmanager
def _only_crowd() -> Iterator[None]:
    """Of all test processes one at a time: several crowds of twenty would take every connection the server has."""
    settings.SALON_VAR.mkdir(parents=True, exist_ok=True)
    with open(settings.SALON_VAR / ".crowd", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def at_once(times: int, act: Callable[[int], object]) -> list[Any]:
    """What `act` gave or raised in each of so many threads that start together."""
    gate = threading.Barrier(times)
    results: list[Any] = [None] * times

    def run(place: int) -> None:
        gate.wait()
        try:
            results[place] = act(place)
        except Exception as problem:
            results[place] = problem
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(times)]
    with _only_crowd():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results
