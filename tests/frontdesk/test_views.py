"""The four pages, as each role, and how many questions they ask."""

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.frontdesk.conftest import SignedIn
from tests.visits import shop
from visits.models import Service

pytestmark = pytest.mark.django_db
MOST = 12


def asked(browser: Browser, path: str, **headers: str) -> tuple[str, int]:
    """The page, and how many queries it took the second time."""
    browser.get(path, headers=headers)
    with CaptureQueriesContext(connection) as queries:
        response = browser.get(path, headers=headers)
    assert response.status_code == 200, path
    return response.content.decode(), len(queries)


def busy_salon(user: object) -> int:
    """Sixty clients with memberships, allergies, visits of today and a birthday; the id of the last."""
    today = timezone.localdate()
    pk = 0
    for number in range(60):
        client = cast.client(f"王{number}", birthday_month=today.month, birthday_day=today.day, phone="+8613800138000")
        cast.allergic(client)
        account = cast.member(client, last_visit_on=today, visits_12m=3, spend_12m="900", usual_interval=20)
        cast.earned(account, 10, visit=cast.visit(client, beautician=user))  # type: ignore[arg-type]
        pk = client.pk
    cast.allergic(cast.client("王新来", birthday_month=today.month, birthday_day=today.day))  # never came
    return pk


@pytest.mark.parametrize("role", list(Role))
def test_no_page_asks_more_than_twelve_questions(signed_in: SignedIn, role: Role) -> None:
    browser = signed_in(role)
    pk = busy_salon(browser.user)  # type: ignore[attr-defined]
    paths = ["/", "/?only=today&page=2", "/clients/", "/clients/?order=name", "/search/?q=王", f"/clients/{pk}/"]
    paths += [f"/clients/{pk}/?tab={tab}" for tab in ("visits", "points", "benefits", "care", "details")]

    counts = {}
    for path in paths:
        if browser.get(path).status_code == 200:
            counts[path] = asked(browser, path)[1]

    assert {path: n for path, n in counts.items() if n > MOST} == {}
    assert asked(browser, "/search/?q=王", **{"HX-Request": "true"})[1] <= 6


def test_the_file_says_of_which_allergy_the_checkout_will_not_ask(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    client = cast.client()
    shop.allergy(client, "乙醇、羟已酸")
    shop.service(ingredients="酒精")

    page = asked(browser, f"/clients/{client.pk}/?tab=care")[0]

    assert "价目里没有项目写明含羟已酸，结账时不会自动提醒" in page


def test_a_beautician_finds_whom_she_treats_before_the_bill_is_paid(signed_in: SignedIn) -> None:
    desk, browser = signed_in(Role.FRONT_DESK), signed_in(Role.BEAUTICIAN)
    lin: User = browser.user  # type: ignore[attr-defined]
    care = Service.objects.create(name="焕肤护理", price="468.00")
    wang, wu = cast.client("王丽华"), cast.client("吴倩")
    cast.allergic(wang)
    posted = {"line": "1", "item-1": f"service:{care.pk}", "quantity-1": "1", "do": "save"}

    for client, beautician in ((wang, str(lin.pk)), (wu, str(2**60)), (wu, "")):
        opened = desk.post("/checkout/new/", {"client": client.pk})
        desk.post(opened["Location"], posted | {"beautician-1": beautician})
    page = browser.get("/").content.decode()

    assert page.count("焕肤护理") == 2
    assert "王丽华" in page
    assert "果酸" in page
    assert f"/clients/{wang.pk}/skin/" in page
    assert f"/clients/{wu.pk}/" not in page
    assert "468" not in page
    assert browser.get(f"/clients/{wang.pk}/").status_code == 200
    assert browser.get(f"/clients/{wu.pk}/").status_code == 404


def test_birthdays_of_a_day_stand_by_tier_and_then_by_the_last_visit(signed_in: SignedIn) -> None:
    today = timezone.localdate()
    born = {"birthday_month": today.month, "birthday_day": today.day}
    cast.member(cast.client("银早", **born), "silver", last_visit_on=cast.days_ago(90).date())
    cast.member(cast.client("银近", **born), "silver", last_visit_on=cast.days_ago(9).date())
    cast.member(cast.client("金卡客", **born), "gold")
    cast.client("没有会员", **born)

    page = signed_in(Role.FRONT_DESK).get("/?only=today").content.decode()

    places = [page.index(name) for name in ("金卡客", "银近", "银早", "没有会员")]
    assert places == sorted(places)


def test_an_empty_day_of_ones_own_clients_is_not_called_an_empty_day(signed_in: SignedIn) -> None:
    assert "您的客户今天还没有结账的" in signed_in(Role.BEAUTICIAN).get("/").content.decode()
    assert "今天还没有人结账" in signed_in(Role.FRONT_DESK).get("/").content.decode()
