"""Whatever happens in whatever order, a membership is what a plain fold over its history gives."""

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

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
from loyalty import refunds, standing, tiers
from loyalty.models import Tier
from loyalty.months import months_after, months_before
from loyalty.reversals import pile
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, noon, staff, tier, wrong
from visits.models import Visit

CENT = Decimal("0.01")
# Position: code, spend from, visits from, multiplier.
LADDER = [
    ("member", 0, None, Decimal("1")),
    ("silver", 3000, 12, Decimal("1")),
    ("gold", 10000, 24, Decimal("1.2")),
    ("black", 30000, None, Decimal("1.5")),
]
BIRTH_MONTH = 3


@dataclass
class Paid:
    """A visit in the plain book."""

    visit: Visit
    on: date
    total: Decimal
    earned: int
    back: Decimal = Decimal(0)
    void: bool = False

    @property
    def points(self) -> int:
        """What is left of its points: never more than the share of the money that is left."""
        if self.void or not self.total:
            return 0 if self.void else self.earned
        return int((self.earned * (self.total - self.back) / self.total).to_integral_value(ROUND_DOWN))


@dataclass
class Held:
    """A judgement that still stands: the place on the ladder, since when, and until when."""

    place: int = 0
    since: date | None = None
    review_on: date | None = None
    as_of: date | None = None
    anew: bool = False


@dataclass
class PlainBook:
    """The rules of points and tiers once more, over a plain list of visits and a pile of judgements."""

    visits: list[Paid] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    until: date | None = None

    @property
    def top(self) -> Held:
        return self.held[-1] if self.held else Held()

    def days(self, today: date) -> dict[date, Decimal]:
        days: dict[date, Decimal] = {}
        for paid in self.visits:
            if not paid.void and months_before(today, 12) < paid.on <= today:
                days[paid.on] = days.get(paid.on, Decimal(0)) + paid.total - paid.back
        return days

    def reached(self, today: date) -> int:
        days = self.days(today)
        spend, visits = sum(days.values(), Decimal(0)), len(days)
        places = [
            place
            for place, (_code, min_spend, min_visits, _times) in enumerate(LADDER)
            if place == 0 or spend >= min_spend or (min_visits and visits >= min_visits)
        ]
        return places[-1]

    def judged(self, place: int, today: date, *, anew: bool = False) -> Held:
        """A judgement of this day; who stays in the tier keeps its since."""
        since = self.top.since if place == self.top.place else today
        return Held(place, since, months_after(today, 12) if place else None, today, anew)

    def assess(self, today: date) -> None:
        place, top = self.reached(today), self.top
        if self.until is not None:
            if self.until < today:
                self.until = None
                self.held = [self.judged(place, today, anew=True)]
        elif place > top.place:
            self.held.append(self.judged(place, today))
        elif top.review_on and top.review_on <= today:
            judged = self.judged(place, today, anew=True)
            if place == top.place and months_after(top.review_on, 12) > today:
                judged.review_on = months_after(top.review_on, 12)
            self.held = [judged]

    def take_back(self, today: date) -> None:
        if self.until is not None or self.reached(today) >= self.top.place:
            return
        while self.held and self.top.place:
            top = self.top
            then = self.reached(top.as_of or today)
            if then >= top.place:
                break
            self.held.pop()
            if top.anew or then > self.top.place:
                self.held.append(
                    Held(then, top.as_of, months_after(top.as_of, 12) if then and top.as_of else None, top.as_of)
                )
                break
        if self.reached(today) > self.top.place:
            self.held.append(self.judged(self.reached(today), today))


class Memberships(RuleBasedStateMachine):
    """One client's life in the salon, and beside it the plain book."""

    @initialize()
    def opened(self) -> None:
        self.who: Client = client(birthday_month=BIRTH_MONTH, birthday_day=9)
        self.manager = staff(Role.MANAGER)
        self.today = TODAY
        self.book = PlainBook()

    @rule(total=st.sampled_from(["0", "0.99", "88.80", "268", "1300.50", "2999.99", "5000", "12000", "33000"]))
    def visit(self, total: str) -> None:
        amount = Decimal(total)
        times = LADDER[self.book.top.place][3]
        if self.today.month == BIRTH_MONTH:
            times = max(times, Decimal(2))
        plain = amount.to_integral_value(ROUND_DOWN)
        visit = came(self.who, amount, self.today, by=self.manager)
        earned = int((plain * times).to_integral_value(ROUND_DOWN))
        self.book.visits.append(Paid(visit, self.today, amount, earned))
        self.book.assess(self.today)

    @precondition(lambda self: any(not paid.void for paid in self.book.visits))
    @rule(data=st.data())
    def void(self, data: st.DataObject) -> None:
        paid = data.draw(st.sampled_from([paid for paid in self.book.visits if not paid.void]))
        outcome = refunds.void(paid.visit, "记错", by=self.manager, at=noon(self.today))
        assert outcome.money == paid.total - paid.back
        paid.void = True
        self.book.assess(self.today)
        self.book.take_back(self.today)

    @precondition(lambda self: any(not paid.void and paid.back < paid.total for paid in self.book.visits))
    @rule(data=st.data(), share=st.sampled_from(["0.01", "0.333", "0.5", "0.99", "1"]))
    def refund(self, data: st.DataObject, share: str) -> None:
        open_ones = [paid for paid in self.book.visits if not paid.void and paid.back < paid.total]
        paid = data.draw(st.sampled_from(open_ones))
        amount = max(CENT, ((paid.total - paid.back) * Decimal(share)).quantize(CENT, ROUND_DOWN))
        line = paid.visit.lines.get().pk
        key = uuid.uuid4()
        for _ in range(2):  # sent twice
            refunds.refund(paid.visit, {line: amount}, "cash", "退货", key=key, by=self.manager, at=noon(self.today))
        paid.back += amount
        self.book.assess(self.today)
        self.book.take_back(self.today)

    @rule(place=st.integers(0, 3), days=st.sampled_from([0, 20, 400]))
    def by_hand(self, place: int, days: int) -> None:
        until = self.today + timedelta(days=days)
        tiers.set_by_hand(self.who, tier(LADDER[place][0]), until, "店长", by=self.manager, at=noon(self.today))
        since = self.book.top.since if self.book.top.place == place else self.today
        self.book.held = [Held(place, since, None, self.today, anew=True)]
        self.book.until = until

    @rule(days=st.sampled_from([1, 30, 100, 182, 366]))
    def time_passes(self, days: int) -> None:
        self.today += timedelta(days=days)

    @rule()
    def review(self) -> None:
        standing.rebuild_all(self.today)
        tiers.review_due(self.today)
        tiers.review_due(self.today)
        if self.book.visits or self.book.held:
            self.book.assess(self.today)

    @invariant()
    def is_the_fold(self) -> None:
        if not (self.book.visits or self.book.held):
            return
        account = account_of(self.who)
        kept = (account.tier.code, account.tier_since, account.review_on, account.tier_by_hand_until)
        top = self.book.top
        assert kept == (LADDER[top.place][0], top.since, top.review_on, self.book.until)
        assert account.balance == sum(paid.points for paid in self.book.visits)
        standing_ones = [paid for paid in self.book.visits if not paid.void]
        assert account.lifetime_spend == sum((paid.total - paid.back for paid in standing_ones), Decimal(0))
        assert account.lifetime_visits == len({paid.on for paid in standing_ones})
        assert len(pile(list(account.tier_changes.order_by("pk")))) == len(self.book.held)

    def teardown(self) -> None:
        assert wrong() == []


@pytest.mark.django_db
@pytest.mark.parametrize(("examples", "steps"), [(25, 20), pytest.param(200, 50, marks=pytest.mark.drill)])
def test_a_membership_is_the_fold_of_its_history(examples: int, steps: int) -> None:
    class InATransaction(Memberships):
        """Each example is undone before the next."""

        def __init__(self) -> None:
            self.around = transaction.atomic()
            self.around.__enter__()
            super().__init__()

        def teardown(self) -> None:
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.around.__exit__(None, None, None)

    assert [(one.code, one.min_visits, one.multiplier) for one in Tier.objects.order_by("position")] == [
        (code, visits, times) for code, _spend, visits, times in LADDER
    ]
    run_state_machine_as_test(
        InATransaction,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
