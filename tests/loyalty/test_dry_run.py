"""What a threshold would do, held against doing it; and the admin's form, which saves only what was shown."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from loyalty import dry_run, segments, standing, tiers
from loyalty.dry_run import DryRun, Group, Way
from loyalty.models import LoyaltyAccount, LoyaltyRules, SegmentChange, SegmentRules, Tier, TierChange
from loyalty.months import months_before
from staff.roles import Role
from tests.loyalty.books import TODAY, client, days_before, noon, recorded, staff, tier
from tests.loyalty.test_refund_pages import signed_in
from tests.loyalty.test_segments import random_salon, ruled
from visits.models import Service, ServiceCategory, Visit, VisitLine
from visits.pricing import Wanted, price_line

pytestmark = pytest.mark.django_db


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def a_service() -> Service:
    return Service.objects.create(
        name="护理", price=100, minutes=60, category=ServiceCategory.objects.create(name="脸")
    )


def served(who: Client, service: Service, price: str, on: date, *, quantity: int = 1, percent: int = 0) -> Visit:
    """A visit of one line of a service, with the tier's discount of the day, and one product."""
    line = price_line(Wanted(Decimal(price), quantity, is_service=True), percent)
    visit = Visit.objects.create(
        client=who, at=noon(on), day=on, gross=line.gross + 50, tier_discount=line.tier_discount,
        total=line.amount + 50, by=staff(Role.FRONT_DESK),
    )  # fmt: skip
    VisitLine.objects.create(
        visit=visit, service=service, name="护理", quantity=quantity, unit_price=Decimal(price),
        tier_discount=line.tier_discount, amount=line.amount,
    )  # fmt: skip
    VisitLine.objects.create(visit=visit, position=1, name="发蜡", unit_price=50, amount=50)
    return visit


def tier_salon(chance: random.Random) -> None:
    """Clients in tiers they reached, tiers they would lose, and tiers set by hand."""
    service, steps = a_service(), tiers.ladder()
    for _ in range(40):
        who = client()
        for _ in range(chance.choice([0, 1, 3, 14, 25])):
            price = Decimal(chance.randrange(1, 200_000)) / 100
            served(who, service, f"{price:.2f}", days_before(chance.randrange(0, 420)), quantity=chance.choice([1, 3]),
                   percent=chance.choice([0, 5]))  # fmt: skip
    void = served(client(), service, "5000", TODAY)
    Visit.objects.filter(pk=void.pk).update(status="void", voided_at=void.at, void_reason="x")
    standing.rebuild_all(TODAY)
    tiers.review_due(TODAY)
    for account in LoyaltyAccount.objects.all():
        held, fate = chance.choice(steps), chance.random()
        if fate < 0.3 and held.position > account.tier.position:
            account.tier, account.review_on = held, TODAY + timedelta(days=chance.randrange(0, 300))
        elif fate < 0.5:
            account.tier, account.review_on = held, None
            account.tier_by_hand_until = TODAY + timedelta(days=chance.randrange(-1, 100))
        account.save()
    tiers.review_due(TODAY)
    gone = LoyaltyAccount.objects.exclude(tier=steps[0])[:1].get()
    Client.objects.filter(pk=gone.pk).update(status="erased")


def by_doing(figures: dict[str, Any] | None) -> tuple[dict[int, int], dict[int, int]]:
    """The tier of everybody by the end of the hour, and after the next review with today's figures; then undone."""
    with undone():
        if figures:
            Tier.objects.update_or_create(code=figures["code"], defaults=figures)
        tiers.review_due(TODAY)
        settled = dict(LoyaltyAccount.objects.values_list("pk", "tier"))
        LoyaltyAccount.objects.filter(review_on__isnull=False).update(review_on=TODAY)
        LoyaltyAccount.objects.filter(tier_by_hand_until__isnull=False).update(tier_by_hand_until=days_before(1))
        tiers.review_due(TODAY)
        return settled, dict(LoyaltyAccount.objects.values_list("pk", "tier"))


CHANGES: list[dict[str, Any]] = [
    {"code": "silver", "min_spend": Decimal("1000"), "min_visits": 5},
    {"code": "silver", "min_spend": Decimal("6000"), "min_visits": 20},
    {"code": "gold", "min_spend": Decimal("25000"), "min_visits": None, "discount_percent": 12},
    {"code": "black", "discount_percent": 30},
    {"code": "gold", "min_spend": Decimal("0"), "min_visits": None},
    {"code": "pearl", "name": "珍珠", "position": 7, "min_spend": Decimal("40000"), "discount_percent": 20},
]


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("figures", CHANGES)
def test_who_would_move_is_who_moves_when_it_is_done(seed: int, figures: dict[str, Any]) -> None:
    tier_salon(random.Random(seed))
    present = tiers.ladder()
    proposed = [one for one in tiers.ladder() if one.code != figures["code"]]
    changed = Tier.objects.filter(code=figures["code"]).first() or Tier(code=figures["code"])
    for name, value in figures.items():
        setattr(changed, name, value)
    proposed = sorted([*proposed, changed], key=lambda one: one.position)
    place = {one.pk or 0: one.position for one in proposed}

    run = dry_run.try_tiers(present, proposed, TODAY)

    settled_before, later_before = by_doing(None)
    settled_after, later_after = by_doing(figures)
    on_file = set(Client.objects.on_file().values_list("pk", flat=True))
    expected: dict[Way, set[int]] = {Way.UP: set(), Way.DOWN: set(), Way.STAYS: set()}
    for pk in on_file & set(later_before):
        new = later_after[pk] if later_after[pk] in place else 0
        settled = settled_after[pk] if settled_after[pk] in place else 0
        if place[settled] > place[settled_before[pk]]:
            expected[Way.UP].add(pk)
        elif place[new] < place[later_before[pk]]:
            expected[Way.DOWN].add(pk)
        elif place[new] > place[later_before[pk]]:
            expected[Way.STAYS].add(pk)
    assert {group.way: {one.client for one in group.clients} for group in run.groups} == expected
    assert run.count == sum(len(who) for who in expected.values())


def plain_discount(percents: dict[int, int]) -> Decimal:
    """The discount of everybody at the per cent of the client, line by line."""
    since, found = months_before(TODAY, 12), Decimal(0)
    lines = VisitLine.objects.filter(service__isnull=False, visit__status="completed").select_related("visit")
    for line in lines:
        if since < line.visit.day <= TODAY and line.visit.client_id:
            wanted = Wanted(line.unit_price, line.quantity, is_service=True)
            found += price_line(wanted, percents[line.visit.client_id]).tier_discount
    return found


@pytest.mark.parametrize("seed", range(2))
def test_what_the_discount_would_have_cost(seed: int) -> None:
    tier_salon(random.Random(seed))
    present, proposed = tiers.ladder(), tiers.ladder()
    silver = next(one for one in proposed if one.code == "silver")
    silver.min_spend, silver.discount_percent = Decimal("1500"), 8

    discount = dry_run.try_tiers(present, proposed, TODAY).discount

    assert discount is not None
    by_hand = set(LoyaltyAccount.objects.filter(tier_by_hand_until__gte=TODAY).values_list("pk", flat=True))
    held = dict(LoyaltyAccount.objects.values_list("pk", "tier"))
    now = {one.pk: one.discount_percent for one in present}
    then = {one.pk: one.discount_percent for one in proposed}
    figures = {"code": "silver", "min_spend": Decimal("1500"), "discount_percent": 8}
    before = {pk: now[held[pk] if pk in by_hand else later] for pk, later in by_doing(None)[1].items()}
    after = {pk: then[held[pk] if pk in by_hand else later] for pk, later in by_doing(figures)[1].items()}
    assert discount.present == plain_discount(before)
    assert discount.proposed == plain_discount(after)
    assert discount.difference == discount.proposed - discount.present
    given = VisitLine.objects.filter(
        visit__status="completed",
        visit__day__gt=months_before(TODAY, 12),
        visit__day__lte=TODAY,
        visit__client__isnull=False,
    )
    assert discount.given == sum(line.tier_discount for line in given)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize(
    "figures",
    [{"dormant_months": 1}, {"core_ratio": Decimal("0.5"), "core_visits": 1},
     {"reference_ticket": Decimal("1"), "core_visits": 2},
     {"new_days": 400, "new_visits": 9}, {"growth_visits": 1, "recent_days": 30}],
)  # fmt: skip
def test_who_would_change_the_segment_is_who_does(seed: int, figures: dict[str, Any]) -> None:
    random_salon(random.Random(seed), 30)
    standing.rebuild_all(TODAY)
    segments.rebuild_all(TODAY)
    before = dict(LoyaltyAccount.objects.values_list("pk", "segment"))
    rules = SegmentRules.load()
    for name, value in figures.items():
        setattr(rules, name, value)

    group = dry_run.try_segments(rules, TODAY).groups[0]

    with undone():
        ruled(**figures)
        segments.rebuild_all(TODAY)
        after = dict(LoyaltyAccount.objects.values_list("pk", "segment"))
    moved = {pk: (before[pk], after[pk]) for pk in before if before[pk] != after[pk]}
    names = segments.label
    assert {one.client: (one.before, one.after) for one in group.clients} == {
        pk: (names(was), names(new)) for pk, (was, new) in moved.items()
    }
    assert moved


def test_the_first_hundred_are_named_and_all_are_counted_in_one_question() -> None:
    for _ in range(103):
        recorded(client(), "4000")
    standing.rebuild_all(TODAY)
    present, proposed = tiers.ladder(), tiers.ladder()
    proposed[1].min_spend = Decimal("5000")
    tiers.review_due(TODAY)

    with CaptureQueriesContext(connection) as queries:
        run = dry_run.try_tiers(present, proposed, TODAY)

    assert len(queries) == 1
    down = group_of(run, Way.DOWN)
    assert (down.count, len(down.clients), down.more) == (103, 100, 3)
    assert down.clients[0].on == date(2027, 11, 22)


def group_of(run: DryRun, way: Way) -> Group:
    return next(group for group in run.groups if group.way == way)


# --- The form ---------------------------------------------------------------------------------------------------

SILVER = {
    "code": "silver", "name": "银卡", "name_en": "Silver", "position": "2", "min_spend": "3000", "min_visits": "12",
    "discount_percent": "5", "multiplier": "1", "birthday_multiplier": "2",
}  # fmt: skip


def salon_of_today() -> Client:
    """One client who is Silver by ¥4,000."""
    who = client()
    recorded(who, "4000", timezone.localdate())
    standing.rebuild_all(timezone.localdate())
    tiers.review_due(timezone.localdate())
    segments.rebuild_all(timezone.localdate())
    return who


def silver(**figures: str) -> dict[str, str]:
    return SILVER | {"position": str(tier("silver").position)} | figures


def sent(browser: Browser, figures: dict[str, str], pk: int | None = None) -> Any:
    where = reverse("admin:loyalty_tier_change", args=[pk]) if pk else reverse("admin:loyalty_tier_add")
    return browser.post(where, figures)


def seen_in(answer: Any) -> str:
    return str(answer.context["adminform"].form["seen"].value())


def test_refused_figures_show_nothing_and_a_forged_mark_counts_for_nothing() -> None:
    salon_of_today()
    admin, pk = signed_in(Role.ADMIN), tier("silver").pk

    refused = sent(admin, silver(min_spend="99999"), pk)
    forged = sent(admin, silver(min_spend="5000", seen="eyJ4IjoxfQ:1abc:forged"), pk)
    strange = sent(admin, silver(min_spend="5000", seen="\x00😀" * 50), pk)

    assert refused.context["adminform"].form.shown is None
    assert forged.context["adminform"].form.shown.count == 1
    assert strange.status_code == 400  # as anywhere
    assert tier("silver").min_spend == 3000


def test_shown_first_saved_second() -> None:
    who = salon_of_today()
    admin, pk = signed_in(Role.ADMIN, language="zh-hans"), tier("silver").pk

    first = sent(admin, silver(min_spend="5000", min_visits="13"), pk)

    page = first.content.decode()
    assert first.status_code == 200
    assert tier("silver").min_spend == 3000
    assert "尚未保存" in page
    assert who.name in page
    assert 'value="5000"' in page  # what was typed is still there
    assert "errornote" not in page
    assert not TierChange.objects.filter(why="review").exists()
    second = sent(admin, silver(min_spend="5000", min_visits="13", seen=seen_in(first)), pk)
    assert second.status_code == 302
    assert tier("silver").min_spend == 5000


def test_other_figures_than_those_shown_are_shown_again() -> None:
    salon_of_today()
    admin, pk = signed_in(Role.ADMIN), tier("silver").pk
    mark = seen_in(sent(admin, silver(min_spend="5000"), pk))

    assert sent(admin, silver(min_spend="5001", seen=mark), pk).status_code == 200
    Tier.objects.filter(code="gold").update(discount_percent=11)  # somebody else, meanwhile
    again = sent(admin, silver(min_spend="5000", seen=mark), pk)
    assert again.status_code == 200
    assert tier("silver").min_spend == 3000
    assert sent(admin, silver(min_spend="5000", seen=seen_in(again)), pk).status_code == 302


def test_what_moves_nobody_is_saved_at_once() -> None:
    answer = sent(signed_in(Role.ADMIN), silver(name_en="Argent", multiplier="1.1"), tier("silver").pk)

    assert answer.status_code == 302
    assert tier("silver").name_en == "Argent"


def test_a_discount_alone_and_a_new_tier_are_shown_too() -> None:
    salon_of_today()
    admin = signed_in(Role.ADMIN)

    cheaper = sent(admin, silver(discount_percent="9"), tier("silver").pk)
    pearl = silver(code="pearl", name="珍珠", name_en="Pearl", position="25", min_spend="3500", min_visits="")
    pearl["position"] = str(tier("black").position + 5)
    added = sent(admin, pearl | {"min_spend": "35000"})

    assert cheaper.context["adminform"].form.shown.count == 0
    assert "No client would move." in cheaper.content.decode()
    assert added.status_code == 200
    assert not Tier.objects.filter(code="pearl").exists()
    assert sent(admin, pearl | {"min_spend": "35000", "seen": seen_in(added)}).status_code == 302


SEGMENTS = {
    "dormant_months": "6", "new_days": "90", "new_visits": "3", "recent_days": "90", "core_visits": "4",
    "core_ratio": "1.50", "reference_ticket": "", "growth_visits": "3",
}  # fmt: skip


def test_the_rules_of_the_segments_are_shown_first_too() -> None:
    who = salon_of_today()
    admin, where = signed_in(Role.ADMIN, language="zh-hans"), reverse("admin:loyalty_segmentrules_change", args=[1])
    assert admin.get(where).status_code == 200

    first = admin.post(where, SEGMENTS | {"new_visits": "1"})

    assert first.status_code == 200
    assert "新客 → 常规" in first.content.decode()
    assert SegmentRules.load().new_visits == 3
    assert admin.post(where, SEGMENTS | {"new_visits": "1", "seen": seen_in(first)}).status_code == 302
    assert SegmentRules.load().new_visits == 1
    assert SegmentChange.objects.filter(account=who.pk).count() == 1  # moved within the hour, not by the form


@pytest.mark.parametrize(
    ("field", "value"), [("dormant_months", "0"), ("core_visits", "0"), ("core_ratio", "-1"), ("reference_ticket", "0")]
)
def test_senseless_rules_are_refused_beside_the_field(field: str, value: str) -> None:
    answer = signed_in(Role.ADMIN).post(
        reverse("admin:loyalty_segmentrules_change", args=[1]), SEGMENTS | {field: value}
    )

    assert list(answer.context["adminform"].form.errors) == [field]


def test_the_rules_of_the_membership_take_their_new_figures() -> None:
    admin, where = signed_in(Role.ADMIN), reverse("admin:loyalty_loyaltyrules_change", args=[LoyaltyRules.load().pk])
    figures = {
        "points_per_yuan": "1", "lapse_after_years": "1", "review_months": "12", "points_per_yuan_off": "0",
        "adjust_limit": "500", "cancel_hours": "24", "referral_points": "200",
    }  # fmt: skip

    refused = admin.post(where, figures)
    assert list(refused.context["adminform"].form.errors) == ["points_per_yuan_off"]
    assert admin.post(where, figures | {"points_per_yuan_off": "100"}).status_code == 302


@pytest.mark.parametrize(("field", "value"), [("points_per_yuan", "1000"), ("referral_points", "2147483647")])
def test_more_points_than_a_balance_holds_are_refused_beside_the_field(field: str, value: str) -> None:
    admin, where = signed_in(Role.ADMIN), reverse("admin:loyalty_loyaltyrules_change", args=[LoyaltyRules.load().pk])
    figures = {
        "points_per_yuan": "1", "lapse_after_years": "1", "review_months": "12", "points_per_yuan_off": "100",
        "adjust_limit": "500", "cancel_hours": "24", "referral_points": "200",
    }  # fmt: skip

    refused = admin.post(where, figures | {field: value})

    assert list(refused.context["adminform"].form.errors) == [field]


def test_a_multiplier_beyond_ten_is_a_slip() -> None:
    answer = sent(signed_in(Role.ADMIN), silver(multiplier="15.0"), tier("silver").pk)

    assert list(answer.context["adminform"].form.errors) == ["multiplier"]


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN, Role.MANAGER])
def test_only_the_admin_tries_thresholds(role: Role) -> None:
    answer = sent(signed_in(role), silver(min_spend="5000"), tier("silver").pk)

    assert answer.status_code in (302, 403)
    assert answer.context is None or "adminform" not in answer.context
