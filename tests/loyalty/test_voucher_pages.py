"""The pages of vouchers: looking one up, the list with its cost, giving one by hand, withdrawing one."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Client
from loyalty import voucher_listing, vouchers
from loyalty.models import LoyaltyAccount, MeanTicket, Voucher, VoucherKind
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, noon, recorded, staff, tier
from tests.loyalty.gifts import given, kind
from tests.loyalty.together import at_once
from tests.visits.shop import service

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def who() -> Client:
    made = client()
    came(made, "468", timezone.localdate() - timedelta(days=40))
    return made


def signed_in(role: Role) -> Browser:
    browser = Browser()
    browser.force_login(staff(role), backend="staff.present.PresentBackend")
    return browser


@pytest.fixture
def desk() -> Browser:
    return signed_in(Role.FRONT_DESK)


@pytest.fixture
def manager() -> Browser:
    return signed_in(Role.MANAGER)


def body(answer: Any) -> str:
    assert answer.status_code == 200
    return str(answer.content.decode())


def now_given(who: Client, of: VoucherKind | None = None, **terms: object) -> Voucher:
    return given(who, of, timezone.localdate(), **terms)


def spoken(code: str) -> str:
    """The code as a front desk that writes Chinese types it."""
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in code)
    return f" {wide[:4]}　{wide[4:]} "


# Looking up.


def test_the_front_desk_looks_a_code_up(desk: Browser, who: Client) -> None:
    voucher, other = now_given(who), now_given(who, kind("另一张"))

    for typed in (voucher.code, spoken(voucher.code), voucher.spoken_code, f"{voucher.code[:4]}-{voucher.code[4:]}"):
        told = body(desk.get("/vouchers/", {"code": typed}))
        assert voucher.spoken_code in told
        assert "减 ¥50" in told
        assert who.number in told
        assert other.spoken_code not in told
        assert "预计让利" not in told


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("12345678", "没有这个券码"),
        ("1234", "券码是 8 位数字"),
        ("abcdefgh", "券码是 8 位数字"),
        ("4821773٠", "券码是 8 位数字"),
        ("9" * 5000, "券码是 8 位数字"),
    ],
)
def test_what_is_no_code_is_told_beside_the_field(desk: Browser, who: Client, code: str, words: str) -> None:
    now_given(who)

    assert words in body(desk.get("/vouchers/", {"code": code}))


def test_the_search_above_every_page_leads_to_a_code(desk: Browser, who: Client) -> None:
    voucher = now_given(who)

    for headers in ({}, {"HX-Request": "true"}):
        told = body(desk.get("/search/", {"q": spoken(voucher.code)}, headers=headers))
        assert f"/vouchers/?code={voucher.code}" in told
        assert "/vouchers/?code=" not in body(desk.get("/search/", {"q": "1234567"}, headers=headers))
    told = body(signed_in(Role.BEAUTICIAN).get("/search/", {"q": voucher.code}))
    assert "/vouchers/" not in told


def test_the_front_desk_sees_one_clients_vouchers_not_all(desk: Browser, who: Client) -> None:
    mine, other = now_given(who), now_given(client(), kind("别人的"))

    told = body(desk.get("/vouchers/"))
    assert "输入客户报的券码" in told
    assert mine.spoken_code not in told
    told = body(desk.get("/vouchers/", {"client": who.number}))
    assert mine.spoken_code in told
    assert other.spoken_code not in told
    assert "作废</a>" not in told


@pytest.mark.parametrize("client_number", ["0", "-1", "C-", str(2**63), "abc", "😀", "C-99999"])
def test_a_client_number_that_is_none_finds_none(desk: Browser, who: Client, client_number: str) -> None:
    voucher = now_given(who)

    assert voucher.spoken_code not in body(desk.get("/vouchers/", {"client": client_number}))


def test_a_beautician_is_shut_out(who: Client) -> None:
    browser = signed_in(Role.BEAUTICIAN)

    assert browser.get("/vouchers/").status_code == 403
    assert browser.get(f"/clients/{who.pk}/vouchers/new/").status_code == 403


def test_a_code_of_a_file_that_is_gone_finds_nothing(desk: Browser, who: Client) -> None:
    voucher = now_given(who)
    Client.objects.filter(pk=who.pk).update(status="erased")

    assert "没有这个券码" in body(desk.get("/vouchers/", {"code": voucher.code}))


# The list.


def of_each_state(who: Client) -> dict[str, Voucher]:
    today, by = timezone.localdate(), staff(Role.MANAGER)
    made = {"open": now_given(who), "lapsed": given(who, kind("旧"), today - timedelta(days=31))}
    made["used"] = now_given(who, kind("用"))
    vouchers.use(account_of(who), {made["used"].pk: D(50)}, recorded(who, "100", today))
    made["withdrawn"] = now_given(who, kind("废"))
    vouchers.withdraw(made["withdrawn"], "发错了人", by=by, at=timezone.now())
    return made


def test_the_list_goes_by_state(manager: Browser, who: Client) -> None:
    made = of_each_state(who)

    for state, voucher in made.items():
        told = body(manager.get("/vouchers/", {"state": state}))
        assert voucher.spoken_code in told
        assert all(other.spoken_code not in told for other in made.values() if other != voucher)
    told = body(manager.get("/vouchers/", {"state": "all"}))
    assert all(voucher.spoken_code in told for voucher in made.values())
    assert "发错了人" in told
    assert made["open"].spoken_code in body(manager.get("/vouchers/"))


def test_the_list_goes_by_kind_and_by_when_they_lapse(manager: Browser, who: Client) -> None:
    soon, later = now_given(who, kind("短", days_valid=6)), now_given(who, kind("长", days_valid=20))

    assert later.spoken_code not in body(manager.get("/vouchers/", {"kind": str(soon.kind_id)}))
    told = body(manager.get("/vouchers/", {"within": "7"}))
    assert soon.spoken_code in told
    assert later.spoken_code not in told
    assert later.spoken_code in body(manager.get("/vouchers/", {"within": "999", "kind": "abc"}))


def test_pages_follow_each_other_without_gaps(manager: Browser, who: Client) -> None:
    of = [kind(f"券{days}", days_valid=days) for days in (5, 9)]
    made = {now_given(who, of[number % 2]).spoken_code for number in range(voucher_listing.PAGE + 5)}
    for state in ("open", "all"):
        today = timezone.localdate()
        filters = voucher_listing.Filters(voucher_listing.State(state))
        first = voucher_listing.page(staff(Role.MANAGER), filters, today)
        second = voucher_listing.page(staff(Role.MANAGER), filters, today, first.after)

        shown = [row.voucher.spoken_code for one in (first, second) for row in one.rows]
        assert len(shown) == len(made)
        assert set(shown) == made
        assert second.after == ""
        assert first.after in body(manager.get("/vouchers/", {"state": state}))
        assert second.rows[0].voucher.spoken_code in body(
            manager.get("/vouchers/", {"state": state, "after": first.after})
        )


@pytest.mark.parametrize("after", ["", "x", "2026-11-22", "_5", "2026-11-22_x", "9999-12-31_0", "2026-02-30_1"])
def test_a_place_that_is_none_does_no_harm(manager: Browser, who: Client, after: str) -> None:
    now_given(who)

    assert manager.get("/vouchers/", {"after": after, "state": "x", "within": "-1"}).status_code == 200


def test_the_list_costs_the_same_however_long(
    manager: Browser, who: Client, django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    for number in range(voucher_listing.PAGE):
        given(who, kind(f"券{number}", "price", 99, service=service(f"护理{number}")), timezone.localdate())
    manager.get("/vouchers/")

    with django_assert_max_num_queries(12):
        body(manager.get("/vouchers/"))


# What it would cost.


def test_what_the_open_ones_would_cost(manager: Browser, who: Client) -> None:
    today = timezone.localdate()
    MeanTicket.objects.update_or_create(on=today, defaults={"mean": D(400)})
    facial = service(price="468")
    fifty = kind("五十")
    for _number in range(2):
        now_given(who, fifty)
    now_given(who, fifty, value=30)
    now_given(who, kind("七折", "percent", 30))
    now_given(who, kind("满千七折", "percent", 30, min_spend=1000))
    now_given(who, kind("半价护理", "percent", 50, service=facial))
    now_given(who, kind("特价", "price", 99, service=facial))
    now_given(who, kind("体验", "trial", 0, service=facial))
    now_given(who, kind("护理减五百", "amount", 500, service=facial))

    told = body(manager.get("/vouchers/"))

    for yuan in ("¥130.00", "¥120.00", "¥300.00", "¥234.00", "¥369.00", "¥468.00"):
        assert yuan in told
    assert "共 9 张，约 ¥2,089.00" in told
    assert "平均客单价 ¥400.00" in told
    assert "预计让利" in body(signed_in(Role.ADMIN).get("/vouchers/"))


def test_what_is_not_open_costs_nothing(manager: Browser, who: Client) -> None:
    made = of_each_state(who)
    vouchers.withdraw(made["open"], "x", by=staff(Role.MANAGER), at=noon())

    assert "预计让利" not in body(manager.get("/vouchers/"))


# By hand.


def sent(of: VoucherKind, **fields: str) -> dict[str, str]:
    return {"key": str(uuid4()), "kind": str(of.pk), "source": "compensation", "reason": "等位二十分钟"} | fields


def test_the_manager_gives_one_by_hand(manager: Browser, who: Client) -> None:
    of = kind(min_spend=300)
    page = f"/clients/{who.pk}/vouchers/new/"
    assert "感谢券 ¥50 · 满 ¥300 减 ¥50 · 30 天内有效" in body(manager.get(page))

    answer = manager.post(page, sent(of))

    made = Voucher.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"/clients/{who.pk}/?tab=benefits"
    assert (made.kind, made.source, made.reason) == (of, "compensation", "等位二十分钟")
    assert (made.by, made.issued_on) == (staff(Role.MANAGER), timezone.localdate())


def test_sent_twice_is_one(manager: Browser, who: Client) -> None:
    form = sent(kind())

    for _time in range(2):
        assert manager.post(f"/clients/{who.pk}/vouchers/new/", form).status_code == 302
    assert Voucher.objects.count() == 1


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_sent_eight_times_at_once_is_one(who: Client) -> None:
    form, browsers = sent(kind()), [signed_in(Role.MANAGER) for _number in range(8)]

    results = at_once(8, lambda place: browsers[place].post(f"/clients/{who.pk}/vouchers/new/", form).status_code)

    assert results == [302] * 8
    assert Voucher.objects.count() == 1


def test_the_same_form_with_something_else_in_it_asks(manager: Browser, who: Client) -> None:
    form, other = sent(kind()), kind("另一种")
    manager.post(f"/clients/{who.pk}/vouchers/new/", form)

    told = body(manager.post(f"/clients/{who.pk}/vouchers/new/", form | {"kind": str(other.pk)}))

    assert "这张表单已发过 感谢券 ¥50" in told
    assert form["key"] not in told
    assert Voucher.objects.count() == 1


def test_the_key_of_another_client_gives_another_voucher(manager: Browser, who: Client) -> None:
    form, other = sent(kind()), client()

    for one in (who, other):
        manager.post(f"/clients/{one.pk}/vouchers/new/", form)
    assert set(Voucher.objects.values_list("account", flat=True)) == {who.pk, other.pk}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"reason": ""}, "请填写。"),
        ({"reason": "\u200b \u3164"}, "请填写"),
        ({"reason": "好" * 201}, "最多 200 个字"),
        ({"kind": ""}, "请填写。"),
        ({"kind": "0"}, "这种优惠券已停用"),
        ({"kind": str(2**63)}, "这种优惠券已停用"),
        ({"kind": "abc"}, "这种优惠券已停用"),
        ({"source": "rule"}, "请从列表中选择"),
        ({"key": "x"}, "页面内容不完整"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    manager: Browser, who: Client, wrong: dict[str, str], words: str
) -> None:
    told = body(manager.post(f"/clients/{who.pk}/vouchers/new/", sent(kind()) | wrong))

    assert words in told
    assert "reason" in wrong or "等位二十分钟" in told
    assert not Voucher.objects.exists()


def test_not_for_this_tier_is_told_at_the_kind(manager: Browser, who: Client) -> None:
    of = kind(min_tier=tier("gold"))

    told = body(manager.post(f"/clients/{who.pk}/vouchers/new/", sent(of)))

    assert "限金卡及以上，该客户是会员" in told
    assert not Voucher.objects.exists()


def test_who_has_no_account_yet_gets_one(manager: Browser) -> None:
    new = client()

    manager.post(f"/clients/{new.pk}/vouchers/new/", sent(kind()))

    assert LoyaltyAccount.objects.get(client=new).vouchers.count() == 1


def test_the_front_desk_and_the_admin_give_none(desk: Browser, who: Client) -> None:
    for browser in (desk, signed_in(Role.ADMIN)):
        assert browser.post(f"/clients/{who.pk}/vouchers/new/", sent(VoucherKind.objects.all()[0])).status_code == 403
    assert not Voucher.objects.exists()


@pytest.mark.parametrize("pk", ["0", str(2**63), "999999"])
def test_no_such_client_or_voucher(manager: Browser, pk: str) -> None:
    assert manager.get(f"/clients/{pk}/vouchers/new/").status_code == 404
    assert manager.get(f"/vouchers/{pk}/withdraw/").status_code == 404


# Withdrawn.


def test_the_manager_withdraws_one_with_a_reason(manager: Browser, who: Client) -> None:
    voucher = now_given(who)
    page = f"/vouchers/{voucher.pk}/withdraw/"
    assert voucher.spoken_code in body(manager.get(page))
    assert "请填写。" in body(manager.post(page, {"reason": " "}))

    assert manager.post(page, {"reason": "发错了"}).status_code == 302

    voucher.refresh_from_db()
    assert (voucher.status, voucher.withdrawn_reason) == ("withdrawn", "发错了")
    again = manager.post(page, {"reason": "再来"}, follow=True)
    assert "已作废" in body(again)
    voucher.refresh_from_db()
    assert voucher.withdrawn_reason == "发错了"


def test_what_is_used_or_lapsed_is_not_withdrawn(manager: Browser, who: Client) -> None:
    made = of_each_state(who)

    for state, words in (("used", "已在"), ("lapsed", "已过期")):
        answer = manager.post(f"/vouchers/{made[state].pk}/withdraw/", {"reason": "发错了"}, follow=True)
        assert words in body(answer)
    assert Voucher.objects.filter(status="withdrawn").count() == 1


def test_the_same_form_after_a_withdrawal_does_not_say_given(manager: Browser, who: Client) -> None:
    page, form = f"/clients/{who.pk}/vouchers/new/", sent(kind())
    manager.post(page, form, follow=True)
    manager.post(f"/vouchers/{Voucher.objects.get().pk}/withdraw/", {"reason": "发错了"}, follow=True)

    again = body(manager.post(page, form, follow=True))

    assert "已作废" in again
    assert "已发券" not in again


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_withdrawing_waits_for_whoever_holds_the_membership(manager: Browser, who: Client) -> None:
    """A void or a cancellation that found a voucher open withdraws it, and must not find it gone a moment later."""
    voucher = now_given(who)
    page, done = f"/vouchers/{voucher.pk}/withdraw/", threading.Event()

    def withdraw() -> None:
        manager.post(page, {"reason": "发错了"})
        done.set()
        connection.close()

    thread = threading.Thread(target=withdraw)
    with transaction.atomic():
        LoyaltyAccount.objects.locked(who)
        thread.start()
        assert not done.wait(1)
        vouchers.withdraw(voucher, "作废消费", by=staff(Role.MANAGER), at=noon())
    thread.join()

    voucher.refresh_from_db()
    assert voucher.withdrawn_reason == "作废消费"


def test_the_front_desk_withdraws_none(desk: Browser, who: Client) -> None:
    voucher = now_given(who)

    assert desk.post(f"/vouchers/{voucher.pk}/withdraw/", {"reason": "x"}).status_code == 403


def test_a_clients_vouchers_for_the_file(
    who: Client, django_assert_num_queries: Callable[[int], AbstractContextManager[object]]
) -> None:
    made = of_each_state(who)

    with django_assert_num_queries(1):
        mine = voucher_listing.vouchers_of(who, timezone.localdate())
        assert all(row.voucher.terms for row in (*mine.open, *mine.past))

    assert [row.voucher for row in mine.open] == [made["open"]]
    assert [row.state for row in mine.past] == ["withdrawn", "used", "lapsed"]
