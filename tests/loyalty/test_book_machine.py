"""Whatever is earned, spent, given back, lapsed or adjusted in whatever order, the books are those of a plain model."""

import os
import random
import uuid
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import hypothesis.core
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from clients.models import Client
from loyalty import redeeming, refunds
from loyalty.adjusting import AdjustmentRefused, adjust, decide
from loyalty.checkout import CheckoutRefused, check_out
from loyalty.lapsing import Lot, lapse, lots
from loyalty.models import Adjustment, LoyaltyRules, Redemption, Reward, Tier, Voucher
from loyalty.redeeming import RedemptionRefused
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, client, noon, staff, wrong
from tests.loyalty.gifts import given, kind
from tests.loyalty.plain import PlainBook
from tests.visits import shop
from visits.models import Visit

CENT = Decimal("0.01")
PER_YUAN = 10  # points that take ¥1 off
PRICES = ("80.00", "88.80", "300.00", "1999.99")
LIMIT = 400  # of points by hand without a second person
WORTH = Decimal(50)
COMB, CUTS, PAPER = 150, 200, 120  # points for a comb, two cuts, a voucher
STOCK = 4


@dataclass
class Paid:
    """A visit in the plain model."""

    visit: Visit
    total: Decimal
    earned: int
    spent: int
    lapses: date
    vouchers: list[int]
    entitlements: list[int]
    back: Decimal = Decimal(0)
    taken: int = 0
    returned: int = 0
    void: bool = False


class Books(RuleBasedStateMachine):
    """One client's points over the years, and beside them the plain model."""

    @initialize()
    def opened(self) -> None:
        Tier.objects.update(discount_percent=0, multiplier=1, birthday_multiplier=1)
        LoyaltyRules.load()
        LoyaltyRules.objects.update(points_per_yuan_off=PER_YUAN, adjust_limit=LIMIT)
        self.who: Client = client(phone="+8613812348000")
        self.manager, self.other = staff(Role.MANAGER), staff(Role.MANAGER, "other")
        self.services = [shop.service(f"护理 {price}", price) for price in PRICES]
        voucher_kind = kind("抵用券", days_valid=400, stacks=True)
        self.voucher_kind = voucher_kind
        self.rewards = {
            "comb": Reward.objects.create(name="梳子", kind="product", points=COMB, stock=STOCK),
            "cuts": Reward.objects.create(
                name="剪发两次", kind="entitlement", service=self.services[0], points=CUTS, uses=2
            ),
            "paper": Reward.objects.create(name="券", kind="voucher", voucher_kind=voucher_kind, points=PAPER),
        }
        self.today = TODAY
        self.book = PlainBook()
        self.visits: list[Paid] = []
        self.redemptions: dict[int, date] = {}
        self.stock = STOCK
        self.waiting: list[Adjustment] = []
        self.lapsed_on: set[date] = set()
        self.alone: dict[date, int] = {}  # by hand, by day, without a second person

    def year_end(self) -> date:
        return date(self.today.year + 1, 12, 31)

    @rule(
        place=st.integers(0, len(PRICES) - 1),
        share=st.sampled_from([0, 0, 0.3, 1, 1.2]),
        with_voucher=st.booleans(),
        with_cut=st.booleans(),
    )
    def check_out(self, place: int, share: float, with_voucher: bool, with_cut: bool) -> None:
        due = Decimal(PRICES[place])
        vouchers, cuts = self.usable(with_voucher), self.cuts() if with_cut and place == 0 else []
        if cuts:
            due, vouchers = Decimal(0), []
        if vouchers:
            due = max(due - WORTH, Decimal(0))
        typed = int(max(self.book.balance, 0) * share)
        worth = min((Decimal(typed) / PER_YUAN).quantize(CENT, ROUND_DOWN), due)
        used = -int(-worth * PER_YUAN // 1)
        total = due - worth
        draft = shop.draft(
            self.manager,
            self.who,
            shop.line(self.services[place]),
            pay=None if total else (),
            vouchers=tuple(vouchers),
            entitlements=tuple(cuts),
            points=str(typed) if typed else "",
        )
        refused = typed > max(self.book.balance, 0)
        try:
            visit = check_out(draft, by=self.manager, at=noon(self.today)).visit
        except CheckoutRefused:
            assert refused
            return
        check_out(draft, by=self.manager, at=noon(self.today))  # sent twice
        assert not refused
        assert (visit.total, visit.points_discount) == (total, worth)
        earned = int(total)
        self.book.spent += used
        self.book.came[self.year_end()] += earned
        self.visits.append(Paid(visit, total, earned, used, self.year_end(), vouchers, cuts))

    def usable(self, wanted: bool) -> list[int]:
        found = Voucher.objects.usable(self.today).filter(account=self.who.pk).order_by("pk")
        return list(found.values_list("pk", flat=True)[:1]) if wanted else []

    def cuts(self) -> list[int]:
        had = Redemption.objects.filter(account=self.who.pk, service__isnull=False, cancelled_at=None)
        open_ones = had.filter(until__gte=self.today, used__lt=2).order_by("pk")
        return list(open_ones.values_list("pk", flat=True)[:1])

    @precondition(lambda self: any(not paid.void for paid in self.visits))
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        paid = data.draw(st.sampled_from([paid for paid in self.visits if not paid.void]))
        refunds.void(paid.visit, "记错", by=self.manager, at=noon(self.today))
        paid.void = True
        self.book.came[paid.lapses] -= paid.earned - paid.taken
        self.book.spent -= paid.spent - paid.returned
        for pk in paid.vouchers:
            assert Voucher.objects.get(pk=pk).status == "open"

    @precondition(lambda self: any(not paid.void and paid.back < paid.total for paid in self.visits))
    @rule(data=st.data(), share=st.sampled_from(["0.01", "0.333", "0.5", "1"]))
    def refund(self, data: st.DataObject, share: str) -> None:
        paid = data.draw(st.sampled_from([one for one in self.visits if not one.void and one.back < one.total]))
        amount = max(CENT, ((paid.total - paid.back) * Decimal(share)).quantize(CENT, ROUND_DOWN))
        line, key = paid.visit.lines.get().pk, uuid.uuid4()
        for _turn in range(2):  # sent twice
            refunds.refund(paid.visit, {line: amount}, "cash", "退", key=key, by=self.manager, at=noon(self.today))
        paid.back += amount
        taken = paid.earned - int(paid.earned * (paid.total - paid.back) / paid.total)
        returned = int(paid.spent * paid.back / paid.total)
        self.book.came[paid.lapses] -= taken - paid.taken
        self.book.spent -= returned - paid.returned
        paid.taken, paid.returned = taken, returned

    @rule(what=st.sampled_from(["comb", "comb", "cuts", "paper"]))
    def redeem(self, what: str) -> None:
        reward, key = self.rewards[what], uuid.uuid4()
        possible = self.book.balance >= reward.points and (what != "comb" or self.stock > 0)
        words: dict[str, Any] = {"key": key, "proof": "8000", "by": self.manager, "at": noon(self.today)}
        try:
            made = redeeming.redeem(self.who, reward, **words)
        except RedemptionRefused:
            assert not possible
            return
        assert possible
        assert redeeming.redeem(self.who, reward, **words) == made
        self.book.spent += reward.points
        self.stock -= what == "comb"
        self.redemptions[made.pk] = self.today

    @precondition(lambda self: self.redemptions)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        pk = data.draw(st.sampled_from(sorted(self.redemptions)))
        made = Redemption.objects.get(pk=pk)
        used = made.used or (made.voucher and made.voucher.status == "used")
        late = self.today > self.redemptions[pk] + timedelta(days=1)
        try:
            redeeming.cancel(made, "退", by=self.manager, at=noon(self.today))
        except RedemptionRefused:
            assert used or late
            return
        assert not used
        assert not late
        self.book.spent -= made.points
        self.stock += made.reward == self.rewards["comb"]
        del self.redemptions[pk]

    @rule(points=st.sampled_from([1, 50, LIMIT, LIMIT + 1, 3000, -1, -60, -LIMIT, -LIMIT - 1]))
    def adjust(self, points: int) -> None:
        key = uuid.uuid4()
        try:
            made = adjust(self.who, points, "补记", key=key, by=self.manager, at=noon(self.today))
        except AdjustmentRefused:
            assert self.book.balance + points < 0
            return
        assert adjust(self.who, points, "补记", key=key, by=self.manager, at=noon(self.today)) == made
        assert points > 0 or self.book.balance + points >= 0
        alone = self.alone.get(self.today, 0) + points
        if max(abs(points), abs(alone)) > LIMIT:
            self.waiting.append(made)
        else:
            self.alone[self.today] = alone
            self.posted(points)

    @precondition(lambda self: self.waiting)
    @rule(agree=st.booleans())
    def decide(self, agree: bool) -> None:
        made = self.waiting[0]
        try:
            decide(made, agree, by=self.other, at=noon(self.today))
        except AdjustmentRefused:
            assert agree
            assert self.book.balance + made.points < 0
            return
        self.waiting.pop(0)
        if agree:
            self.posted(made.points)

    def posted(self, points: int) -> None:
        if points > 0:
            self.book.came[self.year_end()] += points
        else:
            self.book.spent -= points

    @rule()
    def given(self) -> None:
        given(self.who, self.voucher_kind, self.today)

    @rule(days=st.sampled_from([1, 30, 200, 400]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def night(self) -> None:
        if self.today in self.lapsed_on:
            return  # what came back since goes the night after
        self.lapsed_on.add(self.today)
        at = noon(self.today)
        assert [lapse(self.today, at=at), lapse(self.today, at=at)] == [self.book.night(self.today), 0]

    @invariant()
    def is_the_model(self) -> None:
        assert [str(fault) for fault in wrong()] == []
        if not self.has_account():
            assert self.book.balance == 0
            return
        account = account_of(self.who)
        assert account.balance == self.book.balance
        assert lots(account) == [Lot(day, points) for day, points in sorted(self.book.left().items())]
        assert Reward.objects.get(pk=self.rewards["comb"].pk).stock == self.stock

    def has_account(self) -> bool:
        return Client.objects.filter(pk=self.who.pk, account__isnull=False).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("examples", "steps"), [(12, 30), pytest.param(2000, 50, marks=pytest.mark.drill)])
def test_the_books_are_those_of_a_plain_model(
    examples: int, steps: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class InATransaction(Books):
        """Each example is undone before the next."""

        def __init__(self) -> None:
            self.around = transaction.atomic()
            self.around.__enter__()
            super().__init__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    seed = int(os.environ.get("SALON_SEED") or random.randrange(2**32))
    monkeypatch.setattr(hypothesis.core, "global_force_seed", seed)
    with capsys.disabled():
        print(f"\nSALON_SEED={seed} repeats these {examples} lives of {steps} steps", flush=True)  # noqa: T201
    run_state_machine_as_test(
        InATransaction,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
