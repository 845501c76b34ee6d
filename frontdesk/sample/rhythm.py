"""When people come: how a salon grows in two years, who comes how often, and on which days of the week.

The numbers of visits add up to exactly what was asked for, whatever the number of clients.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from functools import cached_property
from random import Random

from clients import lunar

SPAN = 730  # days that the sample reaches back
EARLY_SHARE, EARLY_DAYS = 0.25, 0.08  # the clients the salon began with, entered in the first weeks
WALK_INS = 0.08
# Monday to Sunday.
WEEKDAYS = (0.8, 0.7, 0.85, 0.9, 1.15, 1.5, 1.3)
FESTIVAL = 5  # closed days from New Year's Eve of the lunar calendar
NEAR = (-2, -1, 0, 1, 2)


class Habit(Enum):
    """How a client comes: share of all clients, and the least and most days between two visits."""

    DEVOTED = (0.02, 6, 10)
    LOYAL = (0.13, 15, 24)
    REGULAR = (0.255, 28, 48)
    OCCASIONAL = (0.25, 55, 110)
    ONCE = (0.175, 20, 60)
    LAPSED = (0.13, 25, 50)
    PROSPECT = (0.04, 1, 1)

    @property
    def share(self) -> float:
        return float(self.value[0])


HABITS = tuple(Habit)
SHARES = tuple(habit.share for habit in HABITS)


@dataclass(frozen=True, slots=True)
class Course:
    """A client's time with the salon, in days from the sample's first: first day, last day, days between visits."""

    habit: Habit
    joined: int
    until: int
    interval: float

    @property
    def expected(self) -> float:
        """How many visits that makes, at least one; none for who never came."""
        return 0.0 if self.habit is Habit.PROSPECT else max(1.0, (self.until - self.joined) / self.interval + 1)


KNOWN_NUMBER = 127  # C-00128 in a salon that is large enough
KNOWN_COURSE = Course(Habit.LOYAL, SPAN - 709, SPAN - 9, 20)


@dataclass(frozen=True)
class Shape:
    """How large the sample is, and when its present day is."""

    clients: int
    visits: int
    seed: int
    today: date

    @property
    def start(self) -> date:
        return self.today - timedelta(days=SPAN)

    def day(self, offset: int) -> date:
        return self.start + timedelta(days=offset)

    def draw(self, purpose: str, number: int) -> Random:
        """The random generator for one purpose and one client: nothing else changes what it gives."""
        return Random(f"{self.seed}:{purpose}:{number}")  # noqa: S311  # nothing secret is drawn

    @cached_property
    def closed_days(self) -> list[date]:
        """New Year's Eve and the four days after, of each lunar year that the sample touches."""
        years = range(self.start.year, self.today.year + 2)
        eves = (lunar.months_of(year)[0].first - timedelta(days=1) for year in years)
        return [eve + timedelta(days=more) for eve in eves for more in range(FESTIVAL)]

    @cached_property
    def busyness(self) -> tuple[float, ...]:
        """For each day of the sample how much it draws people; 0 when closed. The present day is always open."""
        closed = set(self.closed_days) - {self.today}
        days = (self.day(offset) for offset in range(SPAN + 1))
        return tuple(0.0 if day in closed else WEEKDAYS[day.weekday()] for day in days)

    @cached_property
    def walk_ins(self) -> int:
        return round(self.visits * WALK_INS) if self.clients else self.visits

    @property
    def known(self) -> int:
        """The number of 王丽华, whom the pictures of the design show."""
        return min(KNOWN_NUMBER, self.clients // 2)

    def course(self, number: int) -> Course:
        """The course of the client with this number, from 0. Clients are numbered in the order they joined in."""
        if number == self.known:
            return KNOWN_COURSE
        draw = self.draw("course", number)
        place = (number + 0.5) / self.clients
        if place < EARLY_SHARE:
            share = place / EARLY_SHARE * EARLY_DAYS
        else:
            share = EARLY_DAYS + (1 - EARLY_DAYS) * ((place - EARLY_SHARE) / (1 - EARLY_SHARE)) ** 0.9
        joined = self.open_day(min(int(share * SPAN), SPAN - 1))
        habit = draw.choices(HABITS, SHARES)[0]
        if habit is Habit.LAPSED and joined > SPAN - 290:
            habit = Habit.REGULAR
        interval = draw.uniform(habit.value[1], habit.value[2])
        if habit is Habit.LAPSED:
            until = min(joined + draw.randrange(60, 300), SPAN - 190)
        elif habit is Habit.ONCE:
            until = min(joined + draw.randrange(1, 60), SPAN)
        else:
            until = SPAN - int(draw.random() * interval)
        return Course(habit, joined, max(joined, until), interval)

    def open_day(self, offset: int) -> int:
        """This day, or the next on which the salon is open."""
        return next((day for day in range(offset, SPAN) if self.busyness[day]), SPAN)

    def courses(self) -> Iterator[tuple[int, Course, int]]:
        """Every client's number, course and count of visits; the counts add up to all that are not walk-ins."""
        weights, people = self._weights
        wanted = self.visits - self.walk_ins
        sure = people if wanted >= people else 0
        passed = 0.0
        for number in range(self.clients):
            course = self.course(number)
            weight = 0.0 if not course.expected else course.expected - 1 if sure else 1.0
            given = int(passed / weights * (wanted - sure) + 1e-9) if weights else 0
            passed += weight
            count = int(passed / weights * (wanted - sure) + 1e-9) - given if weights else 0
            yield number, course, count + (1 if sure and course.expected else 0)

    @cached_property
    def _weights(self) -> tuple[float, int]:
        """The sum of what is shared out by, in the very order of `courses`, and how many clients ever came."""
        people = sum(1 for number in range(self.clients) if self.course(number).expected)
        sure = self.visits - self.walk_ins >= people
        total = 0.0
        for number in range(self.clients):
            expected = self.course(number).expected
            total += 0.0 if not expected else expected - 1 if sure else 1.0
        return total, people

    def days_of(self, number: int, course: Course, count: int) -> list[int]:
        """The days of a client's visits in order, from the day of joining on."""
        if not count:
            return []
        draw = self.draw("days", number)
        apart = (course.until - course.joined) / max(1, count - 1)
        days = [course.joined]
        for visit in range(1, count):
            about = round(course.joined + (visit + draw.uniform(-0.3, 0.3)) * apart)
            days.append(self._near(draw, min(max(about, course.joined), SPAN)))
        days.sort()
        if count > 1 and number % max(7, self.clients // 6) == 2 and course.until > SPAN - 40:
            days[-1] = SPAN  # so that even a small salon has had visits on its present day
        return days

    def walk_in_day(self, number: int) -> int:
        draw = self.draw("walk-in", number)
        return self._near(draw, int((number + draw.random()) / self.walk_ins * (SPAN + 1)))

    def _near(self, draw: Random, offset: int) -> int:
        days = [offset + more for more in NEAR if 0 <= offset + more <= SPAN]
        weights = [self.busyness[day] for day in days]
        chosen = draw.choices(days, weights)[0] if any(weights) else self.open_day(offset)
        if chosen == SPAN and draw.random() < 0.85:
            # The present day is not over: it has had but a part of its visits.
            return self.open_day(SPAN - 1 - draw.randrange(12))
        return chosen
