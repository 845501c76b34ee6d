"""Many addresses that guess a few times each are slowed together; the salon's own addresses go on."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from staff import sign_in_bucket
from staff.models import KnownAddress, SignInFailure, User
from staff.roles import Role
from tests.staff import cast

pytestmark = pytest.mark.django_db
SALON, ELSEWHERE = "203.0.113.5", "198.51.100.7"


def fill(number: int = sign_in_bucket.HOLDS, minutes_ago: int = 1) -> None:
    at = timezone.now() - timedelta(minutes=minutes_ago)
    SignInFailure.objects.bulk_create(SignInFailure(at=at) for _ in range(number))


def sign_in(user: User, address: str, password: str = cast.PASSWORD) -> int:
    answer = Browser(REMOTE_ADDR=address).post("/login/", {"username": user.username, "password": password})
    return int(answer.status_code)


@pytest.fixture
def desk() -> User:
    return cast.staff(Role.FRONT_DESK)


def test_when_it_is_full_only_known_addresses_sign_in(desk: User) -> None:
    assert sign_in(desk, SALON) == 302
    fill()

    assert sign_in(desk, ELSEWHERE) == 429
    assert sign_in(desk, SALON) == 302


def test_each_failure_counts_a_success_does_not_and_what_was_refused_does_not(desk: User) -> None:
    sign_in(desk, SALON)
    sign_in(desk, ELSEWHERE, "wrong-password")
    cast_away = User(username="nobody-at-all")
    sign_in(cast_away, ELSEWHERE, "wrong-password")
    assert SignInFailure.objects.count() == 2

    fill()
    sign_in(desk, ELSEWHERE, "wrong-password")
    assert SignInFailure.objects.count() == sign_in_bucket.HOLDS + 2


def test_it_drains_within_ten_minutes(desk: User) -> None:
    fill(minutes_ago=11)
    assert sign_in(desk, ELSEWHERE) == 302
    sign_in(desk, SALON, "wrong-password")
    assert SignInFailure.objects.count() == 1


def test_an_address_is_forgotten_after_thirty_days(desk: User) -> None:
    sign_in(desk, SALON)
    KnownAddress.objects.update(last_at=timezone.now() - timedelta(days=31))
    fill()
    assert sign_in(desk, SALON) == 429
