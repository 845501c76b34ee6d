"""Quick switching of users at a shared counter."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from staff import pins
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.staff import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(client: Browser) -> Browser:
    """A computer at which the beautician, who has a PIN, and then the front desk gave their passwords."""
    cast.sign_in(client, cast.with_pin(cast.staff(Role.BEAUTICIAN)))
    cast.sign_in(client, cast.staff(Role.FRONT_DESK))
    return client


def take_over(browser: Browser, username: str, secret: str, **more: str) -> int:
    who = User.objects.get(username=username)
    return browser.post("/switch/", {"who": who.pk, "password": secret, **more}).status_code


def test_a_pin_is_enough(counter: Browser) -> None:
    beautician = User.objects.get(username="beautician")
    session = counter.session
    session["left over"] = "of the front desk"
    session.save()

    assert take_over(counter, "beautician", "2580") == 302

    assert cast.who_is_in(counter) == str(beautician.pk)
    assert "left over" not in counter.session
    assert counter.session.session_key != session.session_key
    assert AuditEntry.objects.filter(action="signed_in", actor=beautician, what="pin").count() == 1


def test_a_pin_in_full_width_digits_is_the_same(counter: Browser) -> None:
    assert counter.post("/me/pin/", {"pin": "４８２６", "password": cast.PASSWORD}).status_code == 302
    assert take_over(counter, "beautician", "２５８０") == 302
    assert take_over(counter, "front_desk", "4826") == 302


def test_the_tiles_show_who_works_here(counter: Browser) -> None:
    cast.staff(Role.MANAGER, username="gone", is_active=False)
    shown = counter.get("/switch/").content.decode()
    assert "beautician-shown" in shown
    assert "美容师" in shown
    assert "gone-shown" not in shown


def test_a_strange_browser_learns_no_names(client: Browser) -> None:
    cast.with_pin(cast.staff(Role.BEAUTICIAN))
    assert client.get("/switch/")["Location"] == "/login/?next=/"
    assert take_over(client, "beautician", "2580") == 302
    assert cast.who_is_in(client) is None


def test_the_pin_works_only_where_the_same_person_gave_the_password(client: Browser) -> None:
    cast.with_pin(cast.staff(Role.BEAUTICIAN))
    cast.sign_in(client, cast.staff(Role.FRONT_DESK))

    assert take_over(client, "beautician", "2580") == 200
    assert take_over(client, "beautician", cast.PASSWORD) == 302
    cast.sign_in(client, User.objects.get(username="front_desk"))
    assert take_over(client, "beautician", "2580") == 302


def test_the_trust_ends_after_twelve_hours(client: Browser) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        cast.sign_in(client, cast.with_pin(cast.staff(Role.BEAUTICIAN)))
        clock.shift(timedelta(hours=11))
        cast.sign_in(client, cast.staff(Role.FRONT_DESK))  # must not lengthen the trust in somebody else
        clock.shift(timedelta(hours=1, seconds=1))
        assert take_over(client, "beautician", "2580") == 200


def test_a_new_password_ends_the_trust(counter: Browser) -> None:
    beautician = User.objects.get(username="beautician")
    beautician.set_password("lavender-43")
    beautician.save()
    assert take_over(counter, "beautician", "2580") == 200


def test_a_forged_cookie_is_nothing(counter: Browser) -> None:
    counter.cookies[pins.COOKIE] = "e30:forged"
    assert take_over(counter, "beautician", "2580") == 200


def test_wrong_pins_lock_the_name_like_wrong_passwords(counter: Browser) -> None:
    codes = [take_over(counter, "beautician", f"{n:04}") for n in range(9)]

    assert codes == [200] * 7 + [429] * 2
    assert take_over(counter, "beautician", "2580") == 429
    assert cast.sign_in(Browser(), User.objects.get(username="beautician")).status_code == 429
    assert cast.who_is_in(counter) == str(User.objects.get(username="front_desk").pk)


def test_a_wrong_pin_is_said_beside_the_field(counter: Browser) -> None:
    who = User.objects.get(username="beautician")
    answer = counter.post("/switch/", {"who": who.pk, "password": "0000"})
    page = answer.content.decode()
    assert "PIN 码或密码不对。连续输错会暂时锁定。" in page
    assert f"切换到{who.display_name}" in page
    assert "换一位" in page
    assert "front_desk-shown</b>" not in page
    assert answer.context["form"].errors.keys() == {"password"}


def test_who_is_deactivated_cannot_take_over(counter: Browser) -> None:
    User.objects.filter(username="beautician").update(is_active=False)
    assert take_over(counter, "beautician", "2580") == 200
    assert cast.who_is_in(counter) == str(User.objects.get(username="front_desk").pk)


def test_who_takes_over_starts_with_their_own_day(counter: Browser) -> None:
    beautician, desk = User.objects.get(username="beautician"), User.objects.get(username="front_desk")
    answer = counter.post("/switch/", {"who": beautician.pk, "password": "2580", "next": "/audit/"})
    assert answer["Location"] == "/"
    counter.post("/lock/", {"lock_next": "/me/"})
    answer = counter.post("/switch/", {"who": desk.pk, "password": cast.PASSWORD, "next": "/me/"})
    assert answer["Location"] == "/me/"


@pytest.mark.parametrize("leaves_first", [True, False])
def test_who_comes_next_reads_no_message_meant_for_somebody_else(counter: Browser, leaves_first: bool) -> None:
    saved = "已保存"
    told = counter.post("/me/", {"display_name": "小陈", "language": "zh-hans"}, follow=True)
    assert saved in told.content.decode()  # messages name clients too: nobody else may read them
    counter.post("/me/", {"display_name": "小程", "language": "zh-hans"})
    assert set(counter.cookies) <= {"sessionid", "csrftoken", "salon_counter", "django_language"}

    if leaves_first:
        counter.post("/logout/")
        assert saved not in counter.get("/login/").content.decode()
    assert take_over(counter, "beautician", "2580") == 302

    assert saved not in counter.get("/me/").content.decode()


@pytest.mark.parametrize("who", ["", "0", "-1", str(2**63), "abc", "😀", "９"])
def test_nobody_by_that_number(counter: Browser, who: str) -> None:
    assert counter.post("/switch/", {"who": who, "password": "2580"}).status_code == 200
    assert counter.get("/switch/", {"who": who}).status_code == 200
