"""What holds for every page: unreadable text, language, time zone, who is acting, errors in plain words."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import translation

from staff.models import AuditEntry, Salon
from staff.navigation import items_for
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("query", ["?q=%00", "?q=a%00b", "?q=%ff%fe", "?%00=1", "?q=%ed%a0%80"])
def test_unreadable_addresses_are_refused(signed_in: SignedIn, query: str) -> None:
    browser = signed_in(Role.MANAGER)
    for path in ("/audit/", "/login/", "/admin/staff/user/"):
        answer = browser.get(path + query)
        assert answer.status_code == 400
        assert "无法识别的字符" in answer.content.decode()


@pytest.mark.parametrize("body", ["display_name=%00", "display_name=%ff", "%00=1"])
def test_unreadable_forms_are_refused(signed_in: SignedIn, body: str) -> None:
    answer = signed_in(Role.MANAGER).post("/me/", body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_an_unreadable_cookie_is_refused(client: Browser) -> None:
    client.cookies["sessionid"] = "\0" * 20
    assert client.get("/login/").status_code == 400


def test_a_form_of_five_megabytes_is_refused(signed_in: SignedIn) -> None:
    answer = signed_in(Role.MANAGER).post("/me/", {"display_name": "x" * 5_000_000})
    assert answer.status_code in (200, 400)
    answer = signed_in(Role.ADMIN).post(
        "/me/", "display_name=" + "x" * 5_000_000, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("path", ["/nothing/", "/clients/abc/", "/%00/", "/%F0%9F%98%80/"])
def test_a_page_that_is_not_there(signed_in: SignedIn, path: str) -> None:
    answer = signed_in(Role.MANAGER).get(path)
    assert answer.status_code == 404
    assert "未找到" in answer.content.decode()


def test_pages_speak_the_language_of_who_looks(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    assert '<html lang="zh-hans">' in browser.get("/me/").content.decode()
    browser.post("/me/", {"display_name": "Amy", "language": "en"})
    assert '<html lang="en">' in browser.get("/me/", headers={"Accept-Language": "zh"}).content.decode()


def test_strangers_are_greeted_in_chinese_whatever_their_browser_says(client: Browser) -> None:
    cast.staff(Role.MANAGER)
    assert "登录" in client.get("/login/", headers={"Accept-Language": "en"}).content.decode()


def test_dates_are_the_salon_s(signed_in: SignedIn) -> None:
    with time_machine.travel(datetime(2026, 11, 22, 15, 30, tzinfo=UTC)):
        browser = signed_in(Role.MANAGER)
        assert "2026年11月22日 星期日" in browser.get("/me/").content.decode()
        Salon.objects.update(time_zone="Asia/Tokyo")
        assert "2026年11月23日 星期一" in browser.get("/me/").content.decode()
        Salon.objects.update(time_zone="Mars/Olympus")
        assert browser.get("/me/").status_code == 200


def test_the_database_knows_who_acts_and_forgets_it(signed_in: SignedIn) -> None:
    signed_in(Role.MANAGER).post("/me/", {"display_name": "A", "language": "en"})
    assert AuditEntry.objects.get(action="changed").actor is not None
    Salon.objects.update(name="B")
    assert AuditEntry.objects.filter(action="changed").latest("pk").actor is None


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        (Role.FRONT_DESK, ["/audit/", "/vouchers/"], ["/admin/"]),
        (Role.BEAUTICIAN, [], ["/audit/", "/admin/", "/vouchers/"]),
        (Role.MANAGER, ["/audit/"], ["/admin/", "/vouchers/"]),
        (Role.ADMIN, ["/audit/", "/admin/"], []),
    ],
)
def test_the_rail_shows_what_one_may_open(signed_in: SignedIn, role: Role, shown: list[str], hidden: list[str]) -> None:
    page = signed_in(role).get("/me/").content.decode()
    assert all(f'class="rail-item" href="{path}"' in page for path in shown)
    assert not any(f'class="rail-item" href="{path}"' in page for path in hidden)


@pytest.mark.parametrize(
    ("view", "label"),
    [
        ("loyalty:set_tier", "客户"),
        ("loyalty:receipt", "到店"),
        ("loyalty:voucher_new", "客户"),
        ("loyalty:vouchers", "会员与积分"),
        ("outreach:outbox", "联系"),
    ],
)
def test_the_rail_marks_one_place(view: str, label: str) -> None:
    with translation.override("zh-hans"):
        marked = [str(item["label"]) for item in items_for(cast.staff(Role.MANAGER), view) if item["current"]]
    assert marked == [label]


@pytest.mark.parametrize("shown", ["http://[", "//[", "http://testserver/clients/?q=1"])
def test_htmx_without_a_session_is_sent_to_the_sign_in_whatever_it_says_of_its_page(
    client: Browser, shown: str
) -> None:
    cast.staff(Role.FRONT_DESK)
    answer = client.get("/clients/", headers={"HX-Request": "true", "HX-Current-URL": shown})
    assert answer.status_code == 204
    back_to = "%2Fclients%2F%3Fq%3D1" if "clients" in shown else "%2F"
    assert answer["HX-Redirect"] == f"/login/?next={back_to}&why=expired"


@pytest.mark.parametrize("path", ["/clients/new/", "/clients/", "/step-up/", "/switch/", "/login/"])
def test_an_address_to_go_back_to_that_is_none_is_no_fault(signed_in: SignedIn, path: str) -> None:
    browser = signed_in(Role.FRONT_DESK)
    for answer in (browser.get(path, {"next": "//["}), browser.post(f"{path}?next=//[", {"next": "//["})):
        assert answer.status_code < 500
