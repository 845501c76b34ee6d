"""The admin panel: our doors, our roles."""

from typing import Any

import pytest
from django.contrib.admin import site
from django.contrib.admin.templatetags.admin_urls import admin_urlname
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client as Browser
from django.urls import reverse
from django.utils.safestring import SafeString

from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db


def fields_of(user: User, *roles: Role, **changed: str) -> dict[str, Any]:
    """What the admin's form of `user` sends, with these roles and changes."""
    kept: dict[str, Any] = {"username": user.username, "display_name": user.display_name, "language": user.language}
    groups = Group.objects.filter(name__in=roles)
    return {**kept, "is_active": "on", "groups": [group.pk for group in groups], **changed}


def test_its_sign_in_is_ours(client: Browser) -> None:
    cast.staff(Role.ADMIN)
    assert client.get("/admin/", follow=True).redirect_chain[-1][0].startswith("/login/?next=")
    assert client.get("/admin/login/")["Location"] == "/login/?next=%2Fadmin%2F"


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER])
@pytest.mark.parametrize("path", ["/admin/", "/admin/staff/user/", "/admin/staff/salon/1/change/", "/admin/login/"])
def test_others_stay_outside(signed_in: SignedIn, role: Role, path: str) -> None:
    assert signed_in(role).get(path, follow=True).status_code == 403


def test_a_superuser_without_the_role_stays_outside(client: Browser) -> None:
    cast.sign_in(client, cast.staff(username="root", is_superuser=True, is_staff=True))
    assert client.get("/admin/", follow=True).status_code == 403


def test_a_new_colleague_gets_an_account(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    page = browser.get("/admin/staff/user/add/").content.decode()
    assert "美容师" in page

    fields = {"username": "linmei", "display_name": "林美", "language": "zh-hans"}
    fields |= {"password1": "lavender-43", "password2": "lavender-43"}
    groups = [Group.objects.get(name=Role.BEAUTICIAN).pk]
    answer = browser.post("/admin/staff/user/add/", fields | {"groups": groups})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    made = User.objects.get(username="linmei")
    assert made.roles == {Role.BEAUTICIAN}
    assert made.must_change_password
    assert AuditEntry.objects.get(object_id=str(made.pk), changes__has_key="roles").changes == {"roles": ["", "美容师"]}


def test_roles_change_at_once_and_stand_in_the_trail(signed_in: SignedIn) -> None:
    browser, desk_browser = signed_in(Role.ADMIN), signed_in(Role.FRONT_DESK)
    desk = User.objects.get(username="front_desk")

    answer = browser.post(f"/admin/staff/user/{desk.pk}/change/", fields_of(desk, Role.BEAUTICIAN))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert desk_browser.get("/audit/").status_code == 403
    entry = AuditEntry.objects.get(changes__has_key="roles")
    assert entry.changes == {"roles": ["前台", "美容师"]}
    assert entry.actor == User.objects.get(username="admin")


def test_no_hash_of_a_password_or_pin_is_shown(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    desk = cast.with_pin(cast.staff(Role.FRONT_DESK))
    page = browser.get(f"/admin/staff/user/{desk.pk}/change/").content.decode()
    assert desk.password not in page
    assert desk.pin not in page
    browser.post(f"/admin/staff/user/{desk.pk}/change/", fields_of(desk, Role.FRONT_DESK, password="x", pin="y"))
    desk.refresh_from_db()
    assert desk.check_password(cast.PASSWORD)


def test_a_reset_password_holds_for_one_sign_in(signed_in: SignedIn) -> None:
    browser, desk_browser = signed_in(Role.ADMIN), signed_in(Role.FRONT_DESK)
    desk = cast.with_pin(User.objects.get(username="front_desk"))

    answer = browser.post(
        f"/admin/staff/user/{desk.pk}/password/",
        {"password1": "lavender-43", "password2": "lavender-43", "usable_password": "true", "set-password": "1"},
    )

    assert answer.status_code == 302
    desk.refresh_from_db()
    assert desk.check_password("lavender-43")
    assert desk.must_change_password
    assert desk.pin == ""
    assert desk_browser.get("/me/").status_code == 302
    assert AuditEntry.objects.filter(what="password_reset:front_desk-shown").count() == 1


@pytest.mark.parametrize(("roles", "active"), [([Role.MANAGER], "on"), ([Role.ADMIN], "")])
def test_the_last_admin_stays(signed_in: SignedIn, roles: list[Role], active: str) -> None:
    browser = signed_in(Role.ADMIN)
    admin = User.objects.get()
    answer = browser.post(f"/admin/staff/user/{admin.pk}/change/", fields_of(admin, *roles, is_active=active))
    assert answer.status_code == 200
    assert "至少要留一位管理员" in answer.content.decode()


def test_nobody_is_deleted(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.ADMIN), cast.staff(Role.FRONT_DESK)
    assert browser.post(f"/admin/staff/user/{desk.pk}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": [desk.pk], "post": "yes"}
    browser.post("/admin/staff/user/", chosen)
    assert User.objects.filter(pk=desk.pk).exists()


def test_the_salon_s_settings(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    assert browser.get("/admin/staff/salon/")["Location"] == "/admin/staff/salon/1/change/"
    assert "星期一" in browser.get("/admin/staff/salon/1/change/").content.decode()

    fields = {"name": "花间", "phone": "", "address": "", "time_zone": "Asia/Taipei", "idle_minutes": "30"}
    fields |= {"open_6": "on", "from_6": "11:00", "to_6": "18:00", "closed_days": "2027.2.6"}
    answer = browser.post("/admin/staff/salon/1/change/", fields)

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    salon = Salon.load()
    assert (salon.name, salon.idle_minutes, salon.hours) == ("花间", 30, {"6": ["11:00", "18:00"]})
    assert salon.closed_days == ["2027-02-06"]
    assert browser.get("/admin/staff/salon/add/").status_code == 403
    assert browser.post("/admin/staff/salon/1/delete/", {"post": "yes"}).status_code == 403


def test_the_trail_is_only_read(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    entry = AuditEntry.objects.get(action="signed_in")
    path = f"/admin/staff/auditentry/{entry.pk}"
    assert browser.get("/admin/staff/auditentry/").status_code == 200
    assert browser.get(f"{path}/change/").status_code == 200
    assert browser.post(f"{path}/change/", {"what": "nothing"}).status_code == 403
    assert browser.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    assert browser.get("/admin/staff/auditentry/add/").status_code == 403


def test_staff_are_filtered_by_the_roles_that_people_know(signed_in: SignedIn) -> None:
    browser = signed_in(Role.ADMIN)
    cast.staff(Role.FRONT_DESK)
    page = browser.get("/admin/staff/user/?role=admin").content.decode()
    assert "?role=front_desk" in page
    assert "front_desk-shown" not in page
    assert "登录账号" in page


def test_the_stock_words_on_passwords_are_ours(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.ADMIN), cast.staff(Role.FRONT_DESK)
    for path in ("/admin/staff/user/add/", f"/admin/staff/user/{desk.pk}/password/"):
        page = browser.get(path).content.decode()
        assert "至少 8 个字符" in page
        assert "基于密码" not in page
    answer = browser.post(f"/admin/staff/user/{desk.pk}/password/", {"password1": "", "password2": ""})
    assert answer.status_code == 200
    assert "最近动作" not in browser.get("/admin/").content.decode()


def test_groups_and_attempts_are_not_shown(signed_in: SignedIn) -> None:
    page = signed_in(Role.ADMIN).get("/admin/").content.decode()
    assert "/admin/auth/group/" not in page
    assert "/admin/axes/" not in page


@pytest.mark.parametrize("asked", ["pin__startswith", "password__contains", "email__contains"])
def test_the_address_answers_no_questions_about_hidden_columns(signed_in: SignedIn, asked: str) -> None:
    answer = signed_in(Role.ADMIN).get(f"/admin/staff/user/?{asked}=a")
    assert answer.status_code in (302, 400)


@pytest.mark.parametrize("chosen", ["_", str(2**63), "9" * 5000])
def test_an_act_on_rows_that_cannot_be_changes_nothing(signed_in: SignedIn, chosen: str) -> None:
    browser = signed_in(Role.ADMIN)
    with_actions = {model: one for model, one in site._registry.items() if one.actions is not None}
    for model, registered in with_actions.items():
        address = reverse(admin_urlname(model._meta, SafeString("changelist")))
        before = model._default_manager.count()
        for action in [*(registered.actions or ()), "delete_selected"]:
            name = action if isinstance(action, str) else action.__name__
            sent = {"action": name, "_selected_action": chosen, "index": "0", "post": "yes"}
            assert browser.post(address, sent).status_code in (200, 302), (model, name)
        assert model._default_manager.count() == before
    assert all(isinstance(model._meta.pk, models.IntegerField) for model in with_actions)  # read as an id
