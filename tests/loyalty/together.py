"""Doing things at the same moment: real threads, each with its own connection to the real database."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection


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
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
