"""The points book once more, in plain Python: what is left by day, and what a night does to it."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

FOREVER = date.max


@dataclass
class PlainBook:
    """Points by the day they lapse, how many of them lapsed, and how many were spent: nothing else is remembered."""

    came: Counter[date] = field(default_factory=Counter)
    gone: Counter[date] = field(default_factory=Counter)
    spent: int = 0

    @property
    def balance(self) -> int:
        return sum(self.came.values()) - self.spent

    def left(self) -> dict[date, int]:
        """What is left by day, when the oldest are spent first and what a day owes is taken from the oldest too."""
        owed = self.spent - sum(points for points in self.came.values() if points < 0)
        left = {}
        for day in sorted(self.came):
            points = max(self.came[day], 0)
            kept = max(points - max(owed, 0), 0)
            owed -= points - kept
            if kept:
                left[day] = kept
        return left

    def night(self, today: date) -> int:
        """Give back what had lapsed and was taken back too, then let lapse what is over. How many lines that takes."""
        owing = {day: -points for day, points in self.came.items() if points < 0 < self.gone[day] and day < today}
        back = {day: min(points, self.gone[day]) for day, points in owing.items()}
        for day, points in back.items():
            self.came[day] += points
            self.gone[day] -= points
        over = {day: points for day, points in self.left().items() if day < today}
        for day, points in over.items():
            self.came[day] -= points
            self.gone[day] += points
        return len(back) + len(over)
