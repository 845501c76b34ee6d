"""The checkout's page with vouchers, entitlements and points: every tap works without a script and is kept."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from loyalty import points, refunds
from loyalty.checkout import check_out
from loyalty.models import LoyaltyRules, MeanTicket, PointsEntry, Redemption, SegmentRules, Voucher
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import account_of, staff
from tests.loyalty.gifts import given, kind, of_rule
from tests.loyalty.paying import NOON, drafted, rate, with_points
from tests.loyalty.rewarding import DIGITS, PHONE, redeem, year_of_cuts
from tests.loyalty.test_checkout_pages import HTMX, at
from tests.visits import shop
from visits.draft import Content
from visits.models import CheckoutRules, Draft, Service, Visit

pytestmark = pytest.mark.django_db


@pytest.fixture
def who() -> Client:
    """A client with 2,480 points, worth ¥24.80."""
    rate(100)
    return with_points(2480, phone=PHONE)


def kept() -> Content:
    return Content.from_json(Draft.objects.get().content)


def posted(draft: Draft, do: str, **changed: Any) -> dict[str, Any]:
    """What the browser would send."""
    content = Content.from_json(draft.content)
    chosen = {"voucher": list(content.vouchers), "entitlement": list(content.entitlements)}
    return shop.posted(draft, do) | chosen | {"points": content.points, "voucher_code": content.voucher_code} | changed


def entitled(who: Client) -> Redemption:
    points.post(account_of(who), PointsEntry.Kind.BONUS, 5000, f"test:entitled:{who.pk}")
    return redeem(who, year_of_cuts(uses=2), DIGITS)


@pytest.mark.parametrize("headers", [HTMX, {}], ids=["htmx", "plain"])
def test_one_tap_takes_a_voucher_and_another_puts_it_back(
    counter: Browser, who: Client, care: Service, headers: dict[str, str]
) -> None:
    voucher = given(who, of_rule("dormant"))
    draft = drafted(who, shop.line(care))

    answer = counter.post(at(draft), posted(draft, f"voucher:{voucher.pk}"), headers=headers, follow=True)

    assert kept().vouchers == (voucher.pk,)
    page = answer.content.decode()
    assert "回归礼 ¥50" in page
    assert "418.00" in page
    draft.refresh_from_db()
    counter.post(at(draft), posted(draft, f"voucher:{voucher.pk}"), headers=headers)
    assert kept().vouchers == ()


def test_the_best_ones_are_marked_and_taken_with_one_tap(counter: Browser, who: Client, care: Service) -> None:
    given(who, kind("¥20", value=20))
    half = given(who, of_rule("thank_you"))
    draft = drafted(who, shop.line(care))

    page = counter.get(at(draft)).content.decode()
    assert "推荐" in page
    assert "用最优惠的 −¥234.00" in page
    counter.post(at(draft), posted(draft, f"best:{half.pk}"))

    assert kept().vouchers == (half.pk,)


def test_a_code_is_taken_as_soon_as_it_is_whole(counter: Browser, who: Client, care: Service) -> None:
    voucher, draft = given(who), drafted(who, shop.line(care))

    for typed in ("1234", "12345678"):
        page = counter.post(at(draft), posted(draft, "save", voucher_code=typed), headers=HTMX).content.decode()
        assert kept().voucher_code == typed
        assert ("没有这个券码" in page) is (len(typed) == 8)
    counter.post(at(draft), posted(draft, "save", voucher_code=voucher.spoken_code), headers=HTMX)

    assert (kept().vouchers, kept().voucher_code) == ((voucher.pk,), "")
    told = counter.post(at(draft), posted(draft, "code", voucher_code="123"), headers=HTMX).content.decode()
    assert "券码是 8 位数字" in told


def test_a_code_typed_before_completing_is_not_lost(counter: Browser, who: Client, care: Service) -> None:
    voucher, draft = given(who), drafted(who, shop.line(care))
    form = posted(draft, "complete", voucher_code=voucher.code)

    page = counter.post(at(draft), form | {"shown_total": "468.00"}, headers=HTMX).content.decode()

    assert not Visit.objects.exists()  # the total on the screen was another one
    assert "418.00" in page
    draft.refresh_from_db()
    counter.post(at(draft), posted(draft, "complete", shown_total="418.00"), headers=HTMX)
    assert Visit.objects.get().voucher_discount == 50


def test_all_points_and_what_they_are_worth(counter: Browser, who: Client, care: Service) -> None:
    draft = drafted(who, shop.line(care))

    page = counter.get(at(draft)).content.decode()
    assert "可用 2,480 分，值 ¥24.80" in page
    assert 'value="points:2480"' in page
    page = counter.post(at(draft), posted(draft, "points:2480"), headers=HTMX).content.decode()

    assert kept().points == "2480"
    assert "443.20" in page
    page = counter.post(at(draft), posted(draft, "save", points="2481"), headers=HTMX).content.decode()
    assert "积分不足" in page
    assert kept().points == "2481"


def test_without_the_rule_there_is_no_field_for_points(counter: Browser, who: Client, care: Service) -> None:
    rate(None)

    assert 'id="points"' not in counter.get(at(drafted(who, shop.line(care)))).content.decode()


def test_a_refusal_still_shows_what_could_be_used(counter: Browser, who: Client, care: Service) -> None:
    given(who, of_rule("dormant"))
    draft = drafted(who, shop.line(care), points="9999")

    page = counter.post(at(draft), posted(draft, "complete"), headers=HTMX).content.decode()

    assert not Visit.objects.exists()
    assert "积分不足" in page
    assert "回归礼 ¥50" in page


def test_what_is_sent_of_another_client_is_refused(counter: Browser, who: Client, care: Service) -> None:
    other, draft = given(with_points(0)), drafted(who, shop.line(care))

    counter.post(at(draft), posted(draft, f"voucher:{other.pk}"))
    assert kept().vouchers == ()
    counter.post(at(draft), posted(draft, "complete", voucher=[other.pk], entitlement=[7]))
    assert not Visit.objects.exists()


@pytest.mark.parametrize("do", ["voucher:", "voucher:x", "voucher:-1", f"voucher:{2**63}", "best:,", "entitlement:0"])
def test_a_button_that_is_none_changes_nothing(counter: Browser, who: Client, care: Service, do: str) -> None:
    draft = drafted(who, shop.line(care))

    assert counter.post(at(draft), posted(draft, do)).status_code == 302
    assert kept().vouchers == ()


def test_another_client_brings_none_of_it_along(counter: Browser, who: Client, care: Service) -> None:
    draft = drafted(who, shop.line(care), vouchers=(given(who).pk,), entitlements=(1,), points="100", voucher_code="1")

    counter.post(reverse("loyalty:checkout_new"), {"draft": str(draft.pk), "client": with_points(0).pk})

    assert (kept().lines[0].item, kept().without_benefits()) == (care.pk, kept())


def test_the_receipt_the_slip_and_the_message_tell_all_of_it(counter: Browser, who: Client, care: Service) -> None:
    had, voucher = entitled(who), given(who, of_rule("dormant"))
    cut = had.service
    assert cut
    lines = (shop.line(care), shop.line(cut, "2"))
    draft = drafted(who, *lines, vouchers=(voucher.pk,), entitlements=(had.pk,), points="1800")

    visit = check_out(draft, by=staff(Role.FRONT_DESK), at=NOON).visit

    for query in ("", "?print=1&paper=slip"):
        page = counter.get(reverse("loyalty:receipt", args=[visit.pk]) + query).content.decode()
        for words in (
            "优惠券 回归礼 ¥50",
            "−¥50.00",
            "权益 全年剪发",
            "−¥80.00",
            "积分抵现 1,800 分",
            "−¥18.00",
            "400.00",
        ):
            assert words in page, words
    message = counter.get(reverse("loyalty:receipt", args=[visit.pk])).context["summary"]
    assert "深层补水护理 ×1 ¥468.00" in message
    assert "优惠券 回归礼 ¥50 −¥50.00" in message
    assert "已优惠 ¥130.00" in message


def test_the_page_before_a_void_tells_it_and_the_answer_too(counter: Browser, who: Client, care: Service) -> None:
    voucher = given(who, of_rule("dormant"))
    draft = drafted(who, shop.line(care), vouchers=(voucher.pk,), points="1800")
    visit = check_out(draft, by=staff(Role.FRONT_DESK), at=timezone.now()).visit
    page = reverse("loyalty:void", args=[visit.pk])

    before = counter.get(page).content.decode()
    after = counter.post(page, {"reason": "记错客户"}, follow=True).content.decode()

    for shown in (before, after):
        assert "恢复可用的优惠券" in shown
        assert voucher.spoken_code in shown
        assert "+1,800" in shown


def test_the_page_before_a_refund_says_that_the_voucher_stays_used(
    counter: Browser, who: Client, care: Service
) -> None:
    draft = drafted(who, shop.line(care), vouchers=(given(who).pk,), points="1800")
    visit = check_out(draft, by=staff(Role.FRONT_DESK), at=timezone.now()).visit
    page = reverse("loyalty:refund", args=[visit.pk])
    key = counter.get(page).context["form"].initial["key"]
    form = {"key": key, "method": "wechat", "reason": "退货", f"line-{visit.lines.get().pk}": "200"}

    shown = counter.post(page, form).content.decode()

    assert "仍算已用" in shown
    assert "+900" in shown
    assert refunds.refundable_lines(visit)[0].rest == Decimal("400.00")


# --- Few questions ----------------------------------------------------------------------------------------------


def test_the_pages_ask_few_questions(
    counter: Browser, who: Client, care: Service, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    had, vouchers = entitled(who), [given(who, kind(f"券{n}", stacks=True)) for n in range(12)]
    cut = had.service
    assert cut
    used = {"vouchers": tuple(one.pk for one in vouchers[:6]), "entitlements": (had.pk,), "points": "10"}
    draft = drafted(who, shop.line(care), shop.line(cut, "2"), **used)
    counter.get(at(draft))

    with django_assert_max_num_queries(12):
        counter.get(at(draft))
    visit = check_out(draft, by=staff(Role.FRONT_DESK), at=timezone.now()).visit
    for name in ("receipt", "void", "refund"):
        page = reverse(f"loyalty:{name}", args=[visit.pk])
        with django_assert_max_num_queries(12):
            assert counter.get(page).status_code == 200


def test_completing_asks_little_more_for_what_is_used_and_nothing_for_what_is_not(who: Client, care: Service) -> None:
    CheckoutRules.load(), LoyaltyRules.load(), SegmentRules.load()
    MeanTicket.objects.create(on=timezone.localdate(NOON), mean=Decimal(300))
    desk = staff(Role.FRONT_DESK)

    def asked(**used: Any) -> int:
        draft = drafted(who, shop.line(care), **used)
        with CaptureQueriesContext(connection) as seen:
            check_out(draft, by=User.objects.get(pk=desk.pk), at=NOON)
        return sum("SAVEPOINT" not in query["sql"] for query in seen)

    asked()
    plain = asked()
    given(who), given(who, kind("b"))
    assert asked() == plain
    assert asked(points="10") == plain + 1
    voucher = Voucher.objects.earliest("pk")
    assert asked(vouchers=(voucher.pk,)) <= plain + 2
