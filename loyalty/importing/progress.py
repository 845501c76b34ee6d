"""A line of progress at most every two seconds, for whatever takes longer than that."""

import time
from collections.abc import Callable


class Progress:
    """Call it as often as you like with where the work is; it writes a line when two seconds have passed."""

    def __init__(self, write: Callable[[str], object], every: float = 2.0) -> None:
        self._write, self._every = write, every
        self._next = time.monotonic() + every

    def __call__(self, what: str, done: int, whole: int) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + self._every
        share = f" ({done * 100 // whole} %)" if whole else ""
        self._write(f"{what}: {done:,} / {whole:,}{share}")
