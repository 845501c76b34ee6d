"""The kinds of vouchers in the admin panel: what is wrong stands at its field; what was given keeps its terms."""

from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from loyalty.models import Voucher, VoucherKind
from staff.roles import Role
from tests.loyalty.books import client, staff, tier
from tests.loyalty.gifts import given, kind
from tests.visits.shop import service

pytestmark = pytest.mark.django_db
ADD = "admin:loyalty_voucherkind_add"


@pytest.fixture
def admin() -> Browser:
    browser = Browser()
    browser.force_login(staff(Role.ADMIN), backend="staff.present.PresentBackend")
    return browser


def sent(**fields: object) -> dict[str, object]:
    if fields.get("service") is True:
        fields["service"] = service().pk
    right = {
        "name": "测试券",
        "worth": "amount",
        "value": "50",
        "min_spend": "0",
        "days_valid": "30",
        "is_active": "on",
    }
    return right | fields


def errors(admin: Browser, **fields: object) -> dict[str, list[str]]:
    """The errors by field of a new kind, or of what is wrong with the whole form under `__all__`."""
    answer: Any = admin.post(reverse(ADD), sent(**fields))
    assert answer.status_code == 200, "it was saved"
    assert not VoucherKind.objects.filter(name="测试券").exists()
    found = answer.context["adminform"].form.errors
    return {name: [str(one) for one in told] for name, told in found.items()}


@pytest.mark.parametrize(
    ("fields", "at", "words"),
    [
        ({"value": ""}, "value", "减多少元"),
        ({"value": "0"}, "value", "减多少元"),
        ({"value": "-5"}, "value", "减多少元"),
        ({"value": "abc"}, "value", "数字"),
        ({"value": "1e30"}, "value", ""),
        ({"worth": "percent", "value": "0"}, "value", "打 7 折"),
        ({"worth": "percent", "value": "101"}, "value", "打 7 折"),
        ({"worth": "price", "value": "99"}, "service", "请选择适用的项目"),
        ({"worth": "trial", "value": ""}, "service", "请选择适用的项目"),
        ({"worth": "trial", "value": "10", "service": True}, "value", "体验券免费"),
        ({"min_spend": "30"}, "min_spend", "低于减免的 ¥50"),
        ({"min_spend": "-1"}, "min_spend", "0 或以上"),
        ({"days_valid": "0"}, "days_valid", "1 到 3660"),
        ({"days_valid": "9999"}, "days_valid", "1 到 3660"),
        ({"rule": "birthday"}, "rule", "“生日礼 7 折”已用于这条规则"),
        ({"name": ""}, "name", "请填写"),
        ({"name": "生日礼 7 折"}, "name", "已有相同"),
        ({"worth": "x"}, "worth", "请从列表中选择"),
    ],
)
def test_each_fault_stands_at_its_field_alone(admin: Browser, fields: dict[str, object], at: str, words: str) -> None:
    found = errors(admin, **fields)

    assert set(found) == {at}
    assert words in found[at][0]


def test_a_price_above_the_services_own_is_no_voucher(admin: Browser) -> None:
    found = errors(admin, worth="price", value="468", service=service(price="468").pk)

    assert found == {"value": ["该项目现价就是 ¥468，这样的券没有优惠。"]}


@pytest.mark.parametrize(("rule", "words"), [("referral", "推荐双方都会得到"), ("thank_you", "新客都在最低等级")])
def test_a_tier_that_the_rule_never_meets_is_told(admin: Browser, rule: str, words: str) -> None:
    VoucherKind.objects.filter(rule=rule).update(is_active=False)

    assert words in errors(admin, rule=rule, min_tier=tier("gold").pk)["min_tier"][0]


@pytest.mark.parametrize(
    ("fields", "terms"),
    [
        ({}, "减 ¥50"),
        ({"min_spend": "300", "days_valid": ""}, "满 ¥300 减 ¥50"),
        ({"worth": "percent", "value": "30"}, "全单 7 折"),
        ({"worth": "price", "value": "99", "service": True}, "深层补水护理 ¥99"),
        ({"worth": "price", "value": "0", "service": True}, "深层补水护理 ¥0"),
        ({"worth": "trial", "value": "", "service": True}, "免费体验 深层补水护理"),
        ({"rule": "birthday", "is_active": ""}, "减 ¥50"),
    ],
)
def test_what_is_right_is_saved(admin: Browser, fields: dict[str, object], terms: str) -> None:
    assert admin.post(reverse(ADD), sent(**fields)).status_code == 302

    assert VoucherKind.objects.get(name="测试券").terms == terms
    assert terms in admin.get(reverse("admin:loyalty_voucherkind_changelist")).content.decode()


def test_a_change_says_that_vouchers_given_earlier_keep_their_terms(admin: Browser) -> None:
    of = kind("测试券")
    voucher = given(client(), of, timezone.localdate())
    page = reverse("admin:loyalty_voucherkind_change", args=[of.pk])
    assert "已发放的券规则不变" in admin.get(page).content.decode()

    answer = admin.post(page, sent(value="80"), follow=True)

    assert "已发放未用的 1 张券规则不变" in answer.content.decode()
    voucher.refresh_from_db()
    of.refresh_from_db()
    assert (voucher.value, of.value) == (50, 80)


def test_vouchers_are_only_looked_at_and_found_by_code(admin: Browser) -> None:
    voucher, other = given(client()), given(client(), kind("另一张"))
    listed = reverse("admin:loyalty_voucher_changelist")

    for typed in (voucher.code, voucher.spoken_code):
        told = admin.get(listed, {"q": typed}).content.decode()
        assert voucher.spoken_code in told
        assert other.spoken_code not in told
    one = admin.get(reverse("admin:loyalty_voucher_change", args=[voucher.pk])).content.decode()
    assert "减 ¥50" in one
    assert admin.get(reverse("admin:loyalty_voucher_add")).status_code == 403
    assert admin.post(reverse("admin:loyalty_voucher_delete", args=[voucher.pk])).status_code == 403
    assert admin.post(reverse("admin:loyalty_voucherkind_delete", args=[voucher.kind_id])).status_code == 403
    assert Voucher.objects.count() == 2


def test_the_panel_is_the_admins_alone() -> None:
    for role in (Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER):
        browser = Browser()
        browser.force_login(staff(role), backend="staff.present.PresentBackend")
        assert browser.get(reverse(ADD)).status_code in (302, 403)
