"""Checking out: the visit with its points and tier, every refusal, and what happens when it is sent again."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clients.models import Attendance, Client
from loyalty.checkout import CheckoutChanged, CheckoutGone, CheckoutRefused, check_out
from loyalty.models import LoyaltyAccount, LoyaltyRules, MeanTicket, PointsEntry, SegmentRules
from staff.models import User
from staff.roles import Role
from tests.visits import shop
from visits.draft import Content, Paying
from visits.models import AllergyAcknowledgement, CheckoutRules, Draft, Payment, Product, Service, Visit

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
TODAY = date(2026, 11, 22)


@pytest.fixture
def care() -> Service:
    return shop.service(after_care="24 小时内勿用热水")


@pytest.fixture
def oil() -> Product:
    return shop.product()


@pytest.fixture
def wang() -> Client:
    return shop.client(birthday_month=11, birthday_day=30)


def refused(draft: Draft, by: User) -> CheckoutRefused:
    with pytest.raises(CheckoutRefused) as caught:
        check_out(draft, by=by, at=NOON)
    assert not Visit.objects.exists()
    assert Draft.objects.filter(pk=draft.pk).exists()
    return caught.value


def test_it_works(desk: User, lin: User, care: Service, oil: Product, wang: Client) -> None:
    lines = (shop.line(care, beautician=str(lin.pk)), shop.line(oil, "2", beautician=str(lin.pk)))
    draft = shop.draft(desk, wang, *lines, care_note="T 区仍干", next_care="三周后补水")

    receipt = check_out(draft, by=desk, at=NOON)

    visit = Visit.objects.get()
    assert (visit.gross, visit.tier_discount, visit.total) == (Decimal("666.00"), Decimal("46.80"), Decimal("619.20"))
    assert (visit.client, visit.by, visit.day, visit.at) == (wang, desk, TODAY, NOON)
    assert (visit.care_note, visit.next_care) == ("T 区仍干", "三周后补水")
    assert (visit.tier_name, visit.tier_name_en) == ("金卡", "Gold")
    assert [(line.name, line.amount, line.beautician) for line in visit.lines.all()] == [
        (care.name, Decimal("421.20"), lin),
        (oil.name, Decimal("198.00"), lin),
    ]
    assert [(paid.method, paid.amount) for paid in visit.payments.all()] == [("wechat", Decimal("619.20"))]
    assert receipt.points == 1238  # 619 points, doubled in the birthday month
    assert receipt.balance == LoyaltyAccount.objects.get().balance == 1238
    assert Attendance.objects.get().last_on == TODAY
    assert not Draft.objects.exists()


def test_a_large_visit_moves_the_tier_up_and_says_so(desk: User, care: Service) -> None:
    client = shop.client(tier="member")

    receipt = check_out(shop.draft(desk, client, shop.line(care, quantity="7")), by=desk, at=NOON)

    assert receipt.tier_change is not None
    assert receipt.tier_change.to_tier.code == "silver"
    assert receipt.points == 3276  # by the tier that was held when paying


def test_somebody_new_gets_an_account_and_a_prospect_becomes_active(desk: User, care: Service) -> None:
    client = shop.client(tier="", status=Client.Status.PROSPECT)

    receipt = check_out(shop.draft(desk, client, shop.line(care)), by=desk, at=NOON)

    client.refresh_from_db()
    assert client.status == Client.Status.ACTIVE
    assert (receipt.points, client.account.tier.code, client.account.lifetime_visits) == (468, "member", 1)


def test_a_walk_in_earns_nothing(desk: User, care: Service) -> None:
    receipt = check_out(shop.draft(desk, None, shop.line(care)), by=desk, at=NOON)

    assert receipt.visit.client is None
    assert receipt.visit.total == Decimal("468.00")
    assert (receipt.earned, receipt.balance, PointsEntry.objects.count()) == (None, None, 0)


@pytest.mark.parametrize("pay", [(), (Paying("wechat"),)])
def test_a_free_consultation_needs_no_payment_and_earns_nothing(
    desk: User, wang: Client, pay: tuple[Paying, ...]
) -> None:
    free = shop.service("皮肤咨询", "0.00")

    receipt = check_out(shop.draft(desk, wang, shop.line(free), pay=pay), by=desk, at=NOON)

    assert (receipt.visit.total, receipt.points, Payment.objects.count()) == (0, 0, 0)


def test_several_payments_add_up_the_open_one_takes_the_rest(desk: User, care: Service, oil: Product) -> None:
    pay = (Paying("cash", "２００"), Paying("card", "100"), Paying("wechat"))

    check_out(shop.draft(desk, None, shop.line(care), shop.line(oil, "2"), pay=pay), by=desk, at=NOON)

    paid = dict(Payment.objects.values_list("method", "amount"))
    assert paid == {"cash": Decimal(200), "card": Decimal(100), "wechat": Decimal("366.00")}


@pytest.mark.parametrize(
    ("amount", "told"), [("448", "20.00"), ("473", "5.00")], ids=["twenty still to pay", "five too much"]
)
def test_payments_that_do_not_add_up_are_refused_with_the_difference(
    desk: User, care: Service, amount: str, told: str
) -> None:
    wrong = refused(shop.draft(desk, None, shop.line(care), pay=(Paying("card", amount),)), desk)

    assert told in wrong.sheet.bill.errors["payments"]


def test_no_payment_at_all_is_refused(desk: User, care: Service) -> None:
    assert "468.00" in refused(shop.draft(desk, None, shop.line(care), pay=()), desk).sheet.bill.errors["payments"]


def test_nothing_in_it_is_refused(desk: User, wang: Client) -> None:
    assert "lines" in refused(shop.draft(desk, wang), desk).sheet.bill.errors


@pytest.mark.parametrize("typed", ["-1", "0", "1e9", "NaN", "100.001", "abc", "9" * 50])
@pytest.mark.parametrize("where", ["paid", "off"])
def test_every_wrong_amount_is_told_beside_its_field(desk: User, care: Service, typed: str, where: str) -> None:
    if where == "paid":
        bill = refused(shop.draft(desk, None, shop.line(care), pay=(Paying("cash", typed),)), desk).sheet.bill
        assert bill.payments[0].errors["amount"]
    else:
        line = shop.line(care, off_as="amount", off=typed, reason="生日")
        bill = refused(shop.draft(desk, None, line), desk).sheet.bill
        assert bill.lines[0].errors["off"]
        assert bill.lines[0].typed.off == typed


def test_cash_above_what_is_due_gives_change_and_only_what_is_due_is_recorded(desk: User, care: Service) -> None:
    pay = (Paying("wechat", "68"), Paying("cash", "500"))

    visit = check_out(shop.draft(desk, None, shop.line(care), pay=pay), by=desk, at=NOON).visit

    assert set(visit.payments.values_list("method", "amount")) == {
        ("wechat", Decimal("68.00")),
        ("cash", Decimal("400.00")),
    }


def test_no_other_method_gives_change(desk: User, care: Service) -> None:
    over = shop.draft(desk, None, shop.line(care), pay=(Paying("wechat", "500"),))

    assert "payments" in refused(over, desk).sheet.bill.errors


def test_more_than_a_receipt_holds_is_refused(desk: User) -> None:
    dear = shop.service("年度护理", "99999.99")

    assert "total" in refused(shop.draft(desk, None, shop.line(dear, quantity="2")), desk).sheet.bill.errors


@pytest.mark.parametrize(
    ("role", "off", "allowed"),
    [
        (Role.FRONT_DESK, "10", True),
        (Role.FRONT_DESK, "10.01", False),
        (Role.MANAGER, "50", True),
        (Role.MANAGER, "51", False),
    ],
)
def test_a_discount_by_hand_stays_within_the_limit_of_the_role(
    care: Service, role: Role, off: str, allowed: bool
) -> None:
    by = shop.worker(role)
    draft = shop.draft(by, None, shop.line(care, off=off, reason="老客"))
    if not allowed:
        assert "off" in refused(draft, by).sheet.bill.lines[0].errors
        return

    visit = check_out(draft, by=by, at=NOON).visit

    assert visit.manual_discount == (Decimal("468.00") * int(off) / 100).quantize(Decimal("0.01"))
    assert visit.lines.get().discount_reason == "老客"


@pytest.mark.parametrize(
    ("typed", "total"), [("9", "421.20"), ("9.5", "444.60"), ("95", "444.60"), ("９．５折", "444.60")]
)
def test_a_discount_said_in_tenths_leaves_that_part(desk: User, care: Service, typed: str, total: str) -> None:
    draft = shop.draft(desk, None, shop.line(care, off_as="zhe", off=typed, reason="老客"))

    assert check_out(draft, by=desk, at=NOON).visit.total == Decimal(total)


@pytest.mark.parametrize("typed", ["0", "0.9", "10", "100", "8.55", "abc", "-8", "8.9"])
def test_tenths_out_of_range_or_below_the_limit_are_told(desk: User, care: Service, typed: str) -> None:
    draft = shop.draft(desk, None, shop.line(care, off_as="zhe", off=typed, reason="老客"))

    assert "off" in refused(draft, desk).sheet.bill.lines[0].errors


def test_a_discount_in_yuan_has_the_same_limit(desk: User, care: Service) -> None:
    assert check_out(
        shop.draft(desk, None, shop.line(care, off_as="amount", off="46.80", reason="抹零")), by=desk, at=NOON
    ).visit.total == Decimal("421.20")
    over = shop.draft(desk, None, shop.line(care, off_as="amount", off="46.81", reason="抹零"))
    with pytest.raises(CheckoutRefused):
        check_out(over, by=desk, at=NOON)


@pytest.mark.parametrize("reason", ["", "\u200b\u2060"])
def test_a_discount_by_hand_needs_a_reason(desk: User, care: Service, reason: str) -> None:
    draft = shop.draft(desk, None, shop.line(care, off="5", reason=reason))
    assert "reason" in refused(draft, desk).sheet.bill.lines[0].errors


def test_an_allergy_stops_it_until_it_is_acknowledged_by_name(desk: User, wang: Client) -> None:
    peel = shop.service("果酸焕肤", ingredients="果酸、酒精")
    acid = shop.allergy(wang, "果酸")
    draft = shop.draft(desk, wang, shop.line(peel))

    wrong = refused(draft, desk)

    assert "果酸" in wrong.sheet.bill.lines[0].errors["allergy"]
    draft.content = Content.from_json(draft.content | {"acknowledged": [f"service:{peel.pk}:{acid.pk}"]}).as_json()
    check_out(draft, by=desk, at=NOON)
    kept = AllergyAcknowledgement.objects.get()
    assert (kept.item, kept.substance, kept.by) == ("果酸焕肤", "果酸", desk)


def test_another_allergy_is_not_acknowledged_with_the_first(desk: User, wang: Client) -> None:
    peel = shop.service("果酸焕肤", ingredients="果酸、酒精")
    acid, _alcohol = shop.allergy(wang, "果酸"), shop.allergy(wang, "酒精")

    draft = shop.draft(desk, wang, shop.line(peel), acknowledged=frozenset({f"service:{peel.pk}:{acid.pk}"}))

    assert "酒精" in refused(draft, desk).sheet.bill.lines[0].errors["allergy"]


def test_a_withdrawn_allergy_stops_nothing(desk: User, wang: Client) -> None:
    peel = shop.service("果酸焕肤", ingredients="果酸")
    acid = shop.allergy(wang, "果酸")
    acid.withdrawn_on = TODAY
    acid.save(update_fields=["withdrawn_on"])

    assert check_out(shop.draft(desk, wang, shop.line(peel)), by=desk, at=NOON).visit.pk


@pytest.mark.parametrize(
    ("when", "role", "allowed"),
    [
        ("2026-11-15", Role.FRONT_DESK, True),
        ("2026-11-14", Role.FRONT_DESK, False),
        ("2026-11-14", Role.MANAGER, True),
        ("2026-11-23", Role.MANAGER, False),
        ("1999-12-31", Role.MANAGER, False),
        ("nonsense", Role.MANAGER, False),
    ],
)
def test_the_day_of_the_visit(care: Service, when: str, role: Role, allowed: bool) -> None:
    by = shop.worker(role)
    draft = shop.draft(by, None, shop.line(care), when=when)
    if not allowed:
        assert "when" in refused(draft, by).sheet.bill.errors
        return

    visit = check_out(draft, by=by, at=NOON).visit

    assert visit.day == date.fromisoformat(when)
    assert visit.recorded_at == NOON


def test_an_earlier_day_never_moves_the_last_attendance_back(
    desk: User, lin: User, care: Service, wang: Client
) -> None:
    Attendance.objects.create(client=wang, user=lin, last_on=date(2026, 11, 20))

    check_out(shop.draft(desk, wang, shop.line(care, beautician=str(lin.pk)), when="2026-11-18"), by=desk, at=NOON)
    assert Attendance.objects.get().last_on == date(2026, 11, 20)

    check_out(shop.draft(desk, wang, shop.line(care, beautician=str(lin.pk))), by=desk, at=NOON)
    assert Attendance.objects.get().last_on == TODAY


def test_only_a_beautician_can_have_done_it(desk: User, care: Service) -> None:
    draft = shop.draft(desk, None, shop.line(care, beautician=str(desk.pk)))

    assert "beautician" in refused(draft, desk).sheet.bill.lines[0].errors


def test_what_is_no_longer_on_sale_is_refused(desk: User, care: Service) -> None:
    Service.objects.update(is_active=False)

    assert "item" in refused(shop.draft(desk, None, shop.line(care)), desk).sheet.bill.lines[0].errors


def test_another_total_than_was_shown_is_refused(desk: User, care: Service) -> None:
    draft = shop.draft(desk, None, shop.line(care))

    with pytest.raises(CheckoutRefused):
        check_out(draft, by=desk, at=NOON, shown=Decimal("467.00"))

    assert check_out(draft, by=desk, at=NOON, shown=Decimal("468.00")).visit.pk


def test_sent_again_it_gives_the_same_receipt(desk: User, care: Service, wang: Client) -> None:
    draft = shop.draft(desk, wang, shop.line(care))
    first = check_out(draft, by=desk, at=NOON)

    again = check_out(draft, by=desk, at=NOON)

    assert (again.visit, again.points, again.balance) == (first.visit, first.points, first.balance)
    assert PointsEntry.objects.count() == Visit.objects.count() == 1


@pytest.mark.parametrize("change", [{"payments": [{"method": "cash", "amount": "468"}]}, {"lines": []}])
def test_the_same_key_with_another_amount_is_told(
    desk: User, care: Service, wang: Client, change: dict[str, Any]
) -> None:
    draft = shop.draft(desk, wang, shop.line(care))
    done = check_out(draft, by=desk, at=NOON).visit
    draft.content |= change

    with pytest.raises(CheckoutChanged) as told:
        check_out(draft, by=desk, at=NOON)

    assert told.value.visit == done
    assert Visit.objects.count() == 1


def test_a_discarded_checkout_is_gone(desk: User, care: Service) -> None:
    draft = shop.draft(desk, None, shop.line(care))
    Draft.objects.all().delete()

    with pytest.raises(CheckoutGone):
        check_out(draft, by=desk, at=NOON)


@pytest.mark.parametrize("status", [Client.Status.ERASED, Client.Status.MERGED])
def test_a_file_that_was_merged_or_erased_meanwhile_is_refused(
    desk: User, care: Service, wang: Client, status: Client.Status
) -> None:
    draft = shop.draft(desk, wang, shop.line(care))
    other = shop.client("另一人") if status == Client.Status.MERGED else None
    Client.objects.filter(pk=wang.pk).update(status=status, merged_into=other)

    with pytest.raises(CheckoutGone):
        check_out(draft, by=desk, at=NOON)

    assert not Visit.objects.exists()


def test_when_anything_fails_nothing_is_written(
    desk: User, care: Service, wang: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("loyalty.checkout.tiers.reassess", fails)
    with pytest.raises(RuntimeError):
        check_out(shop.draft(desk, wang, shop.line(care)), by=desk, at=NOON)

    assert (Visit.objects.count(), PointsEntry.objects.count(), Draft.objects.count()) == (0, 0, 1)
    assert LoyaltyAccount.objects.get().balance == 0


def test_it_is_lean(desk: User, lin: User, care: Service, oil: Product, wang: Client) -> None:
    lines = (shop.line(care, beautician=str(lin.pk)), shop.line(oil, "2", beautician=str(lin.pk)))
    draft = shop.draft(desk, wang, *lines)
    CheckoutRules.load(), LoyaltyRules.load(), SegmentRules.load()
    MeanTicket.objects.create(on=TODAY, mean=Decimal(300))
    with CaptureQueriesContext(connection) as seen:
        check_out(draft, by=desk, at=NOON)

    asked = [query["sql"] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(asked) <= 22, "\n".join(asked)


def at_once(number: int, act: Callable[[], object]) -> list[object]:
    """What `act` gave in each of `number` threads that began together."""
    barrier, given = threading.Barrier(number), []

    def run() -> None:
        barrier.wait()
        try:
            given.append(act())
        except Exception as error:
            given.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("walk_in", [False, True])
def test_twenty_at_once_make_one_visit(desk: User, care: Service, walk_in: bool) -> None:
    client = None if walk_in else shop.client(birthday_month=11, birthday_day=30)
    draft = shop.draft(desk, client, shop.line(care))

    given = at_once(20, lambda: check_out(draft, by=User.objects.get(pk=desk.pk), at=NOON).visit.pk)

    assert given == [Visit.objects.get().pk] * 20
    assert PointsEntry.objects.count() == (0 if walk_in else 1)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_checkouts_of_one_client_all_count(desk: User, care: Service, wang: Client) -> None:
    drafts = [shop.draft(desk, wang, shop.line(care)) for _ in range(8)]

    def one() -> int:
        return check_out(drafts.pop(), by=User.objects.get(pk=desk.pk), at=NOON).points

    given = at_once(8, one)

    account = LoyaltyAccount.objects.get()
    assert given == [842] * 8  # 421 of 421.20 yuan, doubled
    assert account.balance == sum(PointsEntry.objects.values_list("points", flat=True)) == 8 * 842
    assert account.lifetime_spend == 8 * Decimal("421.20")


def test_a_tier_that_ended_gives_no_discount_though_no_job_came_by(desk: User, care: Service, wang: Client) -> None:
    LoyaltyAccount.objects.filter(client=wang).update(tier_by_hand_until=TODAY - timedelta(days=1))
    draft = shop.draft(desk, wang, shop.line(care), pay=(Paying("cash", ""),))

    check_out(draft, by=desk, at=NOON)

    visit = Visit.objects.get()
    assert (visit.tier_discount, visit.tier_name) == (Decimal(0), "会员")
