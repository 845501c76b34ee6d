"""Questions that are put into SQL once and asked many times."""

import pytest
from django.db import connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.test.utils import CaptureQueriesContext

from staff.compiled import CLIENT, USER, Compiled
from staff.models import User
from staff.roles import Role
from tests.staff import cast

pytestmark = pytest.mark.django_db


def _named() -> Compiled:
    # Two per cent signs: one within a value, one within the SQL.
    rows = User.objects.filter(pk=USER).extra(where=["username NOT LIKE 'nobody%%'"])
    return Compiled(rows.values_list("pk", Concat(F("username"), Value(" 100%"))))


def test_it_works() -> None:
    one, other = cast.staff(Role.MANAGER), cast.staff(Role.BEAUTICIAN)
    question = _named()

    for user in (one, other, one):
        assert question.ask({USER: user.pk}) == [(user.pk, f"{user.username} 100%")]


def test_it_is_one_query_also_the_first_time() -> None:
    question = _named()

    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            question.ask({USER: 1})
        assert len(asked) == 1


def test_after_a_rollback_it_can_be_asked_again() -> None:
    question, user = _named(), cast.staff(Role.MANAGER)
    with transaction.atomic():
        question.ask({USER: user.pk})
        transaction.set_rollback(True)

    assert len(question.ask({USER: user.pk})) == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_new_connection_prepares_it_anew() -> None:
    question, user = _named(), cast.staff(Role.MANAGER)
    question.ask({USER: user.pk})
    connection.close()

    assert len(question.ask({USER: user.pk})) == 1


def test_an_id_that_is_needed_must_be_given() -> None:
    with pytest.raises(KeyError):
        _named().ask({CLIENT: 1})
