"""Who is there, and in which salon: asked anew for every request, in two questions."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from staff.jobs import TICK
from staff.models import JobRun, Salon, User
from staff.present import PresentBackend, salon_for
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_a_person_comes_whole_with_roles_and_salon_in_one_question() -> None:
    made, at = cast.staff(Role.MANAGER), timezone.now()
    Salon.load()
    Salon.objects.update(name="花间", idle_minutes=7, closed_days=["2027-02-06"])
    JobRun.objects.update_or_create(job=TICK, defaults={"started_at": at, "finished_at": at})

    with CaptureQueriesContext(connection) as asked:
        user = PresentBackend().get_user(made.pk)
        assert user is not None
        salon = salon_for(user)
        told = (user.roles, salon.name, salon.idle_minutes, salon.closed_days, salon.hours["0"], salon.last_tick)
    assert told == (frozenset({Role.MANAGER}), "花间", 7, ["2027-02-06"], ["10:00", "21:00"], at)
    assert len(asked) == 1
    stored = User.objects.get(pk=made.pk)
    names = [field.attname for field in User._meta.concrete_fields]
    assert [getattr(user, name) for name in names] == [getattr(stored, name) for name in names]
    assert not user.get_deferred_fields()


def test_a_stranger_learns_the_salon() -> None:
    Salon.load()
    Salon.objects.update(name="花间")

    assert salon_for(AnonymousUser()).name == "花间"


def test_before_the_salon_is_set_up_it_has_its_defaults() -> None:
    user = cast.staff(Role.MANAGER)
    Salon.objects.all().delete()

    known = PresentBackend().get_user(user.pk)

    assert known is not None
    assert salon_for(known).pk == 1


def test_who_left_and_who_never_was_are_nobody() -> None:
    gone = cast.staff(Role.MANAGER)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    assert PresentBackend().get_user(gone.pk) is None
    assert PresentBackend().get_user(gone.pk + 1) is None


def test_a_right_that_is_taken_holds_with_the_next_request(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    assert browser.get("/membership/").status_code == 200

    User.objects.get().groups.set([Group.objects.get(name=Role.BEAUTICIAN)])

    assert browser.get("/membership/").status_code == 403


@pytest.mark.parametrize("how", ["over", "gone", "another"])
def test_a_session_that_is_over_or_unknown_is_no_session(signed_in: SignedIn, how: str) -> None:
    browser: Browser = signed_in(Role.FRONT_DESK)
    assert browser.get("/me/").status_code == 200
    if how == "over":
        Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    elif how == "gone":
        Session.objects.all().delete()
    else:
        browser.cookies["sessionid"] = "x" * 32

    answer = browser.get("/me/")

    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=%2Fme%2F")
