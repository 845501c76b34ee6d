"""P10. Whatever is done in whatever order, or at the same moment, the books are those of a plain model.

Checking out, voiding, refunding, redeeming and cancelling, adjusting by hand, vouchers, lapsing, the import. Merging
two clients' files and erasing one are not among it: the product does neither.
"""

import os
import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import ClassVar

import hypothesis.core
import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)

from tests.loyalty import acts
from tests.loyalty.acts import Act, Choices
from tests.loyalty.acts_of_visits import CheckOut, Import, Refund, Void
from tests.loyalty.books import wrong
from tests.loyalty.desk import Desk, Salon
from tests.loyalty.life import Life
from tests.loyalty.together import at_once

KINDS: tuple[type[Act], ...] = (
    CheckOut,
    Void,
    Refund,
    acts.Redeem,
    acts.Cancel,
    acts.Adjust,
    acts.Decide,
    acts.Give,
    acts.Night,
    Import,
    acts.Wait,  # last: no two clocks go at once
)
Chosen = tuple[tuple[type[Act], Choices], Choices]


def chosen(kinds: Sequence[type[Act]]) -> st.SearchStrategy[Chosen]:
    """An act of one of these kinds, and a checkout for when there is nothing yet to do it to.

    What is drawn never hangs on what happened: of real threads, nobody can say beforehand what happens.
    """
    one = st.sampled_from(kinds).flatmap(lambda kind: st.tuples(st.just(kind), kind.choices()))
    return st.tuples(one, CheckOut.choices())


class Books(RuleBasedStateMachine):
    """One client's points over the years, and beside them the plain model.

    `lives`: the models that what was seen so far allows. Of two acts at one moment either may have been the first.
    """

    salon: ClassVar[Salon]
    alone: ClassVar[bool]

    @initialize(points=st.sampled_from([0, 160, 500, 2000]))
    def opened(self, points: int) -> None:
        self.desk = Desk(self.salon, alone=self.alone)
        self.lives = [Life()]
        if points:
            self.desk.welcome(points, self.life.year_end)
            self.life.came(points)

    @property
    def life(self) -> Life:
        return self.lives[0]

    def compare(self, told: list[object], lives: list[tuple[list[str], Life]]) -> None:
        """Go on with the models that tell the same, and look the same, as the real books."""
        seen = self.desk.picture()
        fitting = [life for words, life in lives if words == told and life.picture() == seen]
        self.lives = [life for place, life in enumerate(fitting) if life not in fitting[:place]]
        assert self.lives, f"really {told} {seen}, plainly {[(words, life.picture()) for words, life in lives]}"

    def act_of(self, chosen: Chosen) -> Act:
        (kind, choices), otherwise = chosen
        if kind.possible(self.life):
            return kind(self.desk, self.life, choices)
        return CheckOut(self.desk, self.life, otherwise)

    @rule(chosen=chosen(KINDS), times=st.sampled_from([1, 1, 2]))
    def act(self, chosen: Chosen, times: int) -> None:
        """One thing is done; or the same form is sent again."""
        one = self.act_of(chosen)
        told: list[object] = [one.really() for _time in range(times)]
        self.compare(told, [([one.plainly(life) for _time in range(times)], life) for life in self.lives])

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            assert self.desk.details() in [life.details() for life in self.lives]
            assert [str(fault) for fault in wrong()] == []


class OneByOne(Books):
    """Each example is undone before the next."""

    alone = True

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


class TwoAtOnce(Books):
    """Pairs of acts by two real threads for one client, each with a connection of its own."""

    alone = False  # what is committed stays: every example has a client of its own

    @rule(one=chosen(KINDS[:-1]), other=chosen(KINDS[:-1]), same=st.sampled_from([False, False, True]))
    def pair(self, one: Chosen, other: Chosen, same: bool) -> None:
        """Two things are done at one moment; or the same form is sent twice at once."""
        first = self.act_of(one)
        pair = (first, first if same else self.act_of(other))
        told = at_once(2, lambda place: pair[place].really())
        for problem in told:
            if isinstance(problem, Exception):
                raise problem
        self.compare(told, [in_order(life, pair, order) for life in self.lives for order in ((0, 1), (1, 0))])


def in_order(life: Life, pair: tuple[Act, Act], order: tuple[int, int]) -> tuple[list[str], Life]:
    """What each of the two would tell, and the model after both, when they come in this order."""
    life, told = deepcopy(life), ["", ""]
    for place in order:
        told[place] = pair[place].plainly(life)
    return told, life


@contextmanager
def seeded(monkeypatch: pytest.MonkeyPatch, told: str) -> Iterator[None]:
    """Inside, hypothesis draws what SALON_SEED says; the seed is told, and seen when the test fails."""
    seed = int(os.environ.get("SALON_SEED") or random.randrange(2**32))
    told = f"SALON_SEED={seed} repeats {told}"
    print(f"\n{told}", flush=True)  # noqa: T201
    monkeypatch.setattr(hypothesis.core, "global_force_seed", seed)
    try:
        yield
    except Exception as failure:
        failure.add_note(told)
        raise


def live(machine: type[Books], examples: int, steps: int, phases: tuple[Phase, ...]) -> None:
    machine.salon = Salon()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("examples", "steps"), [(200, 30), pytest.param(2000, 50, marks=pytest.mark.drill)])
def test_the_books_are_those_of_a_plain_model(examples: int, steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    with seeded(monkeypatch, f"{examples} lives of {steps} steps"):
        live(OneByOne, examples, steps, (Phase.generate, Phase.shrink))


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize(("examples", "steps"), [(40, 15), pytest.param(1000, 30, marks=pytest.mark.drill)])
def test_two_acts_at_one_moment_are_one_after_the_other(
    examples: int, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with seeded(monkeypatch, f"{examples} lives of {steps} steps, as far as threads repeat themselves"):
        live(TwoAtOnce, examples, steps, (Phase.generate,))
