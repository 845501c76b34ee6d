"""The first page of a new salon."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser

from staff.models import Salon, User
from staff.roles import Can, Role
from tests.staff import cast

SALON: dict[str, Any] = {
    "display_name": "陈静",
    "username": "王店长",
    "password": cast.PASSWORD,
    "password_again": cast.PASSWORD,
    "salon_name": "花间美容",
    "time_zone": "Asia/Taipei",
    "closed_days": "2027-02-06，2027年2月7日\n2027/2/6",
    "open_0": "on",
    "from_0": "09:30",
    "to_0": "20:00",
}


@pytest.mark.django_db
def test_it_works(client: Browser) -> None:
    assert client.get("/")["Location"] == "/setup/"
    assert client.get("/login/")["Location"] == "/setup/"
    page = client.get("/setup/").content.decode()
    assert "先把店设置好" in page
    assert page.index("北京时间（中国大陆）") < page.index("乌鲁木齐") < page.index('<optgroup label="其他">')

    assert client.post("/setup/", SALON)["Location"] == "/"

    owner, salon = User.objects.get(), Salon.load()
    assert owner.roles == {Role.MANAGER, Role.ADMIN}
    assert owner.can(Can.USE_ADMIN)
    assert not owner.is_superuser
    assert cast.who_is_in(client) == str(owner.pk)
    assert (salon.name, salon.time_zone) == ("花间美容", "Asia/Taipei")
    assert salon.hours == {"0": ["09:30", "20:00"]}
    assert salon.closed_days == ["2027-02-06", "2027-02-07"]


@pytest.mark.django_db
def test_it_is_gone_once_somebody_works_here(client: Browser) -> None:
    cast.staff(Role.ADMIN)
    assert client.get("/setup/")["Location"] == "/login/"
    assert client.post("/setup/", SALON)["Location"] == "/login/"
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"username": "a b"}, "username"),
        ({"username": "x" * 151}, "username"),
        ({"password": "12345678", "password_again": "12345678"}, "password"),
        ({"password": "password", "password_again": "password"}, "password"),
        ({"password_again": "another"}, "password_again"),
        ({"salon_name": "x" * 61}, "salon_name"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"to_0": "09:00"}, "to_0"),
        ({"to_0": ""}, "to_0"),
        ({"from_0": "25:00"}, "from_0"),
        ({"closed_days": "2027-02-30"}, "closed_days"),
        ({"closed_days": "next week"}, "closed_days"),
    ],
)
def test_wrong_entries_stand_beside_their_fields(client: Browser, wrong: dict[str, str], field: str) -> None:
    answer = client.post("/setup/", SALON | wrong)
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not User.objects.exists()
    assert "必填项" not in answer.content.decode()
    if field != "salon_name":
        assert "花间美容" in answer.content.decode()


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_many_at_once_one_becomes_the_owner() -> None:
    Salon.load()
    together = Barrier(6)

    def send(number: int) -> str:
        try:
            browser = Browser()
            together.wait(timeout=20)
            answer = browser.post("/setup/", SALON | {"username": f"owner{number}"})
            assert answer.status_code == 302
            return str(answer["Location"])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        led_to = sorted(pool.map(send, range(6)))

    assert User.objects.count() == 1
    assert led_to == ["/"] + ["/login/"] * 5
