"""Vouchers given by rule: to whom, when, once; nobody is flooded, and two workers at once give no more than one."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from clients import lunar
from clients.models import Client
from loyalty import refunds, voucher_listing, voucher_rules, vouchers
from loyalty.models import LoyaltyAccount, SegmentRules, Voucher, VoucherKind
from loyalty.voucher_costs import costs
from loyalty.vouchers import VoucherGone
from staff.jobs import Window
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, recorded, staff, tier
from tests.loyalty.gifts import of_rule
from tests.loyalty.together import at_once
from visits.models import Visit

pytestmark = pytest.mark.django_db
issue_due = voucher_rules.issue_due


def mine(who: Client) -> Voucher:
    return Voucher.objects.get(account=who.pk)


def regular(**fields: object) -> Client:
    """A client who has been coming for some time and is due nothing."""
    who = client(**fields)
    came(who, "468", days_before(40))
    return who


def test_it_works() -> None:
    came(new := client(), "468", days_before(1))
    child = regular(birthday_month=11, birthday_day=25)
    came(away := client(), "468", date(2026, 5, 22))

    assert issue_due(TODAY) == {"thank_you": 1, "birthday": 1, "dormant": 1}
    assert [mine(who).kind.rule for who in (new, child, away)] == ["thank_you", "birthday", "dormant"]
    assert mine(new).expires_on == TODAY + timedelta(days=60)
    assert mine(child).expires_on == date(2026, 11, 30)
    assert (mine(new).name, mine(new).source, mine(new).status) == ("新客礼 下次半价", "rule", "open")
    assert mine(new).code.isdigit()
    assert len(mine(new).code) == 8


def test_the_second_run_gives_nothing() -> None:
    came(client(), "468")
    regular(birthday_month=11, birthday_day=22)
    issue_due(TODAY)

    assert issue_due(TODAY) == {"thank_you": 0, "birthday": 0, "dormant": 0}
    assert issue_due(TODAY + timedelta(days=1)) == {"thank_you": 0, "birthday": 0, "dormant": 0}


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_eight_at_once_give_one_each() -> None:
    for _number in range(20):
        came(client(birthday_month=11, birthday_day=22), "468")
        came(client(), "468", date(2026, 5, 22))

    results = at_once(8, lambda _n: sum(issue_due(TODAY).values()))

    assert sum(results) == 60
    assert Voucher.objects.count() == 60


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_whom_the_counter_is_serving_is_left_to_the_next_run() -> None:
    came(first := client(), "468")
    came(client(), "468")

    with transaction.atomic():
        LoyaltyAccount.objects.locked(first)
        assert at_once(1, lambda _n: issue_due(TODAY)["thank_you"]) == [1]
    assert issue_due(TODAY)["thank_you"] == 1


def test_a_code_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    for _number in range(12):
        came(client(), "468")
    monkeypatch.setattr(voucher_rules, "CODES", 20)
    monkeypatch.setattr(voucher_rules, "ROUNDS", 500)

    assert issue_due(TODAY)["thank_you"] == 12
    assert Voucher.objects.values("code").distinct().count() == 12


# Who is thanked.


@pytest.mark.parametrize(("days", "thanked"), [(0, 1), (6, 1), (7, 0), (400, 0)])
def test_only_first_visits_of_the_last_days_are_thanked(days: int, thanked: int) -> None:
    came(client(), "468", days_before(days))

    assert issue_due(TODAY)["thank_you"] == thanked


def test_who_came_before_is_not_thanked() -> None:
    who = regular()
    came(who, "468")

    assert issue_due(TODAY)["thank_you"] == 0


def test_a_void_visit_is_no_first_visit_and_none_before() -> None:
    who, by = client(), staff(Role.MANAGER)
    refunds.void(came(who, "468", days_before(30)), "记错", by=by, at=noon())
    refunds.void(came(client(), "468"), "记错", by=by, at=noon())
    visit = came(who, "468")

    assert issue_due(TODAY)["thank_you"] == 1
    assert mine(who).occasion == f"thank_you:visit:{visit.pk}"


def test_an_import_of_old_visits_floods_nobody() -> None:
    for day in (days_before(300), days_before(2)):
        Visit.objects.create(
            client=client(), at=noon(day), day=day, gross=100, total=100, imported_from="旧系统", recorded_at=noon()
        )
    who = client()
    recorded(who, "100", days_before(1))
    voucher_rules.issue_due(TODAY)

    assert not Voucher.objects.exists()


def test_a_walk_in_gets_nothing() -> None:
    recorded(None, "468")

    assert issue_due(TODAY)["thank_you"] == 0


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_files_that_are_gone_get_nothing(status: str) -> None:
    other = regular()
    for who, on in (
        (client(), TODAY),
        (client(birthday_month=11, birthday_day=22), days_before(40)),
        (client(), days_before(184)),
    ):
        came(who, "468", on)
        Client.objects.filter(pk=who.pk).update(status=status, merged_into=other if status == "merged" else None)

    assert sum(issue_due(TODAY).values()) == 0


def test_a_void_withdraws_the_thanks_and_the_next_first_visit_is_thanked() -> None:
    who, by = client(), staff(Role.MANAGER)
    first = came(who, "468")
    issue_due(TODAY)

    with transaction.atomic():
        vouchers.undo_visit(first, by=by, at=noon())
        Visit.objects.filter(pk=first.pk).update(status="void", voided_at=noon(), void_reason="记错")
    again = came(who, "468")

    assert issue_due(TODAY)["thank_you"] == 1
    assert Voucher.objects.usable(TODAY).get().occasion == f"thank_you:visit:{again.pk}"


def test_thanks_that_were_used_are_not_given_again() -> None:
    who = client()
    first = came(who, "468")
    issue_due(TODAY)
    second = came(who, "468")
    vouchers.use(account_of(who), {mine(who).pk: Decimal(234)}, second)
    Visit.objects.filter(pk=first.pk).update(status="void", voided_at=noon(), void_reason="记错")

    assert issue_due(TODAY)["thank_you"] == 0


# Birthdays.


@pytest.mark.parametrize(
    ("month", "day", "given"),
    [(11, 22, 1), (11, 19, 1), (11, 18, 0), (11, 30, 1), (12, 1, 0), (11, 1, 0), (10, 22, 0)],
)
def test_a_birthday_voucher_holds_in_its_month(month: int, day: int, given: int) -> None:
    regular(birthday_month=month, birthday_day=day)

    assert issue_due(TODAY)["birthday"] == given


def test_it_is_there_from_the_first_of_the_month() -> None:
    who = regular(birthday_month=12, birthday_day=31)

    assert issue_due(date(2026, 11, 30))["birthday"] == 0
    assert issue_due(date(2026, 12, 1))["birthday"] == 1
    assert (mine(who).issued_on, mine(who).expires_on) == (date(2026, 12, 1), date(2026, 12, 31))
    assert mine(who).occasion == f"birthday:S2026:{who.pk}"


def test_a_kind_of_some_days_is_given_on_the_day() -> None:
    VoucherKind.objects.filter(rule="birthday").update(days_valid=14)
    who = regular(birthday_month=11, birthday_day=24)

    assert [issue_due(TODAY + timedelta(days=days))["birthday"] for days in range(4)] == [0, 0, 1, 0]
    assert mine(who).expires_on == date(2026, 12, 8)


def test_every_year_again() -> None:
    who = regular(birthday_month=11, birthday_day=25)

    years = [issue_due(date(year, 11, 25))["birthday"] for year in (2026, 2027, 2028)]

    assert years == [1, 1, 1]
    assert Voucher.objects.filter(account=who.pk).values("occasion").distinct().count() == 3


def test_a_lunar_birthday_goes_by_its_own_calendar() -> None:
    who = regular(birthday_calendar="lunar", birthday_month=10, birthday_day=14)
    on = lunar.kept_in(2026, 10, 14)
    assert on == TODAY  # the salon's sample has it on this very day

    assert issue_due(date(2026, 10, 31))["birthday"] == 0
    assert issue_due(date(2026, 11, 1))["birthday"] == 1
    assert mine(who).occasion == f"birthday:L2026:{who.pk}"


def test_a_lunar_day_thirty_is_kept_on_the_last_of_a_short_month() -> None:
    VoucherKind.objects.filter(rule="birthday").update(days_valid=14)
    short = next(month for month in lunar.months_of(2026) if month.length == 29 and not month.leap)
    who = regular(birthday_calendar="lunar", birthday_month=short.month, birthday_day=30)
    last = short.first + timedelta(days=28)

    assert issue_due(last - timedelta(days=1))["birthday"] == 0
    assert issue_due(last)["birthday"] == 1
    assert mine(who).issued_on == last


def test_born_on_29_february() -> None:
    VoucherKind.objects.filter(rule="birthday").update(days_valid=14)
    regular(birthday_month=2, birthday_day=29)

    assert [issue_due(date(2027, 2, day))["birthday"] for day in (27, 28)] == [0, 1]
    assert [issue_due(date(2028, 2, day))["birthday"] for day in (28, 29)] == [0, 1]


def test_another_calendar_is_no_second_birthday() -> None:
    who = regular(birthday_month=11, birthday_day=22)
    issue_due(TODAY)
    Client.objects.filter(pk=who.pk).update(birthday_calendar="lunar", birthday_month=10, birthday_day=20)

    assert issue_due(TODAY + timedelta(days=5))["birthday"] == 0


def test_who_never_came_is_no_member_yet() -> None:
    client(birthday_month=11, birthday_day=22)

    assert issue_due(TODAY)["birthday"] == 0


def test_only_from_its_tier_on() -> None:
    VoucherKind.objects.filter(rule="birthday").update(min_tier=tier("silver"))
    regular(birthday_month=11, birthday_day=22)
    golden = client(birthday_month=11, birthday_day=22)
    came(golden, "10000", days_before(40))

    assert issue_due(TODAY)["birthday"] == 1
    assert mine(golden)


def test_a_rule_out_of_use_gives_nothing() -> None:
    VoucherKind.objects.update(is_active=False)
    came(client(birthday_month=11, birthday_day=22), "468")
    came(client(), "468", date(2026, 5, 22))

    assert issue_due(TODAY) == {"thank_you": 0, "birthday": 0, "dormant": 0}


def test_the_terms_are_those_of_the_kind_on_that_day() -> None:
    came(who := client(), "468")
    VoucherKind.objects.filter(rule="thank_you").update(min_spend=200, stacks=True, name_en="Thanks")
    issue_due(TODAY)
    VoucherKind.objects.filter(rule="thank_you").update(min_spend=0, value=5)

    voucher, of = mine(who), of_rule("thank_you")
    assert (voucher.min_spend, voucher.stacks, voucher.value, voucher.name_en) == (200, True, 50, "Thanks")
    assert voucher.kind == of


# Who has not come for long.


@pytest.mark.parametrize(
    ("last", "given"),
    [
        (date(2026, 5, 23), 0),
        (date(2026, 5, 22), 1),
        (date(2026, 5, 16), 1),
        (date(2026, 5, 15), 0),
        (date(2024, 1, 1), 0),
    ],
)
def test_dormant_are_those_who_crossed_the_line_in_the_last_days(last: date, given: int) -> None:
    came(client(), "468", last)

    assert issue_due(TODAY)["dormant"] == given


def test_the_end_of_a_month_is_reached_by_its_last_day() -> None:
    came(client(), "468", date(2026, 8, 31))

    assert [issue_due(date(2027, 2, day))["dormant"] for day in (27, 28)] == [0, 1]


def test_once_for_each_last_visit() -> None:
    who = client()
    came(who, "468", date(2026, 5, 20))

    assert sum(issue_due(TODAY + timedelta(days=days))["dormant"] for days in range(10)) == 1
    came(who, "468", date(2026, 12, 24))
    assert sum(issue_due(date(2027, 6, 20) + timedelta(days=days))["dormant"] for days in range(10)) == 1


def test_who_never_spent_anything_is_not_dormant() -> None:
    came(client(), "0", date(2026, 5, 22))

    assert issue_due(TODAY)["dormant"] == 0


def test_the_months_are_the_salons() -> None:
    rules = SegmentRules.load()
    rules.dormant_months = 3
    rules.save()
    came(client(), "468", date(2026, 8, 22))

    assert issue_due(TODAY)["dormant"] == 1


# The task.


def test_the_day_is_done_once_and_thanks_go_out_every_hour() -> None:
    regular(birthday_month=11, birthday_day=22)
    assert voucher_rules.issue(Window(None, TODAY))["birthday"] == 1
    came(client(), "468")
    regular(birthday_month=11, birthday_day=23)

    tomorrow = TODAY + timedelta(days=1)
    assert voucher_rules.issue(Window(tomorrow, TODAY)) == {"thank_you": 1}
    assert voucher_rules.issue(Window(tomorrow, tomorrow))["birthday"] == 1


def test_a_voucher_by_rule_can_be_used_and_then_no_more() -> None:
    came(who := client(), "468")
    issue_due(TODAY)
    voucher, visit = mine(who), recorded(who, "100")
    vouchers.use(account_of(who), {voucher.pk: Decimal(50)}, visit)

    with pytest.raises(VoucherGone):
        vouchers.use(account_of(who), {voucher.pk: Decimal(50)}, recorded(who, "100"))


# A hundred thousand clients with five visits each. All are born in November: the hardest night there can be.
CROWD = """
INSERT INTO clients_client (name, honorific, gender, phone, second_phone, wechat_id, address, birthday_calendar,
    birthday_month, birthday_day, birthday_leap_month, guardian_agreed, source, occupation, interests, family,
    spending_background, note, status, do_not_contact, do_not_contact_reason, search_keys, imported_from,
    import_reference, created_at, touched_at, version, email, language)
SELECT '客', '', 'unknown', '', '', '', '', 'solar', 11, 19 + n %% 12, false, false, '', '', '', '', '', '', 'active',
       false, '', '{}', '', '', now(), now(), 1, '', 'zh-hans'
  FROM generate_series(1, 100000) AS n;
INSERT INTO visits_visit (checkout_key, content_hash, client_id, at, day, status, gross, tier_discount, manual_discount,
    total, refunded, tier_name, care_note, next_care, recorded_at, void_reason, imported_from)
SELECT gen_random_uuid(), '', id, now(), %(today)s::date - (CASE WHEN id %% 50 = 0 THEN 1 ELSE 30 + id %% 400 END)::int
       - 30 * turn, 'completed', 100, 0, 0, 100, 0, '', '', '', now(), '', ''
  FROM clients_client CROSS JOIN generate_series(0, 4) AS turn WHERE id %% 50 <> 0 OR turn = 0;
INSERT INTO loyalty_loyaltyaccount (client_id, balance, tier_id, segment, first_visit_on, last_visit_on, visits_12m,
    spend_12m, lifetime_visits, lifetime_spend)
SELECT client_id, 0, (SELECT id FROM loyalty_tier ORDER BY position LIMIT 1), '', min(day), max(day), 5, 500, 5, 500
  FROM visits_visit GROUP BY client_id;
ANALYZE clients_client; ANALYZE visits_visit; ANALYZE loyalty_loyaltyaccount
"""


@pytest.mark.drill
def test_a_hundred_thousand_clients_take_seconds() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CROWD, {"today": TODAY})
    began = time.monotonic()

    given = issue_due(TODAY)
    took = time.monotonic() - began
    began = time.monotonic()
    again = issue_due(TODAY)

    print(f"{given} in {took:.2f} s, again in {time.monotonic() - began:.2f} s")  # noqa: T201
    assert (given["thank_you"], given["birthday"]) == (2000, 100_000)
    assert sum(again.values()) == 0
    assert took < 20
    # The manager's list with all of these in it, and what they would cost.
    manager = staff(Role.MANAGER)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE loyalty_voucher")  # as the database does by itself between transactions
    for ask in (*(voucher_listing.Filters(state) for state in voucher_listing.State), None):
        began = time.monotonic()
        rows = voucher_listing.page(manager, ask, TODAY).rows if ask else costs(TODAY).kinds
        took = time.monotonic() - began
        print(f"{ask.state if ask else 'costs'}: {len(rows)} rows in {took * 1000:.0f} ms")  # noqa: T201
        assert took < 2
