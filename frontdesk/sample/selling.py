"""What is bought on a visit: treatments by taste and means, discounts, how it is paid, and what is noted down."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

from frontdesk.sample import words
from frontdesk.sample.accounts import Team
from frontdesk.sample.catalogue import Shelves, Sold
from frontdesk.sample.people import Person
from visits.models import Payment
from visits.pricing import Quote, Wanted, quote
from visits.substances import words as substances

HOURS = range(10, 20)  # the last treatment begins at 19:55, the salon closes at 21:00
WORKDAY = (3, 4, 6, 5, 5, 5, 5, 6, 9, 8)
WEEKEND = (5, 8, 8, 8, 9, 9, 9, 8, 6, 4)
PRICES_ROSE = timedelta(days=330)
METHODS = (Payment.Method.WECHAT, Payment.Method.ALIPAY, Payment.Method.CARD, Payment.Method.CASH, Payment.Method.OTHER)
METHOD_WEIGHTS = (62, 22, 8, 6, 2)
RICH, LAVISH = 0.55, 0.9
TASTES = (
    ("面部护理", 40),
    ("抗衰紧致", 12),
    ("身体护理", 17),
    ("美发", 21),
    ("美甲美睫", 10),
)


@dataclass(frozen=True, slots=True)
class Bought:
    """One line: what, by whom, and why it was cheaper, if it was."""

    item: Sold
    unit_price: Decimal
    quantity: int
    beautician: int | None
    percent_off: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sale:
    """One visit before tier and discounts are known."""

    at: datetime
    day: date
    lines: tuple[Bought, ...]
    care_note: str
    next_care: str
    by: int

    def priced(self, tier_percent: int) -> Quote:
        return quote(
            (
                Wanted(
                    line.unit_price,
                    line.quantity,
                    line.item.is_service,
                    percent_off=Decimal(line.percent_off) if line.percent_off else None,
                )
                for line in self.lines
            ),
            tier_percent,
        )


@dataclass(frozen=True, slots=True)
class Taste:
    """What somebody comes for, and who treats them."""

    favourites: tuple[Sold, ...]
    weights: tuple[int, ...]
    products: tuple[Sold, ...]
    product_weights: tuple[int, ...]
    beautician: int
    means: float


class Till:
    """Makes sales from the catalogue, by the people who work there."""

    def __init__(self, shelves: Shelves, team: Team, today: date, zone: ZoneInfo) -> None:
        self.shelves, self.team, self.today, self.zone = shelves, team, today, zone
        self.prices_rose = today - PRICES_ROSE
        self.by_category = {
            category: [item for item in shelves.services if item.offer.category == category] for category, _ in TASTES
        }
        self.contained = {
            item.offer.code: substances(item.offer.ingredients) for item in (*shelves.services, *shelves.products)
        }

    def taste(self, person: Person, draw: Random) -> Taste:
        """The favourites of this client, without what contains an allergen; who is richer takes what is dearer."""
        place = person.consultant if person.consultant is not None else draw.randrange(len(self.team.beauticians))
        return self._taste(person.allergens, person.means, self.team.beauticians[place], draw)

    def anybody(self, draw: Random) -> Taste:
        """The taste of somebody whom nobody knows."""
        return self._taste((), draw.random() * 0.6, draw.choice(self.team.beauticians), draw)

    def _taste(self, allergens: tuple[str, ...], means: float, beautician: int, draw: Random) -> Taste:
        categories = draw.choices([name for name, _ in TASTES], [weight for _, weight in TASTES], k=2)
        if means > LAVISH:
            categories = ["抗衰紧致", "面部护理"]
        harmful = [substance for allergen in allergens for substance in substances(allergen)]
        services = [item for name in dict.fromkeys(categories) for item in self.by_category[name]]
        services = [item for item in services if self._bearable(item, harmful)]
        services = [item for item in services if item.price < 250 + 2200 * means] or services
        favourites = [item for item in services if draw.random() < 0.6] or services
        products = [item for item in self.shelves.products if self._bearable(item, harmful)]
        return Taste(
            tuple(favourites),
            tuple(item.offer.weight * (1 + int(item.price) // 250 if means > RICH else 1) for item in favourites),
            tuple(products),
            tuple(item.offer.weight for item in products),
            beautician,
            means,
        )

    def _bearable(self, item: Sold, harmful: list[str]) -> bool:
        contained = self.contained[item.offer.code]
        return not any(one in bad or bad in one for one in contained for bad in harmful)

    def sale(self, draw: Random, day: date, taste: Taste, *, first: bool) -> Sale:
        """What this client buys on this day. The first visit is at times a consultation that costs nothing."""
        beautician = taste.beautician if draw.random() < 0.75 else draw.choice(self.team.beauticians)
        lines: list[Bought] = []
        if draw.random() < (0.14 if first else 0.012):
            lines.append(Bought(self.shelves.consultation, Decimal(0), 1, beautician))
        if not lines or draw.random() < 0.45:
            lines += self._services(draw, day, taste, beautician)
        note, advice = "", ""
        if draw.random() < 0.55:
            note = draw.choice(words.NOTES[lines[0].item.offer.category])
        if draw.random() < 0.4:
            advice = draw.choice(words.ADVICE)
        at = datetime.combine(day, self._clock(draw, day), self.zone)
        return Sale(at, day, tuple(lines), note, advice, self._front_desk(draw))

    def _services(self, draw: Random, day: date, taste: Taste, beautician: int) -> list[Bought]:
        wish = draw.random() + (0.6 if taste.means > LAVISH else taste.means * (0.6 if taste.means > RICH else 0.25))
        how_many = 1 if wish < 0.66 else 2 if wish < 1.02 else 3
        chosen = dict.fromkeys(draw.choices(taste.favourites, taste.weights, k=how_many))
        percent, reason = 0, ""
        if draw.random() < 0.04:
            reason, percent = draw.choice(words.DISCOUNTS)
        lines = [
            Bought(item, self.price(item, day), 1, beautician, 0 if at else percent, "" if at else reason)
            for at, item in enumerate(chosen)
        ]
        if draw.random() < 0.10 + 0.15 * taste.means:
            product = draw.choices(taste.products, taste.product_weights)[0]
            pieces = 2 if draw.random() < 0.1 else 1
            lines.append(Bought(product, self.price(product, day), pieces, beautician))
        return lines

    def price(self, item: Sold, day: date) -> Decimal:
        return item.price if day > self.prices_rose else item.earlier_price

    def _clock(self, draw: Random, day: date) -> time:
        if day == self.today:
            minutes = draw.randrange(1, 19) * 5
            return time(10 + minutes // 60, minutes % 60)
        hour = draw.choices(HOURS, WEEKEND if day.weekday() >= 5 else WORKDAY)[0]
        return time(hour, draw.randrange(12) * 5)

    def _front_desk(self, draw: Random) -> int:
        if draw.random() < 0.03:
            return self.team.manager
        return self.team.front_desk[0] if draw.random() < 0.6 else draw.choice(self.team.front_desk)


def payments(draw: Random, total: Decimal) -> list[tuple[str, Decimal]]:
    """How a total is paid; now and then in two ways. Nothing is paid for a visit that costs nothing."""
    if not total:
        return []
    first, second = draw.choices(METHODS, METHOD_WEIGHTS, k=2)
    if draw.random() > 0.05 or first == second or total < 200:
        return [(first, total)]
    part = Decimal(int(total) // 200 * 100)
    return [(first, part), (second, total - part)]
