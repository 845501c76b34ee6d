"""The pages that void, refund and set a tier: they tell what will happen, refuse beside the field, and act once."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from loyalty.models import TierChange
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, recorded, staff, tier
from visits.models import Refund, Visit

pytestmark = pytest.mark.django_db


def signed_in(role: Role, username: str = "", language: str = "en") -> Browser:
    browser = Browser()
    user = staff(role, username)
    user.language = language
    user.save(update_fields=["language"])
    browser.force_login(user, backend="staff.present.PresentBackend")
    return browser


def today() -> date:
    return timezone.localdate()


def fields_of(visit: Visit, **more: object) -> dict[str, object]:
    """A filled refund form."""
    line = visit.lines.all()[0]
    return {"key": uuid.uuid4(), "method": "wechat", "reason": "退货", f"line-{line.pk}": "40", **more}


# --- Void -------------------------------------------------------------------------------------------------------


def test_void_tells_then_does_and_then_only_tells() -> None:
    who = client()
    visit = came(who, "3000", today())
    browser, page = signed_in(Role.FRONT_DESK), reverse("loyalty:void", args=[visit.pk])

    seen = browser.get(page).content.decode()

    assert "¥3,000.00" in seen
    assert "−3,000" in seen
    assert "Silver" in seen
    assert "Member" in seen
    assert account_of(who).balance == 3000
    for _ in range(2):
        answer = browser.post(page, {"reason": "记错客户"})
        assert answer.status_code == 302
        assert answer["Location"] == reverse("loyalty:receipt", args=[visit.pk])
    assert account_of(who).balance == 0
    assert browser.get(page).status_code == 302


def test_void_without_a_reason_says_so_at_the_field() -> None:
    visit = came(client(), "100", today())

    answer = signed_in(Role.MANAGER).post(reverse("loyalty:void", args=[visit.pk]), {"reason": "  "})

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {"reason"}


@pytest.mark.parametrize("reason", ["长" * 201, "x" * 2_000_000])
def test_void_takes_no_nonsense(reason: str) -> None:
    visit = came(client(), "100", today())

    answer = signed_in(Role.MANAGER).post(reverse("loyalty:void", args=[visit.pk]), {"reason": reason})

    assert answer.status_code == 200
    assert "reason" in answer.context["form"].errors
    visit.refresh_from_db()
    assert visit.status == "completed"


@pytest.mark.parametrize("name", ["loyalty:void", "loyalty:refund"])
@pytest.mark.parametrize(
    ("role", "username", "days", "status"),
    [
        (Role.FRONT_DESK, "", 0, 200),
        (Role.FRONT_DESK, "second", 0, 403),
        (Role.FRONT_DESK, "", 1, 403),
        (Role.BEAUTICIAN, "", 0, 403),
        (Role.MANAGER, "", 100, 200),
        (Role.ADMIN, "", 100, 200),
    ],
)
def test_who_may_open(name: str, role: Role, username: str, days: int, status: int) -> None:
    visit = came(client(), "100", today() - timedelta(days=days), by=staff(Role.FRONT_DESK))
    browser, page = signed_in(role, username), reverse(name, args=[visit.pk])

    assert browser.get(page).status_code == status
    if status == 403:
        assert browser.post(page, fields_of(visit, confirm="1")).status_code == 403


@pytest.mark.parametrize("name", ["loyalty:void", "loyalty:refund"])
def test_no_such_visit(name: str) -> None:
    browser = signed_in(Role.MANAGER)

    for pk in (0, 999_999, 2**63, 2**70):
        assert browser.get(reverse(name, args=[pk])).status_code == 404
    assert Browser().get(reverse(name, args=[1])).status_code == 302


def test_a_walk_in_can_be_voided() -> None:
    visit = recorded(None, "100", today())
    browser, page = signed_in(Role.MANAGER), reverse("loyalty:void", args=[visit.pk])

    assert browser.get(page).status_code == 200
    assert browser.post(page, {"reason": "记错"}).status_code == 302


# --- Refund -----------------------------------------------------------------------------------------------------


def test_refund_by_line_is_told_then_confirmed_once() -> None:
    who = client()
    visit = came(who, "100", today(), parts=2)
    browser, page = signed_in(Role.FRONT_DESK), reverse("loyalty:refund", args=[visit.pk])
    assert browser.get(page).status_code == 200
    sent = fields_of(visit)

    told = browser.post(page, sent)
    assert told.status_code == 200
    assert told.context["outcome"].money == Decimal(40)
    assert 'name="confirm"' in told.content.decode()
    assert not Refund.objects.exists()
    changing = browser.post(page, sent | {"change": "1"})
    assert 'value="40"' in changing.content.decode()

    for _ in range(2):
        assert browser.post(page, sent | {"confirm": "1"}).status_code == 302
    assert Refund.objects.get().amount == Decimal(40)
    assert account_of(who).balance == 60


@pytest.mark.parametrize("amount", ["50.01", "-1", "NaN", "1e3", "0.001", "abc", "9" * 41])
def test_a_wrong_amount_is_told_at_its_line_and_kept(amount: str) -> None:
    visit = came(client(), "100", today(), parts=2)
    line = f"line-{visit.lines.all()[0].pk}"

    answer = signed_in(Role.MANAGER).post(
        reverse("loyalty:refund", args=[visit.pk]), fields_of(visit, **{line: amount}, confirm="1")
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {line}
    assert "退货" in answer.content.decode()
    assert not Refund.objects.exists()


def test_full_width_amounts_are_read() -> None:
    visit = came(client(), "100", today())
    line = f"line-{visit.lines.get().pk}"

    answer = signed_in(Role.MANAGER).post(
        reverse("loyalty:refund", args=[visit.pk]), fields_of(visit, **{line: "４０．５０"}, confirm="1")
    )

    assert answer.status_code == 302
    assert Refund.objects.get().amount == Decimal("40.50")


def test_the_whole_or_an_amount_but_not_both() -> None:
    visit = came(client(), "100", today(), parts=3)
    line = f"line-{visit.lines.all()[0].pk}"
    page, manager = reverse("loyalty:refund", args=[visit.pk]), signed_in(Role.MANAGER)

    both = manager.post(page, fields_of(visit, whole="on", confirm="1"))

    assert list(both.context["form"].errors) == [line]
    assert not Refund.objects.exists()
    manager.post(page, fields_of(visit, whole="on", confirm="1") | {line: ""})
    visit.refresh_from_db()
    assert visit.refunded == Decimal(100)


def test_the_page_says_how_it_was_paid_and_begins_with_that() -> None:
    visit = came(client(), "100", today())

    shown = signed_in(Role.MANAGER, language="zh-hans").get(reverse("loyalty:refund", args=[visit.pk]))

    assert "当时收款： 微信 ¥100.00" in shown.content.decode()
    assert shown.context["form"]["method"].value() == "wechat"


@pytest.mark.parametrize("broken", [{"key": "x"}, {"method": "barter"}, {"reason": ""}, {"key": ""}])
def test_a_broken_form_is_shown_again(broken: dict[str, str]) -> None:
    visit = came(client(), "100", today())

    answer = signed_in(Role.MANAGER).post(
        reverse("loyalty:refund", args=[visit.pk]), fields_of(visit, **broken, confirm="1")
    )

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == broken.keys()
    assert not Refund.objects.exists()


def test_nothing_to_give_back() -> None:
    visit = came(client(), "100", today())
    line = f"line-{visit.lines.get().pk}"

    answer = signed_in(Role.MANAGER).post(reverse("loyalty:refund", args=[visit.pk]), fields_of(visit, **{line: ""}))

    assert answer.context["form"].non_field_errors()


@pytest.mark.parametrize("name", ["void", "refund", "set_tier"])
def test_the_pages_ask_few_questions(name: str, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    who = client()
    came(who, "2000", today() - timedelta(days=20))
    visit = came(who, "9000", today(), parts=12)
    browser = signed_in(Role.MANAGER)
    page = reverse(f"loyalty:{name}", args=[who.pk if name == "set_tier" else visit.pk])
    browser.get(page)

    with django_assert_max_num_queries(12):
        browser.get(page)


# --- Tier by hand -----------------------------------------------------------------------------------------------


def test_the_manager_sets_a_tier() -> None:
    who = client()
    came(who, "100", today())
    browser, page = signed_in(Role.MANAGER), reverse("loyalty:set_tier", args=[who.pk])
    until = today() + timedelta(days=30)
    assert browser.get(page).status_code == 200

    sent = {"tier": tier("gold").pk, "until": f"{until:%Y年%m月%d日}", "reason": "老板朋友"}
    answer = browser.post(page, sent)

    assert answer.status_code == 302
    assert account_of(who).tier == tier("gold")
    assert account_of(who).tier_by_hand_until == until
    assert TierChange.objects.get().by == staff(Role.MANAGER)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"until": "2020-01-01"}, "until"),
        ({"until": "x"}, "until"),
        ({"tier": "0"}, "tier"),
        ({"reason": " "}, "reason"),
    ],
)
def test_a_wrong_tier_form_is_told_at_its_field(wrong: dict[str, str], field: str) -> None:
    who = client()
    sent = {"tier": tier("gold").pk, "until": str(today()), "reason": "店长"} | wrong

    answer = signed_in(Role.MANAGER).post(reverse("loyalty:set_tier", args=[who.pk]), sent)

    assert answer.status_code == 200
    assert answer.context["form"].errors.keys() == {field}


def test_nobody_else_sets_a_tier() -> None:
    page = reverse("loyalty:set_tier", args=[client().pk])

    for role in (Role.FRONT_DESK, Role.BEAUTICIAN, Role.ADMIN):
        assert signed_in(role).get(page).status_code == 403
