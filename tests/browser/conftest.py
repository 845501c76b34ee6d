"""A small salon with a Gold client who is allergic, and a browser to work in it with."""

from collections.abc import Callable

import pytest
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from clients import file
from clients.models import Client
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.visits import shop

PASSWORD = "salon-demo"
NAMES = {Role.FRONT_DESK: "李晓雨", Role.BEAUTICIAN: "林美", Role.MANAGER: "陈静", Role.ADMIN: "周远"}


@pytest.fixture
def staff(live_server: LiveServer) -> dict[Role, User]:
    """One of each role, by the username of the role."""
    return {role: shop.worker(role, name) for role, name in NAMES.items()}


@pytest.fixture
def wang(staff: dict[Role, User]) -> Client:
    """王丽华: Gold, a year of visits, allergic to 果酸, which a treatment on sale contains."""
    values = {"name": "王丽华", "honorific": "女士", "phone": "+8613812345521", "consultant": staff[Role.BEAUTICIAN]}
    wang = file.create(values, by=staff[Role.FRONT_DESK], at=timezone.now())
    file.create({"name": "张敏", "phone": "+8618612340932"}, by=staff[Role.FRONT_DESK], at=timezone.now())
    account = cast.member(wang, last_visit_on=cast.days_ago(9).date(), spend_12m="13860", visits_12m=18)
    seen = cast.visit(wang, at=cast.days_ago(9), beautician=staff[Role.BEAUTICIAN], amount="868.00")
    cast.earned(account, 868, visit=seen)
    cast.allergic(wang, "果酸")
    shop.service("果酸焕肤", "680.00", ingredients="果酸", after_care="三天内注意防晒")
    shop.service("深层补水护理", "468.00")
    return wang


@pytest.fixture
def sign_in(page: Page, live_server: LiveServer, staff: dict[Role, User]) -> Callable[[Role], Page]:
    """`sign_in(Role.MANAGER)` types the name and password and stands on Today."""

    def enter(role: Role) -> Page:
        page.goto(f"{live_server.url}/login/")
        page.fill("[name=username]", role.value)
        page.fill("[name=password]", PASSWORD)
        page.locator("form:has([name=password]) button.btn-primary").click()
        page.wait_for_url(f"{live_server.url}/")
        return page

    return enter
