"""What can be done about a client's visits, as `acts` has it of points: recording, undoing, taking over."""

from datetime import datetime, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import ClassVar

from hypothesis import strategies as st

from loyalty import refunds, segments, standing
from loyalty.checkout import check_out
from loyalty.importing.reading import Row
from loyalty.importing.recording import checkout_key, record
from loyalty.models import Redemption
from tests.loyalty.acts import DONE, REFUSED, Act, Choices
from tests.loyalty.books import TODAY
from tests.loyalty.desk import OLD, PER_YUAN, PRICES, USES, WORTH
from tests.loyalty.life import Life, Paid
from tests.visits import shop
from visits.models import Visit

CENT = Decimal("0.01")


class CheckOut(Act):
    drawn: ClassVar = {
        "place": st.integers(0, len(PRICES) - 1),
        "share": st.sampled_from([0, 0, 0.3, 1, 1.2]),
        "with_voucher": st.booleans(),
        "with_cut": st.booleans(),
    }

    def choose(self, life: Life, drawn: Choices) -> None:
        place = drawn["place"]
        due = Decimal(PRICES[place])
        self.vouchers = self.desk.usable(life.today) if drawn["with_voucher"] else ()
        self.cuts = self.desk.cuts(life.today) if drawn["with_cut"] and place == 0 else ()
        if self.cuts:
            due, self.vouchers = Decimal(0), ()
        if self.vouchers:
            due = max(due - WORTH, Decimal(0))
        self.typed = int(max(life.book.balance, 0) * drawn["share"])
        self.worth = min((Decimal(self.typed) / PER_YUAN).quantize(CENT, ROUND_DOWN), due)
        self.total = due - self.worth
        entitlements = Redemption.objects.filter(key__in=self.cuts).values_list("pk", flat=True) if self.cuts else ()
        self.draft = shop.draft(
            self.salon.manager,
            self.desk.who,
            shop.line(self.salon.services[place]),
            pay=None if self.total else (),
            vouchers=self.vouchers,
            entitlements=tuple(entitlements),
            points=str(self.typed) if self.typed else "",
        )
        self.key = self.draft.pk

    def do(self, at: datetime) -> str:
        visit = check_out(self.draft, by=self.salon.manager, at=at).visit
        assert (visit.total, visit.points_discount) == (self.total, self.worth)
        return DONE

    def change(self, life: Life) -> bool:
        gone = life.used | life.withdrawn
        used_up = any(life.got[cut].used >= USES or life.got[cut].cancelled for cut in self.cuts)
        if self.typed > max(life.book.balance, 0) or gone.intersection(self.vouchers) or used_up:
            return False
        spent, earned = -int(-self.worth * PER_YUAN // 1), int(self.total)
        life.book.spent += spent
        life.book.came[life.year_end] += earned
        life.visits[self.key] = Paid(self.total, earned, spent, life.year_end, self.vouchers, self.cuts)
        life.used |= set(self.vouchers)
        for cut in self.cuts:
            life.got[cut].used += 1
        return True


class Void(Act):
    drawn: ClassVar = {"which": st.integers(0, 9)}

    @classmethod
    def possible(cls, life: Life) -> bool:
        return any(not paid.void for paid in life.visits.values())

    def choose(self, life: Life, drawn: Choices) -> None:
        open_ones = [key for key, paid in life.visits.items() if not paid.void]
        self.visit = open_ones[drawn["which"] % len(open_ones)]

    def do(self, at: datetime) -> str:
        refunds.void(Visit.objects.get(checkout_key=self.visit), "记错", by=self.salon.manager, at=at)
        return DONE

    def plainly(self, life: Life) -> str:
        paid = life.visits[self.visit]
        if paid.void:
            return REFUSED
        paid.void = True
        life.book.came[paid.lapses] -= paid.earned - paid.taken
        life.book.spent -= paid.spent - paid.returned
        life.used -= set(paid.vouchers)
        for cut in paid.cuts:
            life.got[cut].used -= 1
        return DONE


class Refund(Act):
    drawn: ClassVar = {"which": st.integers(0, 9), "share": st.sampled_from(["0.01", "0.333", "0.5", "1"])}

    @classmethod
    def possible(cls, life: Life) -> bool:
        return any(not paid.void and paid.back < paid.total for paid in life.visits.values())

    def choose(self, life: Life, drawn: Choices) -> None:
        open_ones = [key for key, paid in life.visits.items() if not paid.void and paid.back < paid.total]
        self.visit = open_ones[drawn["which"] % len(open_ones)]
        paid = life.visits[self.visit]
        self.amount = max(CENT, ((paid.total - paid.back) * Decimal(drawn["share"])).quantize(CENT, ROUND_DOWN))

    def do(self, at: datetime) -> str:
        visit = Visit.objects.get(checkout_key=self.visit)
        parts = {visit.lines.get().pk: self.amount}
        refunds.refund(visit, parts, "cash", "退", key=self.key, by=self.salon.manager, at=at)
        return DONE

    def change(self, life: Life) -> bool:
        paid = life.visits[self.visit]
        if paid.void or self.amount > paid.total - paid.back:
            return False
        paid.back += self.amount
        taken = paid.earned - int(paid.earned * (paid.total - paid.back) / paid.total)
        returned = int(paid.spent * paid.back / paid.total)
        life.book.came[paid.lapses] -= taken - paid.taken
        life.book.spent -= returned - paid.returned
        paid.taken, paid.returned = taken, returned
        return True


class Import(Act):
    """Her past in another system, as `manage.py import_visits` takes it over: it earns nothing, and comes once."""

    drawn: ClassVar = {"days": st.sampled_from([10, 300, 800]), "amount": st.sampled_from(["0", "88.80", "5000"])}

    def choose(self, life: Life, drawn: Choices) -> None:
        day = TODAY - timedelta(days=drawn["days"])
        self.row = Row(1, self.desk.reference, day, 1, Decimal(drawn["amount"]), "旧项目")

    def do(self, at: datetime) -> str:
        recorded = record([self.row], source=OLD, at=at, progress=lambda _done, _whole: None)
        standing.rebuild_all(at.date())
        segments.rebuild_all(at.date())
        return "added" if recorded.added else "known" if recorded.known else REFUSED

    def plainly(self, life: Life) -> str:
        there = life.imported.setdefault(self.row.day, self.row.amount)
        key = checkout_key(OLD, (self.row.client, self.row.day))
        if key not in life.visits:
            life.visits[key] = Paid(self.row.amount)
            return "added"
        return "known" if there == self.row.amount else REFUSED
