"""One client's points, and what hangs on them, once more in plain Python."""

import uuid
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from loyalty import lapsing
from tests.loyalty.books import TODAY
from tests.loyalty.plain import FOREVER, PlainBook

STOCK = 4  # of combs


@dataclass
class Paid:
    """A visit in the plain model."""

    total: Decimal
    earned: int = 0
    spent: int = 0
    lapses: date = FOREVER
    vouchers: tuple[int, ...] = ()
    cuts: tuple[uuid.UUID, ...] = ()
    back: Decimal = Decimal(0)
    taken: int = 0
    returned: int = 0
    void: bool = False


@dataclass
class Got:
    """Something had for points, in the plain model."""

    what: str
    on: date
    voucher: int | None
    used: int = 0
    cancelled: bool = False


@dataclass
class Life:
    """The plain model: one client's book, and what hangs on it."""

    today: date = TODAY
    book: PlainBook = field(default_factory=PlainBook)
    stock: int = STOCK
    visits: dict[uuid.UUID, Paid] = field(default_factory=dict)
    got: dict[uuid.UUID, Got] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)  # vouchers
    withdrawn: set[int] = field(default_factory=set)
    waiting: dict[uuid.UUID, int] = field(default_factory=dict)
    decided: dict[uuid.UUID, bool] = field(default_factory=dict)
    alone: dict[date, int] = field(default_factory=dict)  # by hand, by day, without a second person
    imported: dict[date, Decimal] = field(default_factory=dict)
    lapsed_on: set[date] = field(default_factory=set)
    keys: set[uuid.UUID] = field(default_factory=set)  # of forms that were taken: sent again, they change nothing

    @property
    def year_end(self) -> date:
        return date(self.today.year + 1, 12, 31)

    def came(self, points: int) -> None:
        if points > 0:
            self.book.came[self.year_end] += points
        else:
            self.book.spent -= points

    def picture(self) -> tuple[object, ...]:
        """What can be seen of it after every act."""
        lots = [lapsing.Lot(day, points) for day, points in sorted(self.book.left().items())]
        return self.book.balance, lots, self.stock

    def details(self) -> tuple[object, ...]:
        """What is looked at when all is over."""
        visits = {key: ("void" if one.void else "completed", one.back) for key, one in self.visits.items()}
        return visits, {key: (one.used, one.cancelled) for key, one in self.got.items()}, self.used, self.withdrawn
