"""Vouchers and entitlements at the checkout: what is refused and why, what is suggested; none is used twice."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.models import Client
from loyalty import checkout_benefits, points, vouchers
from loyalty.checkout import CheckoutRefused, Sheet, check_out, open_sheet
from loyalty.models import EntitlementUse, PointsEntry, Redemption, Voucher
from loyalty.vouchers import VoucherGone
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, staff, wrong
from tests.loyalty.gifts import at_once, given, kind, of_rule
from tests.loyalty.paying import NOON, drafted, paid, refused, with_points
from tests.loyalty.rewarding import DIGITS, PHONE, redeem, year_of_cuts
from tests.visits import shop
from visits.draft import Content
from visits.models import Draft, Product, Service, Visit

pytestmark = pytest.mark.django_db
REAL_THREADS = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def oil() -> Product:
    return shop.product()  # ¥198


@pytest.fixture
def who() -> Client:
    return with_points(0, phone=PHONE)


def sheet(who: Client, *lines: Any, **typed: Any) -> Sheet:
    """The checkout as the screen shows it."""
    account, content = account_of(who), Content(lines=lines, **typed)
    return open_sheet(content, who, account, by=staff(Role.FRONT_DESK), today=TODAY)


def entitled(who: Client, uses: int | None = 2) -> Redemption:
    """A year of cuts (¥80 each), had for points."""
    points.post(account_of(who), PointsEntry.Kind.BONUS, 5000, f"test:entitled:{who.pk}")
    return redeem(who, year_of_cuts(uses=uses), DIGITS)


# --- Vouchers ---------------------------------------------------------------------------------------------------


def test_the_picture_of_the_design(care: Service, oil: Product) -> None:
    who = with_points(0, tier="gold", birthday_month=11, birthday_day=9)
    back = given(who, of_rule("dormant"))

    receipt = paid(who, shop.line(care), shop.line(oil, "2"), vouchers=(back.pk,))

    visit = receipt.visit
    assert (visit.gross, visit.tier_discount, visit.voucher_discount) == (Decimal(666), Decimal("46.80"), Decimal(50))
    assert visit.total == Decimal("569.20")
    assert [(line.voucher_discount, line.amount) for line in visit.lines.all()] == [
        (Decimal("34.01"), Decimal("387.19")),
        (Decimal("15.99"), Decimal("182.01")),
    ]
    assert receipt.points == 1138  # of the money only, doubled in the birthday month
    back.refresh_from_db()
    assert (back.status, back.used_visit, back.used_on, back.saved) == ("used", visit, TODAY, Decimal(50))


def test_the_same_order_twice_is_one_visit_and_one_voucher(who: Client, care: Service) -> None:
    draft = drafted(who, shop.line(care), vouchers=(given(who).pk,))

    first, again = (check_out(draft, by=staff(Role.FRONT_DESK), at=NOON) for _turn in range(2))

    assert first.visit == again.visit
    assert (Visit.objects.count(), Voucher.objects.filter(status="used").count()) == (1, 1)
    assert again.vouchers == tuple(Voucher.objects.all())


def test_the_same_key_with_another_voucher_is_told(who: Client, care: Service) -> None:
    draft = drafted(who, shop.line(care), vouchers=(given(who).pk,))
    check_out(draft, by=staff(Role.FRONT_DESK), at=NOON)
    draft.content |= {"vouchers": []}

    with pytest.raises(Exception, match="金额不同"):
        check_out(draft, by=staff(Role.FRONT_DESK), at=NOON)


@pytest.mark.parametrize(
    ("terms", "told"),
    [
        ({"expires_on": TODAY - timedelta(days=1), "issued_on": TODAY - timedelta(days=9)}, "过期"),
        ({"issued_on": TODAY + timedelta(days=1)}, "起"),
        ({"status": "withdrawn", "withdrawn_at": NOON, "withdrawn_reason": "x"}, "作废"),
        ({"min_spend": Decimal("468.01")}, "468"),
    ],
    ids=["lapsed", "not yet", "withdrawn", "minimum spend"],
)
def test_one_that_may_not_be_used_is_refused_where_it_was_chosen(
    who: Client, care: Service, terms: dict[str, Any], told: str
) -> None:
    voucher = given(who, **terms)

    errors = refused(drafted(who, shop.line(care), vouchers=(voucher.pk,)))

    assert set(errors) == {f"voucher-{voucher.pk}"}
    assert told in errors[f"voucher-{voucher.pk}"]


def test_one_of_another_client_is_refused(who: Client, care: Service) -> None:
    other = given(with_points(0))

    assert set(refused(drafted(who, shop.line(care), vouchers=(other.pk, 2**62)))) == {
        f"voucher-{other.pk}",
        f"voucher-{2**62}",
    }


def test_the_minimum_spend_is_measured_before_vouchers_and_entitlements(who: Client, care: Service) -> None:
    had, voucher = entitled(who), given(who, min_spend=Decimal(548))
    cut = had.service
    assert cut

    visit = paid(who, shop.line(care), shop.line(cut, "2"), vouchers=(voucher.pk,), entitlements=(had.pk,)).visit

    assert visit.voucher_discount == 130


def test_one_for_a_service_without_it_on_the_bill_is_greyed_and_says_why(who: Client, oil: Product) -> None:
    voucher = given(who, kind("体验券", "trial", 0, service=shop.service("肩颈舒缓", "268.00")))

    chip = sheet(who, shop.line(oil)).benefits.vouchers[0]

    assert not chip.chosen
    assert chip.why
    assert set(refused(drafted(who, shop.line(oil), vouchers=(voucher.pk,)))) == {f"voucher-{voucher.pk}"}


def test_two_that_do_not_go_together_are_refused(who: Client, care: Service) -> None:
    one, other = given(who), given(who, kind("别的"))

    assert set(refused(drafted(who, shop.line(care), vouchers=(one.pk, other.pk)))) == {f"voucher-{other.pk}"}


def test_the_best_set_is_suggested_and_one_tap_takes_it(who: Client, care: Service) -> None:
    small, half = given(who, kind("¥20", value=20)), given(who, kind("半价", "percent", 50))
    lapsed = given(who, kind("旧"), expires_on=TODAY - timedelta(days=1), issued_on=TODAY - timedelta(days=9))

    seen = sheet(who, shop.line(care)).benefits

    assert (seen.best, seen.best_saves, seen.suggests) == ((half.pk,), Decimal(234), True)
    assert {chip.pk: (chip.saves, chip.is_best) for chip in seen.vouchers} == {
        small.pk: (Decimal(20), False),
        half.pk: (Decimal(234), True),
    }
    assert lapsed.pk not in {chip.pk for chip in seen.vouchers}
    assert not sheet(who, shop.line(care), vouchers=seen.best).benefits.suggests


def test_a_tap_on_one_that_goes_with_no_other_takes_their_place(who: Client) -> None:
    alone, first, second = given(who), given(who, kind("a", stacks=True)), given(who, kind("b", stacks=True))
    client = who.pk

    both = checkout_benefits.tapped(checkout_benefits.tapped(Content(), first.pk, client), second.pk, client)
    assert both.vouchers == (first.pk, second.pk)
    only = checkout_benefits.tapped(both, alone.pk, client)
    assert only.vouchers == (alone.pk,)
    assert checkout_benefits.tapped(only, first.pk, client).vouchers == (first.pk,)
    assert checkout_benefits.tapped(only, alone.pk, client).vouchers == ()
    assert checkout_benefits.tapped(only, given(with_points(0), kind("c")).pk, client) == only


def test_stacking_ones_are_used_together(who: Client, care: Service) -> None:
    both = [given(who, kind(name, stacks=True)).pk for name in ("a", "b")]

    assert paid(who, shop.line(care), vouchers=tuple(both)).visit.total == Decimal(368)


def test_what_a_voucher_pays_whole_is_no_paid_visit(who: Client) -> None:
    wash = shop.service("洗发", "30.00")

    receipt = paid(who, shop.line(wash), vouchers=(given(who).pk,), pay=())

    assert (receipt.visit.total, receipt.visit.voucher_discount, receipt.points) == (0, Decimal(30), 0)
    assert account_of(who).lifetime_visits == 1
    assert wrong() == []


def test_an_earlier_day_asks_for_what_was_valid_then(who: Client, care: Service) -> None:
    voucher = given(who, issued_on=date(2026, 10, 1), expires_on=date(2026, 11, 20))
    line = shop.line(care)

    assert refused(drafted(who, line, vouchers=(voucher.pk,)))
    visit = paid(who, line, vouchers=(voucher.pk,), when="2026-11-19").visit
    voucher.refresh_from_db()
    assert (voucher.used_on, visit.total) == (date(2026, 11, 19), Decimal(418))


# --- Codes ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["{0}", "{0[0]}{0[1]}{0[2]}{0[3]} {0[4]}{0[5]}{0[6]}{0[7]}", " {0} "])
def test_a_code_that_is_read_out_takes_the_voucher(who: Client, shape: str) -> None:
    voucher = given(who)
    content = Content(voucher_code=shape.format(voucher.code))

    assert checkout_benefits.with_code(content, who.pk, TODAY) == Content(vouchers=(voucher.pk,))


def test_full_width_digits_are_digits(who: Client) -> None:
    voucher = given(who)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in voucher.code)

    assert checkout_benefits.with_code(Content(voucher_code=wide), who.pk, TODAY).vouchers == (voucher.pk,)


def test_the_code_of_one_that_is_chosen_already_changes_nothing(who: Client) -> None:
    voucher = given(who)
    content = Content(vouchers=(voucher.pk,), voucher_code=voucher.code)

    assert checkout_benefits.with_code(content, who.pk, TODAY).vouchers == (voucher.pk,)


@pytest.mark.parametrize("typed", ["1234", "abcdefgh", "１２３４５６７", "00000000", "\0", "9" * 90])
def test_a_wrong_code_is_told_and_stops_the_checkout(who: Client, care: Service, typed: str) -> None:
    content = Content(voucher_code=typed)

    assert checkout_benefits.with_code(content, who.pk, TODAY) == content
    if typed != "\0":  # nothing is left of it once it is read
        assert set(refused(drafted(who, shop.line(care), voucher_code=typed))) == {"voucher_code"}


def test_a_code_of_another_client_is_refused_without_naming_her(who: Client, care: Service) -> None:
    other = with_points(0)
    Client.objects.filter(pk=other.pk).update(name="陈静")
    code = given(other).code

    told = refused(drafted(who, shop.line(care), voucher_code=code))["voucher_code"]

    assert "别的客户" in told
    assert "陈静" not in told


def test_a_code_that_was_used_says_where(who: Client, care: Service) -> None:
    voucher = given(who)
    visit = paid(who, shop.line(care), vouchers=(voucher.pk,)).visit

    assert visit.number in refused(drafted(who, shop.line(care), voucher_code=voucher.code))["voucher_code"]


def test_who_has_no_membership_yet_has_no_code(care: Service) -> None:
    new = Client.objects.create(name="新客")

    assert set(refused(drafted(new, shop.line(care), voucher_code="12345678"))) == {"voucher_code"}


# --- Entitlements -----------------------------------------------------------------------------------------------


def test_when_all_pieces_are_paid_no_cent_of_the_rounding_is_left(who: Client) -> None:
    points.post(account_of(who), PointsEntry.Kind.BONUS, 15000, "test:three")
    reward = year_of_cuts()
    had = [redeem(who, reward, DIGITS) for _time in range(3)]
    assert reward.service
    three = shop.line(reward.service, quantity="3", off="0.02", off_as="amount", reason="抹零")

    visit = paid(who, three, entitlements=tuple(one.pk for one in had)).visit

    assert (visit.voucher_discount, visit.total) == (Decimal("239.98"), 0)
    assert wrong() == []


def test_an_entitlement_pays_one_piece_of_its_service(who: Client, care: Service) -> None:
    had = entitled(who)
    cut = had.service
    assert cut

    visit = paid(who, shop.line(care), shop.line(cut, "2", quantity="2"), entitlements=(had.pk,)).visit

    assert (visit.gross, visit.voucher_discount, visit.total) == (Decimal(628), Decimal(80), Decimal(548))
    assert visit.lines.get(service=cut).amount == 80
    had.refresh_from_db()
    assert (had.used, EntitlementUse.objects.get().visit) == (1, visit)
    assert wrong() == []


def test_an_entitlement_without_its_service_is_refused_and_says_so(who: Client, care: Service) -> None:
    had = entitled(who)

    chip = sheet(who, shop.line(care)).benefits.entitlements[0]
    assert "剪发" in chip.why
    assert set(refused(drafted(who, shop.line(care), entitlements=(had.pk,)))) == {f"entitlement-{had.pk}"}


def test_an_entitlement_of_another_client_or_used_up_is_refused(who: Client) -> None:
    had = entitled(who, uses=1)
    cut = had.service
    assert cut
    paid(who, shop.line(cut), entitlements=(had.pk,), pay=())

    assert set(refused(drafted(who, shop.line(cut), entitlements=(had.pk,)))) == {f"entitlement-{had.pk}"}
    other = with_points(0)
    assert set(refused(drafted(other, shop.line(cut), entitlements=(had.pk,)))) == {f"entitlement-{had.pk}"}


def test_it_is_not_used_up_for_nothing(who: Client) -> None:
    had = entitled(who)
    free = had.service
    assert free
    Service.objects.filter(pk=free.pk).update(price=0)

    assert set(refused(drafted(who, shop.line(free), entitlements=(had.pk,)))) == {f"entitlement-{had.pk}"}


def test_a_piece_that_an_entitlement_paid_is_not_paid_by_a_voucher_too(who: Client, care: Service) -> None:
    had = entitled(who)
    cut = had.service
    assert cut
    trial = given(who, kind("试剪", "trial", 0, service=cut))

    draft = drafted(who, shop.line(cut), shop.line(care, "2"), vouchers=(trial.pk,), entitlements=(had.pk,))

    assert set(refused(draft)) == {f"voucher-{trial.pk}"}


# --- At once ----------------------------------------------------------------------------------------------------


@REAL_THREADS
@pytest.mark.parametrize("threads", [8, 20])
def test_the_last_voucher_in_many_drafts_is_used_once(care: Service, threads: int) -> None:
    who, desk = with_points(0), staff(Role.FRONT_DESK)
    voucher = given(who)
    drafts = [drafted(who, shop.line(care), vouchers=(voucher.pk,)) for _ in range(threads)]

    results = at_once(threads, lambda n: check_out(drafts[n], by=User.objects.get(pk=desk.pk), at=NOON))

    done = [one for one in results if not isinstance(one, Exception)]
    told = [one.sheet.bill.errors[f"voucher-{voucher.pk}"] for one in results if isinstance(one, CheckoutRefused)]
    assert (len(done), len(told)) == (1, threads - 1)
    assert all(done[0].visit.number in words for words in told)
    assert (Visit.objects.count(), Draft.objects.count()) == (1, threads - 1)
    assert wrong() == []


@REAL_THREADS
def test_the_last_use_of_an_entitlement_is_used_once() -> None:
    who, desk = with_points(0, phone=PHONE), staff(Role.FRONT_DESK)
    had = entitled(who, uses=1)
    cut = had.service
    assert cut
    drafts = [drafted(who, shop.line(cut), entitlements=(had.pk,)) for _ in range(8)]

    results = at_once(8, lambda n: check_out(drafts[n], by=User.objects.get(pk=desk.pk), at=NOON))

    assert sum(isinstance(one, CheckoutRefused) for one in results) == 7
    assert (Visit.objects.count(), EntitlementUse.objects.count()) == (1, 1)


def test_one_that_is_gone_at_the_very_last_moment_is_told_and_nothing_is_written(
    who: Client, care: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = given(who)
    draft = drafted(who, shop.line(care), vouchers=(voucher.pk,))

    def too_late(*args: object) -> None:
        raise VoucherGone(voucher, "刚刚被用掉")

    monkeypatch.setattr(vouchers, "use", too_late)

    assert refused(draft)["total"] == "刚刚被用掉"
