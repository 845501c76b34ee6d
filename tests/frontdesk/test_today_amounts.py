"""Who sees what was paid today: the front desk each visit, the manager the day's sum too, the beautician neither."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.utils import timezone

from staff.models import User
from staff.roles import Role
from tests.staff import cast
from tests.visits import shop
from visits.models import Visit, VisitLine

pytestmark = pytest.mark.django_db


def paid_today(today: date) -> None:
    beautician = cast.staff(Role.BEAUTICIAN)
    for price in (Decimal("468.00"), Decimal("131.00")):
        visit = Visit.objects.create(client=shop.client(), at=timezone.now(), day=today, gross=price, total=price)
        VisitLine.objects.create(visit=visit, name="护理", unit_price=price, amount=price, beautician=beautician)


@pytest.mark.parametrize(
    ("role", "one", "all_of_them"),
    [(Role.FRONT_DESK, True, False), (Role.MANAGER, True, True), (Role.BEAUTICIAN, False, False)],
)
def test_amounts_follow_the_matrix(client: Browser, role: Role, one: bool, all_of_them: bool) -> None:
    paid_today(timezone.localdate())
    user = User.objects.filter(groups__name=role).first() or cast.staff(role)
    client.force_login(user)

    page = client.get("/").content.decode()

    assert "护理" in page
    assert ("¥468" in page) == one
    assert ("¥599" in page) == all_of_them
