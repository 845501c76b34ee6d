"""A birthday edited, a file merged, a wish to be left alone, a crash: nobody is greeted twice. Promise P8."""

from datetime import timedelta
from itertools import pairwise

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

from clients import lunar
from clients.calendars import YearlyDay
from clients.models import Client
from outreach.models import ContactTask
from outreach.planning import birthdays, sweep
from staff import jobs
from tests.loyalty.books import TODAY, client, noon
from tests.outreach.plain import APART, is_kept


class Crashed(Exception):
    """The worker died before it could commit."""


class Greetings(RuleBasedStateMachine):
    """One person, at first with two files."""

    @initialize()
    def opened(self) -> None:
        self.today = TODAY
        self.who: Client = client(birthday_month=TODAY.month, birthday_day=TODAY.day)
        self.twin: Client = client(birthday_month=TODAY.month, birthday_day=TODAY.day)

    @rule(away=st.integers(-5, 5), calendar=st.sampled_from(["solar", "lunar"]), whose=st.booleans())
    def edit(self, away: int, calendar: str, whose: bool) -> None:
        near = self.today + timedelta(days=away)
        month, day = near.month, near.day
        if calendar == "lunar":
            _year, month, day, _leap = lunar.lunar_date(near)
        file = self.who if whose else self.twin
        Client.objects.filter(pk=file.pk).update(birthday_calendar=calendar, birthday_month=month, birthday_day=day)

    @rule(alone=st.booleans())
    def let_alone(self, alone: bool) -> None:
        Client.objects.filter(pk=self.who.pk).update(do_not_contact=alone)

    @precondition(lambda self: self.twin.status == "active")
    @rule()
    def merge(self) -> None:
        self.twin.status, self.twin.merged_into = Client.Status.MERGED, self.who
        self.twin.save(update_fields=["status", "merged_into"])

    @rule(days=st.sampled_from([0, 0, 1, 1, 2, 5, 40, 170, 360]))
    def tick(self, days: int) -> None:
        self.today += timedelta(days=days)
        at = noon(self.today)
        jobs.run("birthday", self.today, at=at, work=lambda window: birthdays.plan(window, at), forced=True)
        sweep.sweep(self.today, at)
        self.fits_the_file()

    @rule()
    def crash(self) -> None:
        """Before the mark was set: the next tick does it again."""
        at = noon(self.today)
        with transaction.atomic():
            birthdays.plan(jobs.Window(None, self.today), at)
        try:
            with transaction.atomic():
                sweep.sweep(self.today, at)
                raise Crashed
        except Crashed:
            pass

    @rule()
    def greet(self) -> None:
        ContactTask.objects.due(self.today).update(status="done", closed_at=noon(self.today))

    def fits_the_file(self) -> None:
        """After a tick, what is open is a birthday of a file in use, not late, and not greeted already."""
        for task in ContactTask.objects.open().select_related("client"):
            file = task.client
            assert file.status == "active"
            assert not file.do_not_contact
            assert self.today <= task.due_on + timedelta(days=3)
            birthday = YearlyDay(file.birthday_calendar, file.birthday_month or 0, file.birthday_day or 0)
            assert is_kept(birthday, task.planned_for)
            if file == self.who and self.twin.status == "merged":
                greeted = ContactTask.objects.filter(client=self.twin, status="done")
                assert all(abs(task.planned_for - one.planned_for).days > APART for one in greeted)

    @invariant()
    def nobody_is_greeted_twice(self) -> None:
        for file in (self.who, self.twin):
            standing = ContactTask.objects.filter(client=file).exclude(status="cancelled").order_by("planned_for")
            days = list(standing.values_list("planned_for", flat=True))
            assert all((later - day).days > APART for day, later in pairwise(days))


@pytest.mark.django_db
@pytest.mark.parametrize(("examples", "steps"), [(25, 25), pytest.param(400, 60, marks=pytest.mark.drill)])
def test_whatever_happens_there_is_one_greeting(examples: int, steps: int) -> None:
    class InATransaction(Greetings):
        """Each example is undone before the next."""

        def __init__(self) -> None:
            self.around = transaction.atomic()
            self.around.__enter__()
            super().__init__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.around.__exit__(None, None, None)

    run_state_machine_as_test(
        InATransaction,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
