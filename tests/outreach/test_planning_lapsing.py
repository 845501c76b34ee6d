"""Points and vouchers that lapse soon: told once, and not when they are used."""

from datetime import date, timedelta

import pytest

from clients.models import Client
from loyalty.models import PointsEntry, Voucher, VoucherKind
from outreach.models import ContactTask, Kind
from outreach.planning import lapsing, sweep
from staff.jobs import Window
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon
from tests.loyalty.gifts import given

pytestmark = pytest.mark.django_db
TODAYS = Window(TODAY, TODAY)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def only(who: Client, kind: Kind) -> ContactTask:
    return ContactTask.objects.get(client=who, kind=kind)


def close_what_is_over(today: date = TODAY) -> dict[str, int]:
    return sweep.sweep(today, noon(today) + timedelta(hours=1))


def test_points_about_to_lapse_are_told_once_and_not_when_spent() -> None:
    rich, poor = client(), client()
    came(rich, "500", date(2025, 5, 1))
    came(poor, "300", date(2025, 5, 1))
    told = date(2026, 12, 17)
    assert lapsing.plan(Window(told, told - timedelta(days=1)), noon(told - timedelta(days=1)))["planned"] == 0
    assert lapsing.plan(Window(told, told), noon(told))["planned"] == 2
    assert lapsing.plan(Window(told, told), noon(told))["planned"] == 0
    task = only(rich, Kind.POINTS_LAPSING)
    assert (task.facts, task.planned_for) == ({"points": 500, "on": "2026-12-31"}, date(2026, 12, 31))

    for who, spent in ((rich, 200), (poor, 300)):
        PointsEntry.objects.create(
            account=account_of(who),
            kind="redeem",
            points=-spent,
            balance_after=0,
            occasion=f"redeem:{who.pk}",
            at=noon(told) + timedelta(minutes=1),
        )
    assert sweep.sweep(told, noon(told)) == {"used": 1}
    task.refresh_from_db()
    assert task.facts["points"] == 300


@pytest.mark.parametrize(
    ("given_ago", "lasts", "told"), [(40, 14, True), (40, 15, False), (7, 3, True), (6, 3, False), (7, 0, False)]
)
def test_vouchers_about_to_lapse(given_ago: int, lasts: int, told: bool) -> None:
    who, kind = client(), VoucherKind.objects.all()[0]
    last = TODAY + timedelta(days=lasts)
    first = given(who, kind, on=days_before(given_ago), expires_on=last)
    given(who, kind, on=days_before(given_ago), expires_on=last)
    lapsing.plan_vouchers(TODAYS, noon())
    found = list(ContactTask.objects.values_list("voucher", "facts", "occasion"))
    facts = {"vouchers": 2, "on": last.isoformat()}
    assert found == ([(first.pk, facts, f"vouchers:{last}")] if told else [])
    Voucher.objects.update(status="withdrawn", withdrawn_at=noon(), withdrawn_reason="收回")
    assert close_what_is_over() == ({"used": 1} if told else {})
