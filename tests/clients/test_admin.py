"""Client files in the admin panel: identity is corrected, health is not shown, phones stay masked."""

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients import care
from clients.models import Client, Tag
from staff.models import AuditEntry
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, client, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel() -> Browser:
    panel = Browser()
    panel.force_login(staff(Role.ADMIN))
    return panel


def test_it_works(panel: Browser) -> None:
    made = client("王丽华", PHONE)
    values = {"name": "王丽花", "gender": "female", "status": "active", "do_not_contact_reason": "", "note": ""}
    values["opened_version"] = str(made.version)

    answer = panel.post(reverse("admin:clients_client_change", args=[made.pk]), values)

    assert answer.status_code == 302
    kept = Client.objects.get()
    assert (kept.name, kept.phone, kept.version) == ("王丽花", PHONE, 2)
    assert kept in Client.objects.matching("王丽花")
    assert AuditEntry.objects.for_client(made.pk).filter(action="changed").exists()


def test_what_somebody_else_saved_meanwhile_is_not_undone(panel: Browser) -> None:
    made = client("王丽华", PHONE)
    stale = {"name": "王丽花", "gender": "female", "status": "active", "opened_version": str(made.version)}
    Client.objects.filter(pk=made.pk).update(do_not_contact=True, version=made.version + 1)

    answer = panel.post(reverse("admin:clients_client_change", args=[made.pk]), stale)

    assert answer.status_code == 200
    assert answer.context["adminform"].form.non_field_errors()
    kept = Client.objects.get()
    assert (kept.name, kept.do_not_contact) == ("王丽华", True)


def test_reading_a_file_here_stands_in_the_trail(panel: Browser) -> None:
    made = client("王丽华", PHONE)
    panel.get(reverse("admin:clients_client_change", args=[made.pk]))
    assert AuditEntry.objects.for_client(made.pk).filter(action="viewed").count() == 1


def test_neither_phone_nor_health_is_on_any_page(panel: Browser) -> None:
    made = client("王丽华", PHONE)
    care.add_allergy(made, {"substance": "果酸canary"}, by=staff(Role.MANAGER), at=NOW)
    for address in (
        reverse("admin:clients_client_changelist") + "?q=wlh",
        reverse("admin:clients_client_change", args=[made.pk]),
        reverse("admin:clients_client_history", args=[made.pk]),
    ):
        page = panel.get(address).content.decode()
        assert "王丽华" in page
        assert "13800138000" not in page
        assert "canary" not in page


def test_nobody_else_gets_in() -> None:
    for role in (Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER):
        browser = Browser()
        browser.force_login(staff(role))
        for name in ("client", "tag", "filerules", "privacynotice"):
            assert browser.get(reverse(f"admin:clients_{name}_changelist")).status_code in (302, 403)


def test_files_are_neither_merged_nor_deleted_here(panel: Browser) -> None:
    made = client("王丽华")
    values = {"name": "王丽华", "gender": "female", "status": "erased"}
    assert panel.post(reverse("admin:clients_client_change", args=[made.pk]), values).status_code == 200
    assert panel.post(reverse("admin:clients_client_delete", args=[made.pk]), {"post": "yes"}).status_code == 403
    assert Client.objects.get().status == "active"


def test_a_new_rule_tags_the_files_at_once(panel: Browser) -> None:
    made = client("王丽华", source="douyin")
    values = {"name": "抖音来", "group": "basic", "rule": "source", "rule_value": "douyin", "is_active": "on"}
    assert panel.post(reverse("admin:clients_tag_add"), values).status_code == 302
    assert [one.tag for one in made.tags.all()] == [Tag.objects.get(name="抖音来")]


def test_a_notice_that_was_consented_to_is_not_rewritten(panel: Browser) -> None:
    given = care.record_consent(client(), "file", "", given=True, how="said", by=staff(Role.MANAGER), at=timezone.now())
    assert given
    assert given.notice
    values = {"version": "x", "text": "x", "in_force_from": "2026-01-01"}
    assert panel.post(reverse("admin:clients_privacynotice_change", args=[given.notice.pk]), values).status_code == 403
