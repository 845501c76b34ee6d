"""The password once more, with a reason, before accounts, settings and the care file that the admin does not see."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from tests.frontdesk import cast as clients
from tests.staff import cast

pytestmark = pytest.mark.django_db
SETTINGS = "/admin/staff/salon/1/change/"


@pytest.fixture
def admin(client: Browser) -> Browser:
    """The admin, signed in, the password not given again yet."""
    Salon.load()
    assert cast.sign_in(client, cast.staff(Role.ADMIN)).status_code == 302
    return client


def step_up(browser: Browser, what: str, to: str = "/", **changed: str) -> object:
    sent = {"for": what, "next": to, "reason": "客户来电更正", "password": cast.PASSWORD} | changed
    return browser.post(reverse("staff:step_up"), sent)


@pytest.mark.parametrize("path", [SETTINGS, "/admin/staff/user/", "/admin/staff/user/add/"])
def test_accounts_and_settings_ask_for_the_password_again_and_for_five_minutes_only(admin: Browser, path: str) -> None:
    asked = admin.get(path)
    assert asked["Location"] == f"/step-up/?{urlencode({'for': 'settings', 'next': path})}"

    assert step_up(admin, "settings", path)["Location"] == path  # type: ignore[index]
    assert admin.get(path).status_code == 200
    entry = AuditEntry.objects.get(what="step_up_settings")
    assert (entry.reason, entry.actor) == ("客户来电更正", User.objects.get())

    with time_machine.travel(timezone.now() + timedelta(minutes=5, seconds=1), tick=False):
        assert admin.get(path).status_code == 302


def test_other_pages_of_the_panel_do_not_ask(admin: Browser) -> None:
    assert admin.get("/admin/").status_code == 200
    assert admin.get("/admin/visits/service/").status_code == 200


@pytest.mark.parametrize("wrong", [{"password": "wrong-password"}, {"reason": ""}, {"reason": "\u200b"}])
def test_a_wrong_password_or_no_reason_opens_nothing(admin: Browser, wrong: dict[str, str]) -> None:
    assert step_up(admin, "settings", **wrong).status_code == 200  # type: ignore[attr-defined]
    assert admin.get(SETTINGS).status_code == 302


def test_wrong_passwords_count_towards_the_lock(admin: Browser) -> None:
    answers = [step_up(admin, "settings", password="wrong-password") for _ in range(9)]
    assert answers[-1].status_code == 429  # type: ignore[attr-defined]
    step_up(admin, "settings")
    assert admin.get(SETTINGS).status_code == 302


def test_what_was_typed_is_kept_and_sent_afterwards(admin: Browser) -> None:
    late = admin.post(SETTINGS, {"name": "花间"})
    assert late.status_code == 403
    assert Salon.load().name != "花间"

    resumed = step_up(admin, "settings", draft=late.context["draft"]).content.decode()  # type: ignore[attr-defined]

    assert 'name="name" value="花间"' in resumed
    assert f'action="{SETTINGS}"' in resumed


def test_the_care_file_and_the_phone_of_one_client_open_with_a_reason(admin: Browser) -> None:
    wang, chen = (clients.client(name, phone="+8613812345521") for name in ("王丽华", "陈静"))
    for one in (wang, chen):
        clients.allergic(one, "果酸")
    file = reverse("frontdesk:client_file", args=[wang.pk])
    phone = reverse("clients:reveal_phone", args=[wang.pk])
    before = admin.get(file).content.decode()
    assert "果酸" not in before
    assert f"/step-up/?for=client:{wang.pk}" in before
    assert admin.post(phone).status_code == 403
    assert admin.get(f"{file}?tab=care").status_code == 403

    step_up(admin, f"client:{wang.pk}")

    assert "果酸" in admin.get(file).content.decode()
    assert admin.get(f"{file}?tab=care").status_code == 200
    assert "138 1234 5521" in admin.post(phone).content.decode()
    revealed = AuditEntry.objects.get(action=AuditEntry.Action.REVEALED)
    assert (revealed.client_id, revealed.reason) == (wang.pk, "客户来电更正")
    assert AuditEntry.objects.filter(what="step_up", client_id=wang.pk).count() == 1
    assert "果酸" not in admin.get(reverse("frontdesk:client_file", args=[chen.pk])).content.decode()
    assert admin.get(SETTINGS).status_code == 302


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER])
def test_nobody_else_has_anything_to_open(client: Browser, role: Role) -> None:
    cast.sign_in(client, cast.staff(role))
    for what in ("settings", "client:1"):
        assert step_up(client, what).status_code == 403  # type: ignore[attr-defined]


@pytest.mark.parametrize("what", ["", "client:", "client:abc", "client:①", "client:" + "9" * 30, "all"])
def test_nothing_else_can_be_asked_for(admin: Browser, what: str) -> None:
    assert step_up(admin, what).status_code == 403  # type: ignore[attr-defined]


def test_it_leads_to_no_other_site(admin: Browser) -> None:
    assert step_up(admin, "settings", "https://evil.example/")["Location"] == "/"  # type: ignore[index]
