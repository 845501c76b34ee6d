"""A void takes back whom the visit let in: a beautician finds no file that was opened to her by mistake."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.test import Client as Browser

from clients.models import Attendance, Client
from loyalty import refunds
from loyalty.checkout import check_out
from staff.models import User
from staff.roles import Role
from tests.visits import shop
from visits.models import Draft, Service, Visit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def treated(who: Client, manager: User, lin: User, *days: int) -> list[Visit]:
    """A visit with her so many days ago, each."""
    care, made = Service.objects.get(), []
    for ago in days:
        line = shop.line(care, beautician=str(lin.pk))
        draft = shop.draft(manager, who, line, when=(TODAY - timedelta(days=ago)).isoformat())
        made.append(check_out(draft, by=manager, at=NOON).visit)
    return made


def last(who: Client, user: User) -> date | None:
    return Attendance.objects.filter(client=who, user=user).values_list("last_on", flat=True).first()


def void(visit: Visit, manager: User) -> None:
    refunds.void(visit, "录错客户", by=manager, at=NOON)


@time_machine.travel(NOON, tick=False)
def test_it_works(manager: User, lin: User, care: Service, wang: Client) -> None:
    hers = Browser()
    hers.force_login(lin, backend="staff.present.PresentBackend")
    assert hers.get(f"/clients/{wang.pk}/").status_code == 404

    [visit] = treated(wang, manager, lin, 0)
    assert hers.get(f"/clients/{wang.pk}/").status_code == 200

    void(visit, manager)
    assert hers.get(f"/clients/{wang.pk}/").status_code == 404


@pytest.mark.parametrize(("voided", "left"), [(0, 5), (1, 0), (2, 0)])
def test_another_visit_of_hers_goes_on_counting_and_dates_it(
    manager: User, lin: User, care: Service, wang: Client, voided: int, left: int
) -> None:
    visits = treated(wang, manager, lin, 0, 5, 30)
    void(visits[voided], manager)

    assert last(wang, lin) == TODAY - timedelta(days=left)


def test_when_all_are_void_nothing_is_left(manager: User, lin: User, care: Service, wang: Client) -> None:
    for visit in treated(wang, manager, lin, 5, 0):
        void(visit, manager)

    assert last(wang, lin) is None


def test_an_open_checkout_that_names_her_goes_on_counting(
    manager: User, lin: User, care: Service, wang: Client
) -> None:
    [visit] = treated(wang, manager, lin, 5)
    with time_machine.travel(NOON, tick=False):
        shop.draft(manager, wang, shop.line(care, beautician=str(lin.pk)))
        Draft.objects.update(updated_at=NOON)
    void(visit, manager)

    assert last(wang, lin) == TODAY - timedelta(days=5)  # a mark is never dated later than it was


def test_others_of_the_staff_and_other_clients_keep_theirs(
    manager: User, lin: User, care: Service, wang: Client
) -> None:
    su, chen = shop.worker(Role.BEAUTICIAN, "苏晴", "su"), shop.client("陈静")
    treated(wang, manager, su, 3)
    treated(chen, manager, lin, 2)
    [visit] = treated(wang, manager, lin, 0)
    void(visit, manager)

    assert (last(wang, lin), last(wang, su)) == (None, TODAY - timedelta(days=3))
    assert last(chen, lin) == TODAY - timedelta(days=2)


def test_a_refund_leaves_it_for_she_was_treated(manager: User, lin: User, care: Service, wang: Client) -> None:
    [visit] = treated(wang, manager, lin, 0)
    refunds.refund(visit, None, "wechat", "不满意", key=visit.checkout_key, by=manager, at=NOON)

    assert last(wang, lin) == TODAY


def test_a_walk_ins_visit_can_be_void_too(manager: User, lin: User, care: Service) -> None:
    line = shop.line(care, beautician=str(lin.pk))
    void(check_out(shop.draft(manager, None, line), by=manager, at=NOON).visit, manager)

    assert not Attendance.objects.exists()
