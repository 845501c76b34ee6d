"""The receipt: what stands on it for whom, the words for WeChat, and the paper."""

import re
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from loyalty import receipts, refunds
from loyalty.checkout import check_out
from loyalty.membership import statement
from loyalty.models import LoyaltyAccount
from loyalty.receipts import Receipt
from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from tests.visits import shop
from visits.models import Visit

pytestmark = pytest.mark.django_db


TODAY = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def on_the_day_of_the_visit() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def done(desk: User, lin: User) -> Receipt:
    wang = shop.client(honorific="女士", phone="+8613812345521", tier="silver")
    care, oil = shop.service(after_care="24 小时内勿用热水"), shop.product()
    lines = (shop.line(care, quantity="25", beautician=str(lin.pk)), shop.line(oil, "2"))
    draft = shop.draft(desk, wang, *lines, care_note="内部：两颊泛红", next_care="三周后复做补水")
    return check_out(draft, by=desk, at=TODAY)


def page(user: User, visit: Visit, query: str = "") -> str:
    browser = Browser()
    browser.force_login(user, backend="staff.present.PresentBackend")
    return browser.get(reverse("loyalty:receipt", args=[visit.pk]) + query).content.decode()


def test_it_works(desk: User, done: Receipt) -> None:
    shown = page(desk, done.visit)

    for text in (
        "王丽华",
        "林美",
        "11,313.00",
        "11,313",
        "24 小时内勿用热水",
        "三周后复做补水",
        "金卡",
        "内部：两颊泛红",
    ):
        assert text in shown
    assert "13812345521" not in shown


def test_the_words_for_wechat_hold_what_the_client_may_know(done: Receipt) -> None:
    words = receipts.summary(done, list(done.visit.lines.all()), Salon.load(), with_advice=True)

    for text in (
        "王丽华女士",
        "深层补水护理 ×25",
        "¥11,313.00",
        "11,313",
        "三周后复做补水",
        "24 小时内勿用热水",
        "金卡",
    ):
        assert text in words
    assert "两颊泛红" not in words
    assert "林美" not in words


def test_a_beautician_sees_her_own_lines_and_no_amount(lin: User, done: Receipt) -> None:
    shown = page(lin, done.visit)

    assert "深层补水护理" in shown
    assert "玫瑰精油" not in shown
    read = re.sub("<[^>]*>", " ", shown.split('<main class="page"')[1].split("</main>")[0])  # without the forms' stamps
    for figure in ("468", "11,313", "11,115", "¥", "积分"):
        assert figure not in read, figure


def test_another_beautician_finds_nothing(done: Receipt) -> None:
    browser = Browser()
    browser.force_login(shop.worker(Role.BEAUTICIAN, "苏晴", "other"), backend="staff.present.PresentBackend")

    assert browser.get(reverse("loyalty:receipt", args=[done.visit.pk])).status_code == 404


@pytest.mark.parametrize("query", ["", "?print=1", "?print=1&paper=a4"])
def test_who_treated_her_long_ago_finds_the_receipt_no_more(lin: User, done: Receipt, query: str) -> None:
    address = reverse("loyalty:receipt", args=[done.visit.pk]) + query
    for days, status in ((365, 200), (366, 404)):
        with time_machine.travel(TODAY + timedelta(days=days)):
            browser = Browser()
            browser.force_login(lin, backend="staff.present.PresentBackend")
            assert browser.get(f"/clients/{done.visit.client_id}/").status_code == status
            assert browser.get(address).status_code == status

    assert not AuditEntry.objects.filter(action=AuditEntry.Action.PRINTED, at__gt=TODAY + timedelta(days=366)).exists()


def test_who_treated_a_walk_in_goes_on_seeing_it(desk: User, lin: User) -> None:
    line = shop.line(shop.service(), beautician=str(lin.pk))
    visit = check_out(shop.draft(desk, None, line, care_note="敏感"), by=desk, at=TODAY).visit

    with time_machine.travel(TODAY + timedelta(days=400)):
        assert "敏感" in page(lin, visit)


def test_the_admin_sees_amounts_but_no_care_note(done: Receipt) -> None:
    shown = page(shop.worker(Role.ADMIN), done.visit)

    assert "11,313.00" in shown
    assert "两颊泛红" not in shown
    assert "三周后复做补水" not in shown


def test_the_front_desk_reads_the_notes_on_the_day_only(desk: User, done: Receipt) -> None:
    with time_machine.travel(TODAY + timedelta(days=1)):
        later, paper = page(desk, done.visit), page(desk, done.visit, "?print=1")

    assert "三周后复做补水" in page(desk, done.visit, "?print=1")
    assert "11,313.00" in later
    for told in ("两颊泛红", "三周后复做补水"):
        assert told not in later
        assert told not in paper


@pytest.mark.parametrize("paper", ["slip", "a4", "nonsense"])
def test_printing_is_noted(desk: User, done: Receipt, paper: str) -> None:
    shown = page(desk, done.visit, f"?print=1&paper={paper}")

    assert f"print-{'a4' if paper == 'a4' else 'slip'}" in shown
    assert "两颊泛红" not in shown
    entry = AuditEntry.objects.get(action=AuditEntry.Action.PRINTED)
    assert (entry.actor, entry.client_id, entry.what) == (desk, done.visit.client_id, done.visit.number)


def test_who_may_take_it_back_is_offered_to(desk: User, done: Receipt) -> None:
    void = reverse("loyalty:void", args=[done.visit.pk])

    assert void in page(shop.worker(Role.MANAGER), done.visit)
    assert void not in page(shop.worker(Role.FRONT_DESK, "另一前台", "other"), done.visit)


@pytest.mark.parametrize("pk", ["0", "999999", str(2**63), str(2**70)])
def test_a_receipt_that_is_not_there(desk: User, pk: str) -> None:
    browser = Browser()
    browser.force_login(desk, backend="staff.present.PresentBackend")

    assert browser.get(f"/visits/{pk}/receipt/").status_code == 404


def test_a_walk_in_has_a_receipt_too(desk: User) -> None:
    done = check_out(shop.draft(desk, None, shop.line(shop.service())), by=desk, at=TODAY)

    assert "468.00" in page(desk, done.visit)
    assert "散客" in page(desk, done.visit)


def test_the_names_stay_when_the_file_is_gone(desk: User, done: Receipt) -> None:
    Client.objects.filter(visits=done.visit).update(status=Client.Status.ERASED, name="—")

    assert "11,313.00" in page(desk, done.visit)


def test_twelve_queries_at_most(
    desk: User, done: Receipt, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = Browser()
    browser.force_login(desk, backend="staff.present.PresentBackend")
    browser.get("/visits/")  # what the first page of a session writes once is not counted

    with django_assert_max_num_queries(12):
        browser.get(reverse("loyalty:receipt", args=[done.visit.pk]))


def test_the_slip_names_the_beautician_and_keeps_the_reason_of_a_discount_to_the_house(desk: User) -> None:
    care, lin = shop.service(), shop.worker(Role.BEAUTICIAN, "林美")
    line = shop.line(care, off_as="zhe", off="9.5", reason="投诉补偿", beautician=str(lin.pk))
    visit = check_out(shop.draft(desk, None, line), by=desk, at=TODAY).visit

    slip, screen = page(desk, visit, "?print"), page(desk, visit)

    assert "print-slip" in slip
    assert "美容师 林美" in slip
    assert "投诉补偿" not in slip
    assert "投诉补偿" in screen
    assert "优惠 −23.40" in screen


def told(visit: Visit) -> str:
    """The words for WeChat, read anew."""
    return receipts.summary(Receipt.of(visit), list(visit.lines.all()), Salon.load(), with_advice=True)


def refunded(visit: Visit, amount: str | None) -> Visit:
    """`amount` of the first line goes back in cash; None for everything."""
    amounts = {visit.lines.all()[0].pk: Decimal(amount)} if amount else None
    by = shop.worker(Role.MANAGER, "周店长", "boss")
    return refunds.refund(visit, amounts, "cash", "过敏", key=uuid.uuid4(), by=by, at=timezone.now()).visit


def test_the_client_reads_in_the_language_of_her_messages(desk: User, done: Receipt) -> None:
    Client.objects.filter(visits=done.visit).update(language=User.Language.ENGLISH)
    done.visit.refresh_from_db()

    words, slip, screen = told(done.visit), page(desk, done.visit, "?print"), page(desk, done.visit)

    assert "Paid ¥11,313.00" in words
    assert "实付" not in words
    assert "Paid in all" in slip
    assert 'lang="en"' in slip
    assert "实付" not in slip
    assert "Tier discount Silver" in slip
    assert "会员折扣 银卡" in screen
    assert "Paid ¥11,313.00" in screen
    assert 'lang="zh-hans"' in screen


def test_after_a_refund_the_words_say_what_was_paid_and_earned_in_the_end(desk: User, done: Receipt) -> None:
    visit = refunded(done.visit, "3000")

    words = told(visit)

    assert "已退 ¥3,000.00，最后实付 ¥8,313.00" in words
    assert "11,313" not in words.replace("实付 ¥11,313.00", "")
    assert "8,313" in words.split("最后实付 ¥8,313.00")[1]
    shown = page(desk, visit)
    assert "现金 · 过敏" in shown
    slip = page(desk, visit, "?print")
    assert "现金" in slip
    assert "过敏" not in slip


def test_what_is_given_back_in_full_is_not_offered_again_and_celebrates_nothing(desk: User, done: Receipt) -> None:
    assert reverse("loyalty:refund", args=[done.visit.pk]) in page(desk, done.visit)
    before = page(desk, done.visit)

    visit = refunded(done.visit, None)

    assert "升级为金卡" in before
    shown = page(shop.worker(Role.MANAGER, "店长", "other"), visit)
    assert reverse("loyalty:refund", args=[visit.pk]) not in shown
    assert reverse("loyalty:void", args=[visit.pk]) in shown
    assert "金卡" not in shown.split('<main class="page"')[1]
    assert "金卡" not in told(visit)


def test_a_void_receipt_says_who_when_why_and_what_went_back(desk: User, done: Receipt) -> None:
    boss = shop.worker(Role.MANAGER, "周店长", "boss")
    at = datetime(2026, 11, 22, 7, 40, tzinfo=UTC)

    refunds.void(done.visit, "重复录入", by=boss, at=at)

    shown = page(desk, done.visit)
    assert "重复录入 · 周店长 2026-11-22 15:40 · 退还 ¥11,313.00" in shown
    assert "升级为" not in shown
    assert "金卡" not in page(desk, done.visit, "?print")
    lines = statement(LoyaltyAccount.objects.get(client=done.visit.client_id)).lines
    assert [line.because for line in lines if line.entry.kind == "reverse"] == ["重复录入"]


def test_the_slip_adds_up_line_by_line_from_the_list_price(desk: User) -> None:
    care, gold = shop.service(), shop.client(tier="gold")
    line = shop.line(care, quantity="2", off_as="zhe", off="9.5", reason="投诉补偿")
    visit = check_out(shop.draft(desk, gold, line), by=desk, at=datetime(2026, 11, 22, 4, 0, tzinfo=UTC)).visit

    slip, sheet = page(desk, visit, "?print"), page(desk, visit, "?print&paper=a4")

    assert '小计">936.00<small>会员 −93.60</small><small>优惠 −42.12</small></td>' in slip
    assert ">800.28</td>" in sheet


def test_the_tier_is_told_with_an_amount_as_shopkeepers_write_it(desk: User, done: Receipt) -> None:
    assert "¥11,313.00，" in page(desk, done.visit)
