"""Whoever reads a client's data, by whichever page, stands in the trail."""

import pytest
from django.test import Client as Browser

from staff.models import AuditEntry
from staff.roles import Role
from tests.staff import cast
from tests.visits import shop

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["", "edit/", "allergies/"])
def test_each_way_into_a_file_leaves_one_line(client: Browser, path: str) -> None:
    wang, desk = shop.client(), cast.staff(Role.MANAGER)
    client.force_login(desk)

    client.get(f"/clients/{wang.pk}/{path}")

    opened = AuditEntry.objects.get(action=AuditEntry.Action.VIEWED)
    assert (opened.client_id, opened.actor) == (wang.pk, desk)


def test_going_on_within_the_file_is_one_opening(client: Browser) -> None:
    wang = shop.client()
    client.force_login(cast.staff(Role.MANAGER))

    for path in ("", "?tab=care", "edit/", "allergies/"):
        client.get(f"/clients/{wang.pk}/{path}")

    assert AuditEntry.objects.filter(action=AuditEntry.Action.VIEWED).count() == 1
