"""Who the clients are. Each is drawn alone from their number, so that the same number is always the same person."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from clients import lunar
from clients.models import Calendar, Client
from frontdesk.sample import names, words
from frontdesk.sample.names import Name
from frontdesk.sample.rhythm import Course, Habit, Shape

MAINLAND = (  # noqa: SIM905  # read as a line of numbers
    "130 131 132 133 134 135 136 137 138 139 147 150 151 152 153 155 156 157 158 159 166 173 175 176 177 178 180 181 "
    "182 183 184 185 186 187 188 189 191 193 195 198 199"
).split()
SOURCES = (
    (Client.Source.PASSING, 28),
    (Client.Source.DIANPING, 22),
    (Client.Source.WECHAT, 16),
    (Client.Source.XIAOHONGSHU, 12),
    (Client.Source.DOUYIN, 9),
    (Client.Source.EVENT, 5),
    (Client.Source.UNKNOWN, 8),
)


@dataclass(frozen=True, slots=True)
class Birthday:
    """As it is kept on file; month None when not known."""

    calendar: str = Calendar.SOLAR
    month: int | None = None
    day: int | None = None
    year: int | None = None
    leap: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """One client before being written down. `allergens` are substances, `consultant` a place among the beauticians."""

    name: Name
    woman: bool
    born: int
    birthday: Birthday
    phone: str
    source: str
    second_phone: str = ""
    wechat: str = ""
    address: str = ""
    occupation: str = ""
    note: str = ""
    referrer: int | None = None  # how many files before this one theirs is
    consultant: int | None = None
    allergens: tuple[str, ...] = ()
    means: float = 0.5
    is_known: bool = False


class People:
    """The clients of one sample, by number."""

    def __init__(self, shape: Shape, beauticians: int) -> None:
        self.shape = shape
        self.beauticians = beauticians

    def person(self, number: int, course: Course) -> Person:
        """The client with this number, from 0."""
        draw = self.shape.draw("person", number)
        relative = self._shares_with(number)
        woman, born = self._sex_and_year(number)
        family = ""
        if relative is not None and self.shape.draw("family", number).random() < 0.6:
            family = self._name(relative).surname
        source = draw.choices([source for source, _ in SOURCES], [weight for _, weight in SOURCES])[0]
        referrer = None
        if number > 5 and draw.random() < 0.13:
            source, referrer = Client.Source.REFERRAL, draw.randrange(1, min(number, 400) + 1)
        name = self._name(number, family)
        person = Person(
            name=name,
            woman=woman,
            born=born,
            birthday=self._birthday(number, born, draw),
            phone=self._phone(number if relative is None else relative),
            second_phone=self._phone(number + 50_000_000) if draw.random() < 0.04 else "",
            wechat=names.wechat_id(draw, name) if draw.random() < 0.6 else "",
            address=self._address(draw) if draw.random() < 0.15 else "",
            occupation=draw.choice(words.OCCUPATIONS) if draw.random() < 0.25 else "",
            source=source,
            referrer=referrer,
            consultant=self._consultant(course, draw),
            allergens=self._allergens(draw),
            means=self._means(course.habit, draw),
        )
        return self._wang_lihua(person) if number == self.shape.known else person

    @staticmethod
    def _means(habit: Habit, draw: Random) -> float:
        """From 0 to 1: who comes often can mostly afford to."""
        drawn = draw.betavariate(2, 3)
        return {Habit.DEVOTED: 0.95, Habit.LOYAL: 0.55 + drawn * 0.45}.get(habit, drawn)

    def _wang_lihua(self, person: Person) -> Person:
        today = lunar.lunar_date(self.shape.today)
        day = min(today.day, 29)  # the 30th does not exist in every year, and this file is to have a year
        return replace(
            person,
            name=Name("王丽华", "王", "女士"),
            woman=True,
            born=self.shape.today.year - 42,
            birthday=Birthday(Calendar.LUNAR, today.month, day, today.year - 42),
            phone="+8613866705521",
            second_phone="",
            wechat="lihua_w",
            source=Client.Source.PASSING,
            referrer=None,
            consultant=0,
            allergens=("果酸", "酒精"),
            means=0.8,
            is_known=True,
        )

    def _sex_and_year(self, number: int) -> tuple[bool, int]:
        draw = self.shape.draw("age", number)
        woman = draw.random() < 0.93
        age = min(78, max(18, round(draw.gauss(37, 11))))
        return woman, self.shape.today.year - age

    def _name(self, number: int, family: str = "") -> Name:
        woman, born = self._sex_and_year(number)
        return names.draw_name(
            self.shape.draw("name", number), woman=woman, born=born, year=self.shape.today.year, family=family
        )

    def _shares_with(self, number: int) -> int | None:
        """Whose phone this client gave: that of mother, sister or daughter, who joined shortly before."""
        draw = self.shape.draw("family", number)
        draw.random()
        if number < 3 or number - 1 == self.shape.known or draw.random() >= 0.045:
            return None
        return number - 1 if self._shares_with(number - 1) is None else None

    def _phone(self, number: int) -> str:
        """A number of a range that is in use, as E.164; a few are of Hong Kong, Macao or Taiwan."""
        draw = self.shape.draw("phone", number)
        where = draw.random()
        if where < 0.970:
            return f"+86{draw.choice(MAINLAND)}{draw.randrange(10**8):08d}"
        if where < 0.984:
            return f"+852{draw.choice(('51', '54', '61', '64', '91', '94', '97'))}{draw.randrange(10**6):06d}"
        if where < 0.994:
            return f"+8869{draw.choice(('10', '12', '28', '32', '37', '55', '88'))}{draw.randrange(10**6):06d}"
        return f"+85366{draw.randrange(10**6):06d}"

    def _birthday(self, number: int, born: int, draw: Random) -> Birthday:
        today = self.shape.today
        if number % 650 == 3:
            return self._on(today, born, lunar_one=number % 4 == 1)
        if number % 650 == 17:
            return self._on(today + timedelta(days=1 + number % 6), born, lunar_one=number % 3 == 0)
        if number % 211 == 31:
            return Birthday(Calendar.SOLAR, 2, 29, born - born % 4)
        if number % 173 == 41:
            return Birthday(Calendar.LUNAR, 12, 30)
        if draw.random() < 0.12:
            return Birthday()
        day = date(born, 1, 1) + timedelta(days=draw.randrange(365))
        knows_year = draw.random() < 0.8
        if draw.random() < 0.35:
            old = lunar.lunar_date(day)
            if knows_year:
                return Birthday(Calendar.LUNAR, old.month, old.day, old.year, old.leap)
            return Birthday(Calendar.LUNAR, old.month, old.day)
        return Birthday(Calendar.SOLAR, day.month, day.day, day.year if knows_year else None)

    @staticmethod
    def _on(day: date, born: int, *, lunar_one: bool) -> Birthday:
        """A birthday that is kept on this day; without its year, which might not have had that day."""
        if lunar_one:
            old = lunar.lunar_date(day)
            if not old.leap:
                year = born if lunar.exists(born, old.month, old.day) else None
                return Birthday(Calendar.LUNAR, old.month, old.day, year)
        return Birthday(Calendar.SOLAR, day.month, day.day, None if (day.month, day.day) == (2, 29) else born)

    @staticmethod
    def _address(draw: Random) -> str:
        where = f"杭州市{draw.choice(words.DISTRICTS)}{draw.choice(words.STREETS)}{draw.randrange(1, 600)}号"
        return f"{where}{draw.randrange(1, 30)}幢{draw.randrange(1, 30)}0{draw.randrange(1, 5)}室"

    def _consultant(self, course: Course, draw: Random) -> int | None:
        sure = {Habit.DEVOTED: 1.0, Habit.LOYAL: 0.9, Habit.REGULAR: 0.6, Habit.LAPSED: 0.4}.get(course.habit, 0.12)
        return draw.randrange(self.beauticians) if draw.random() < sure else None

    @staticmethod
    def _allergens(draw: Random) -> tuple[str, ...]:
        if draw.random() >= 0.06:
            return ()
        substances = [substance for substance, _, _ in words.ALLERGENS]
        weights = [weight for _, _, weight in words.ALLERGENS]
        return tuple(dict.fromkeys(draw.choices(substances, weights, k=1 if draw.random() < 0.8 else 2)))
