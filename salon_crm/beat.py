"""Beat by a clock that nobody sets.

Celery's own schedulers reckon by the wall clock and keep its times in a file. Set back by a day, they are silent for a
day, and starting them anew does not help. What is due is told by rows; beat only has to tick, so it counts seconds.
"""

from pathlib import Path
from time import monotonic
from typing import Any

from celery.beat import Scheduler


class SteadyScheduler(Scheduler):  # type: ignore[misc]  # Celery has no types
    """Does each entry of the timetable at once, and again after its interval, however the machine's clock is set.

    Keeps nothing but a file whose age shows that it is alive: `--schedule`.
    """

    def __init__(self, *args: Any, schedule_filename: str, **kwargs: Any) -> None:
        self.sign_of_life = Path(schedule_filename)
        self.due: dict[str, float] = {}
        super().__init__(*args, **kwargs)

    def tick(self, *_args: Any, **_kwargs: Any) -> float:
        """Send what is due. Returns the seconds until the next is."""
        for name, entry in self.schedule.items():
            if monotonic() >= self.due.get(name, 0):
                self.apply_entry(entry, producer=self.producer)
                self.due[name] = monotonic() + entry.schedule.seconds
        self.sign_of_life.touch()
        return max(min(self.due.values()) - monotonic(), 0)
