"""What can be done about a client's points: each act on the real books, and beside it on the plain model."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from hypothesis import strategies as st

from loyalty import adjusting, lapsing, redeeming, refunds
from loyalty.checkout import CheckoutRefused
from loyalty.models import Adjustment, Redemption
from tests.loyalty.books import noon
from tests.loyalty.desk import LIMIT, NEEDS, Desk
from tests.loyalty.gifts import given
from tests.loyalty.life import Got, Life

DONE, REFUSED = "done", "refused"
Choices = dict[str, Any]
REFUSALS = (CheckoutRefused, refunds.ReversalRefused, redeeming.RedemptionRefused, adjusting.AdjustmentRefused)


class Act:
    """One thing that is done. The same act again is the same form sent twice."""

    drawn: ClassVar[Mapping[str, st.SearchStrategy[Any]]] = {}

    def __init__(self, desk: Desk, life: Life, drawn: Choices) -> None:
        self.desk, self.salon, self.at = desk, desk.salon, noon(life.today)
        self.key = uuid.uuid4()
        self.choose(life, drawn)

    def __repr__(self) -> str:
        told = {name: value for name, value in vars(self).items() if name not in ("desk", "salon", "key")}
        return f"{type(self).__name__}{told}"

    @classmethod
    def possible(cls, life: Life) -> bool:
        """Whether there is anything to do it to."""
        return True

    @classmethod
    def choices(cls) -> st.SearchStrategy[Choices]:
        """What may be drawn for it."""
        return st.fixed_dictionaries(dict(cls.drawn))

    def choose(self, life: Life, drawn: Choices) -> None:
        """Settle what was drawn, before anything is done."""

    def really(self) -> str:
        """Do it on the real books. What came of it, in a word."""
        try:
            return self.do(self.at)
        except REFUSALS:
            return REFUSED

    def do(self, at: datetime) -> str:
        raise NotImplementedError

    def plainly(self, life: Life) -> str:
        """Do it on the model: the same word."""
        if self.key in life.keys:
            return DONE
        if not self.change(life):
            return REFUSED
        life.keys.add(self.key)
        return DONE

    def change(self, life: Life) -> bool:
        raise NotImplementedError


class Redeem(Act):
    drawn: ClassVar = {"what": st.sampled_from(["comb", "comb", "cuts", "paper"])}
    voucher: int | None = None

    def choose(self, life: Life, drawn: Choices) -> None:
        self.what = drawn["what"]

    def do(self, at: datetime) -> str:
        reward = self.salon.rewards[self.what]
        made = redeeming.redeem(self.desk.who, reward, key=self.key, proof="8000", by=self.salon.manager, at=at)
        self.voucher = made.voucher_id
        return DONE

    def change(self, life: Life) -> bool:
        if life.book.balance < NEEDS[self.what] or (self.what == "comb" and not life.stock):
            return False
        life.book.spent += NEEDS[self.what]
        life.stock -= self.what == "comb"
        life.got[self.key] = Got(self.what, life.today, self.voucher)
        return True


class Cancel(Act):
    drawn: ClassVar = {"which": st.integers(0, 9)}

    @classmethod
    def possible(cls, life: Life) -> bool:
        return any(not one.cancelled for one in life.got.values())

    def choose(self, life: Life, drawn: Choices) -> None:
        open_ones = [key for key, one in life.got.items() if not one.cancelled]
        self.redemption = open_ones[drawn["which"] % len(open_ones)]

    def do(self, at: datetime) -> str:
        redeeming.cancel(Redemption.objects.get(key=self.redemption), "退", by=self.salon.manager, at=at)
        return DONE

    def plainly(self, life: Life) -> str:
        one = life.got[self.redemption]
        late = life.today > one.on + timedelta(days=1)
        if one.cancelled or one.used or one.voucher in life.used or late:
            return REFUSED
        one.cancelled = True
        life.book.spent -= NEEDS[one.what]
        life.stock += one.what == "comb"
        life.withdrawn |= {one.voucher} if one.voucher else set()
        return DONE


class Adjust(Act):
    drawn: ClassVar = {"points": st.sampled_from([1, 50, LIMIT, LIMIT + 1, 3000, -1, -60, -LIMIT, -LIMIT - 1])}

    def choose(self, life: Life, drawn: Choices) -> None:
        self.points = drawn["points"]

    def do(self, at: datetime) -> str:
        adjusting.adjust(self.desk.who, self.points, "补记", key=self.key, by=self.salon.manager, at=at)
        return DONE

    def change(self, life: Life) -> bool:
        if self.points < 0 and life.book.balance + self.points < 0:
            return False
        alone = life.alone.get(life.today, 0) + self.points
        if max(abs(self.points), abs(alone)) > LIMIT:
            life.waiting[self.key] = self.points
        else:
            life.alone[life.today] = alone
            life.came(self.points)
        return True


class Decide(Act):
    drawn: ClassVar = {"agree": st.booleans()}

    @classmethod
    def possible(cls, life: Life) -> bool:
        return bool(life.waiting)

    def choose(self, life: Life, drawn: Choices) -> None:
        self.adjustment, self.agree = next(iter(life.waiting)), drawn["agree"]

    def do(self, at: datetime) -> str:
        made = Adjustment.objects.get(key=self.adjustment)
        adjusting.decide(made, self.agree, by=self.salon.other, at=at)
        return DONE

    def plainly(self, life: Life) -> str:
        if self.adjustment in life.decided:
            return DONE if life.decided[self.adjustment] == self.agree else REFUSED
        points = life.waiting[self.adjustment]
        if self.agree and points < 0 and life.book.balance + points < 0:
            return REFUSED
        del life.waiting[self.adjustment]
        life.decided[self.adjustment] = self.agree
        if self.agree:
            life.came(points)
        return DONE


class Give(Act):
    """A voucher by rule."""

    def do(self, at: datetime) -> str:
        given(self.desk.who, self.salon.vouchers, at.date())
        return DONE

    def plainly(self, life: Life) -> str:
        return DONE


class Night(Act):
    """Points lapse. Once a day: what came back since goes the night after."""

    @classmethod
    def possible(cls, life: Life) -> bool:
        return life.today not in life.lapsed_on

    def choose(self, life: Life, drawn: Choices) -> None:
        self.day = life.today

    def do(self, at: datetime) -> str:
        lines = lapsing.lapse(self.day, at=at)
        return str(lines) if self.desk.alone else DONE

    def plainly(self, life: Life) -> str:
        lines = 0 if self.day in life.lapsed_on else life.book.night(self.day)
        life.lapsed_on.add(self.day)
        return str(lines) if self.desk.alone else DONE


class Wait(Act):
    """Time passes."""

    drawn: ClassVar = {"days": st.sampled_from([1, 30, 200, 400, 800])}

    def choose(self, life: Life, drawn: Choices) -> None:
        self.days = drawn["days"]

    def do(self, at: datetime) -> str:
        return DONE

    def plainly(self, life: Life) -> str:
        life.today += timedelta(days=self.days)
        return DONE
