"""The catalogue of rewards in the admin panel: errors at the field, and stock that nobody overwrites unawares."""

import pytest
from django.test import Client as Browser
from django.urls import reverse

from loyalty.models import Reward, VoucherKind
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.rewarding import comb, member, redeem
from tests.loyalty.test_refund_pages import signed_in
from tests.visits import shop

pytestmark = pytest.mark.django_db
LIST = "/admin/loyalty/reward/"


@pytest.fixture
def admin() -> Browser:
    return signed_in(Role.ADMIN, language="zh-hans")


def change(reward: Reward) -> str:
    return reverse("admin:loyalty_reward_change", args=[reward.pk])


def filled(**more: object) -> dict[str, object]:
    """A thing to take home, as the browser sends it."""
    whole: dict[str, object] = {
        "name": "香薰",
        "kind": "product",
        "points": 800,
        "stock": 4,
        "months": 12,
        "position": 2,
    }
    return whole | {"is_active": "on"} | more


def errors(admin: Browser, place: str = f"{LIST}add/", **more: object) -> dict[str, list[str]]:
    answer = admin.post(place, filled(**more))
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def test_it_works(admin: Browser) -> None:
    assert admin.post(f"{LIST}add/", filled()).status_code == 302

    made = Reward.objects.get(name="香薰")
    assert (made.points, made.stock) == (800, 4)
    assert "香薰" in admin.get(LIST).content.decode()


def test_what_the_kind_needs_is_asked_for_at_its_field(admin: Browser) -> None:
    assert errors(admin, kind="voucher").keys() == {"voucher_kind"}
    assert errors(admin, kind="entitlement").keys() == {"service"}
    assert errors(admin, kind="nonsense").keys() == {"kind"}


def test_what_the_kind_must_not_have_is_told_at_its_field(admin: Browser) -> None:
    kind, cut = VoucherKind.objects.all()[0], shop.service("剪发", "80.00")

    assert errors(admin, voucher_kind=kind.pk, service=cut.pk).keys() == {"voucher_kind", "service"}
    assert errors(admin, kind="voucher", voucher_kind=kind.pk, service=cut.pk).keys() == {"service"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("points", "0"),
        ("points", "-1"),
        ("points", ""),
        ("points", "1e9"),
        ("points", str(2**40)),
        ("stock", "-1"),
        ("stock", str(2**40)),
        ("months", "0"),
        ("months", "121"),
        ("uses", "0"),
        ("name", " "),
        ("name", "名" * 41),
        ("name", "定制发梳"),
    ],
)
def test_nonsense_is_told_at_its_field(admin: Browser, field: str, typed: str) -> None:
    assert errors(admin, **{field: typed}).keys() == {field}


def test_a_change_of_stock_stands_in_the_trail_with_who(admin: Browser) -> None:
    reward = comb(stock=5)

    answer = admin.post(change(reward), filled(name=reward.name, points=1000, stock=25, **{"initial-stock": 5}))

    assert answer.status_code == 302
    entry = AuditEntry.objects.filter(model="loyalty_reward", changes__has_key="stock").order_by("-pk")[0]
    assert entry.changes is not None
    assert entry.changes["stock"] == [5, 25]
    assert entry.actor is not None
    assert entry.actor.username == "admin"


def test_stock_that_fell_meanwhile_is_not_overwritten(admin: Browser) -> None:
    reward = comb(stock=5)
    redeem(member(), reward)

    told = errors(admin, change(reward), name=reward.name, points=1000, stock=25, **{"initial-stock": 5})
    assert "4" in told["stock"][0]
    # Something else is changed, from a page that still shows 5: the stock stays what it is.
    answer = admin.post(change(reward), filled(name=reward.name, points=900, stock=5, **{"initial-stock": 5}))

    assert answer.status_code == 302
    reward.refresh_from_db()
    assert (reward.points, reward.stock) == (900, 4)


def test_the_error_keeps_what_was_typed_and_can_be_saved_again(admin: Browser) -> None:
    reward = comb(stock=5)
    redeem(member(), reward)
    answer = admin.post(change(reward), filled(name=reward.name, points=1000, stock=25, **{"initial-stock": 5}))

    form = answer.context["adminform"].form
    assert form["stock"].value() == "25"
    assert 'name="initial-stock" value="4"' in answer.content.decode()
    again = filled(name=reward.name, points=1000, stock=24, **{"initial-stock": 4})
    assert admin.post(change(reward), again).status_code == 302
    reward.refresh_from_db()
    assert reward.stock == 24


def test_stock_without_end_may_get_an_end_and_back(admin: Browser) -> None:
    reward = comb(stock=None)

    admin.post(change(reward), filled(name=reward.name, points=1000, stock=3, **{"initial-stock": ""}))
    reward.refresh_from_db()
    assert reward.stock == 3
    admin.post(change(reward), filled(name=reward.name, points=1000, stock="", **{"initial-stock": 3}))
    reward.refresh_from_db()
    assert reward.stock is None


def test_redemptions_are_only_looked_at(admin: Browser) -> None:
    done = redeem(member(), comb())
    listed = reverse("admin:loyalty_redemption_changelist")

    assert done.number in admin.get(listed).content.decode()
    assert admin.get(f"{listed}?reward__id__exact={done.reward_id}").status_code == 200
    one = reverse("admin:loyalty_redemption_change", args=[done.pk])
    assert done.number in admin.get(one).content.decode()
    assert admin.post(one, {"points": 1}).status_code == 403
