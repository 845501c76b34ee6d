"""The audit trail: read by whom, and changed by nobody."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.test import Client as Browser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from staff import audit
from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from staff.trail import GUARDED, client_id
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db
VIEWED = AuditEntry.Action.VIEWED


def shown(browser: Browser, query: str = "") -> str:
    answer = browser.get(f"/audit/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_manager_reads_all_of_it(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.MANAGER), cast.staff(Role.FRONT_DESK)
    audit.record(AuditEntry.Action.REVEALED, by=desk, client=128, what="138")

    page = shown(browser)

    assert "front_desk-shown" in page
    assert "C-00128" in page
    assert "显示手机号" in page


def test_the_front_desk_reads_its_own_lines(signed_in: SignedIn) -> None:
    browser, manager = signed_in(Role.FRONT_DESK), cast.staff(Role.MANAGER)
    audit.record(VIEWED, by=manager, client=700)
    audit.record(VIEWED, by=User.objects.get(username="front_desk"), client=128)

    for query in ("", f"?who={manager.pk}", "?client=700"):
        assert "C-00700" not in shown(browser, query).replace("?client=", "")
    assert "C-00128" in shown(browser)


def test_a_beautician_reads_none(signed_in: SignedIn) -> None:
    answer = signed_in(Role.BEAUTICIAN).get("/audit/")
    assert answer.status_code == 403
    assert "没有权限" in answer.content.decode()


def test_changes_are_told_in_words(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.MANAGER), cast.staff(Role.FRONT_DESK)
    salon = Salon.load()
    with audit.acting(desk, reason="搬家", address="192.0.2.7"):
        salon.address = "文三路 118 号"
        salon.idle_minutes = 20
        salon.save()
        User.objects.filter(pk=desk.pk).update(is_active=False)

    page = shown(browser, f"?who={desk.pk}")

    for words in ("门店地址", "文三路 118 号", "<del>15</del> → <ins>20</ins>", "搬家", "192.0.2.7"):
        assert words in page
    assert "<del>是</del> → <ins>否</ins>" in page
    assert "员工 front_desk-shown" in page


def test_acts_on_a_receipt_name_it_and_amounts_are_yuan(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    AuditEntry.objects.create(
        action="changed", model="visits_visit", object_id="9001", client_id=128, changes={"refunded": [0.0, 100.0]}
    )
    AuditEntry.objects.create(
        action="changed", model="visits_visit", object_id="9002", client_id=128, changes={"voided_at": [None, "x"]}
    )

    page = shown(browser)

    assert "退款 V-009001" in page
    assert "作废 V-009002" in page
    assert "<del>¥0.00</del> → <ins>¥100.00</ins>" in page


def test_of_what_is_new_only_the_new_is_shown(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.MANAGER), cast.staff(Role.FRONT_DESK)
    changes = {"client_id": [None, 128], "recorded_by_id": [None, desk.pk]}
    AuditEntry.objects.create(action="added", model="clients_skinrecord", client_id=128, changes=changes)

    page = shown(browser)

    assert f"记录人</span> <ins>{desk.display_name}</ins>" in page
    assert "#128" not in page


def test_sealed_values_stay_sealed(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    Salon.load()
    Salon.objects.update(key_check="another")
    page = shown(browser)
    assert "（已加密）" in page
    assert "gAAAA" not in page


def test_the_trail_tells_the_front_desk_no_year_of_birth(signed_in: SignedIn) -> None:
    browser, manager = signed_in(Role.FRONT_DESK), signed_in(Role.MANAGER)
    born = Client.objects.create(name="王丽华", birthday_calendar="solar", birthday_month=3, birthday_day=7)
    Client.objects.filter(pk=born.pk).update(birthday_year=1971)
    with audit.acting(User.objects.get(username="front_desk")):
        Client.objects.filter(pk=born.pk).update(birthday_year=1980, birthday_day=8)

    page = shown(browser)
    assert "出生年</span> <del>（无权查看）</del> → <ins>（无权查看）</ins>" in page
    assert "<del>7</del> → <ins>8</ins>" in page  # month and day they see on the file too
    assert "1971" not in page
    assert "1980" not in page
    assert "<del>1971</del> → <ins>1980</ins>" in shown(manager)


@pytest.mark.parametrize(
    ("role", "table", "changes", "told"),
    [
        (Role.ADMIN, "clients_allergy", {"withdrawn_reason": ["", "canary"]}, False),
        (Role.MANAGER, "clients_allergy", {"withdrawn_reason": ["", "canary"]}, True),
        (Role.ADMIN, "visits_visit", {"care_note": ["", "canary"]}, False),
        (Role.ADMIN, "visits_visit", {"void_reason": ["", "canary"]}, True),
        (Role.ADMIN, "clients_skinrecord", {"recorded_on": [None, "canary"]}, False),
        (Role.ADMIN, "clients_memorableday", {"label": ["", "canary"]}, True),
    ],
)
def test_what_a_page_hides_the_trail_hides(
    signed_in: SignedIn, role: Role, table: str, changes: dict[str, list[str]], told: bool
) -> None:
    browser = signed_in(role)
    AuditEntry.objects.create(action="changed", model=table, object_id="1", client_id=1, changes=changes)
    page = shown(browser)
    assert ("canary" in page) is told
    assert ("（无权查看）" in page) is not told


def test_what_is_guarded_is_there() -> None:
    columns = {model._meta.db_table: {field.column for field in model._meta.fields} for model in apps.get_models()}
    assert [(table, name) for table, guarded in GUARDED.items() for name in {*guarded} - {"", *columns[table]}] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("?act=viewed", {"C-00001", "C-00002"}),
        ("?act=exported", {"C-00003"}),
        ("?client=C-00002", {"C-00002"}),
        ("?client=c2", {"C-00002"}),
        ("?client=nonsense", {"C-00001", "C-00002", "C-00003"}),
        ("?since=2026-01-02&until=2026-01-02", {"C-00002"}),
        ("?since=2026-01-02", {"C-00002", "C-00003"}),
        ("?until=9999-12-31&since=0001-01-01", {"C-00001", "C-00002", "C-00003"}),
    ],
)
def test_filters_stand_in_the_address(signed_in: SignedIn, query: str, found: set[str]) -> None:
    browser = signed_in(Role.MANAGER)
    first = timezone.make_aware(timezone.datetime(2026, 1, 1, 23, 59))  # type: ignore[attr-defined]
    for number, action in enumerate(("viewed", "viewed", "exported"), start=1):
        AuditEntry.objects.create(action=action, client_id=number, at=first + timedelta(days=number - 1))

    lines = browser.get(f"/audit/{query}").context["page"].lines

    assert {line.client_number for line in lines if line.client_number} == found


@pytest.mark.parametrize(
    "query",
    [
        "?who=abc",
        "?who=0",
        f"?who={2**63}",
        "?after=abc",
        f"?after={2**63}",
        f"?after={'9' * 5000}",
        "?after=-1",
        "?act=no",
        "?since=x",
        "?client=%F0%9F%98%80",
    ],
)
def test_nonsense_in_the_address_is_no_fault(signed_in: SignedIn, query: str) -> None:
    shown(signed_in(Role.MANAGER), query)


def test_it_is_read_in_pages(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    for number in range(1, 121):
        audit.record(VIEWED, by=None, client=number)
    seen, query = [], "?act=viewed"
    while query:
        page = browser.get(f"/audit/{query}").context["page"]
        seen += [line.entry.client_id for line in page.lines]
        query = f"?act=viewed&after={page.after}" if page.after else ""
    assert seen == list(range(120, 0, -1))


def test_the_queries_do_not_grow(signed_in: SignedIn, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    browser = signed_in(Role.MANAGER)
    for number in range(60):
        audit.record(VIEWED, by=cast.staff(Role.FRONT_DESK, username=f"desk{number}"), client=number + 1)
    with django_assert_max_num_queries(8):
        shown(browser)


def test_an_empty_answer_says_what_to_do(signed_in: SignedIn) -> None:
    assert "没有符合条件的记录" in shown(signed_in(Role.MANAGER), "?act=erased")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE staff_auditentry SET what = 'nothing'",
        "DELETE FROM staff_auditentry",
        "UPDATE staff_auditentry SET actor_id = NULL",
    ],
)
def test_the_database_refuses_to_change_it(statement: str) -> None:
    audit.record(VIEWED, by=None, client=1, what="something")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.all().delete()
    with pytest.raises(DatabaseError), transaction.atomic():
        AuditEntry.objects.update(what="nothing")
    assert AuditEntry.objects.get().what == "something"


def test_the_page_cannot_be_posted_to(signed_in: SignedIn) -> None:
    browser = signed_in(Role.MANAGER)
    assert browser.post("/audit/").status_code == 405
    assert browser.delete("/audit/").status_code == 405


@pytest.mark.parametrize(
    ("written", "number"),
    [("C-00128", 128), ("c128", 128), (" 128 ", 128), ("C-", None), ("王", None), ("1" * 30, None)],
)
def test_a_client_number_is_read(written: str, number: int | None) -> None:
    assert client_id(written) == number
