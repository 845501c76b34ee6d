"""Segments: the order, every boundary, one client and all of them alike, against the rule in plain Python."""

import random
import threading
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import Client, Enquiry
from loyalty import refunds, reviewing, segments, standing
from loyalty.checkout import check_out
from loyalty.models import LoyaltyAccount, MeanTicket, SegmentChange, SegmentRules
from loyalty.months import months_before
from staff import jobs
from staff.models import User
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, came, client, days_before, noon, recorded, staff
from tests.loyalty.together import at_once
from tests.visits import shop
from visits.models import Visit

pytestmark = pytest.mark.django_db


def ruled(**figures: object) -> None:
    SegmentRules.load()
    SegmentRules.objects.update(**figures)


def asks(who: Client, status: str = "open") -> Enquiry:
    return Enquiry.objects.create(client=who, about="染发", asked_on=TODAY, status=status)


def who_came(*days_ago: int, spent: str = "100", today: date = TODAY) -> Client:
    who = client()
    for days in days_ago:
        recorded(who, spent, days_before(days, today))
    return who


def segment_of(who: Client, today: date = TODAY) -> str:
    """By all at once; the same by one is held against it."""
    standing.rebuild_all(today)
    segments.rebuild_all(today)
    account = account_of(who)
    assert segments.refresh(account, today) is None
    return account.segment


def test_a_walk_in_a_prospect_and_who_never_spent_are_in_none() -> None:
    prospect, guest, given_back = client(), who_came(0, 1, 2, 3, spent="0"), who_came(1)
    asks(prospect)
    asks(guest)
    Visit.objects.filter(client=given_back).update(refunded=100)
    recorded(None, "500")

    assert segment_of(guest) == segment_of(given_back) == ""
    assert not LoyaltyAccount.objects.filter(client=prospect).exists()
    assert not SegmentChange.objects.exists()


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_a_file_that_is_gone_is_in_none(status: str) -> None:
    who = who_came(1)
    assert segment_of(who) == "new"

    into = client() if status == "merged" else None
    Client.objects.filter(pk=who.pk).update(status=status, merged_into=into)

    assert segment_of(who) == ""


@pytest.mark.parametrize(
    ("today", "last", "dormant"),
    [
        (date(2026, 8, 31), date(2026, 2, 28), True),  # 31 August less 6 months is the last day of February
        (date(2026, 8, 31), date(2026, 3, 1), False),
        (date(2024, 8, 31), date(2024, 2, 29), True),
        (date(2024, 8, 30), date(2024, 2, 29), True),
        (date(2024, 8, 28), date(2024, 2, 29), False),
        (date(2026, 11, 22), date(2026, 5, 22), True),
        (date(2026, 11, 22), date(2026, 5, 23), False),
    ],
)
def test_dormant_from_the_day_six_months_after(today: date, last: date, dormant: bool) -> None:
    who = client()
    for day in (last, last - timedelta(days=300)):
        recorded(who, "100", day)

    assert (segment_of(who, today) == "dormant") is dormant


def test_dormant_comes_before_everything_else() -> None:
    who = who_came(200)
    ruled(new_days=365)
    asks(who)

    assert segment_of(who) == "dormant"


@pytest.mark.parametrize(
    ("days_ago", "segment"),
    [
        ([89], "new"),
        ([90], "regular"),
        ([89, 0], "new"),
        ([89, 0, 0, 0], "new"),  # three receipts of one day are one visit
        ([89, 1, 0], "growth"),
        ([200, 0], "regular"),  # the first visit was long ago
    ],
)
def test_new_under_ninety_days_and_under_three_visits(days_ago: list[int], segment: str) -> None:
    assert segment_of(who_came(*days_ago)) == segment


def test_new_comes_before_core_and_growth() -> None:
    ruled(new_visits=9, reference_ticket=10)
    who = who_came(0, 1, 2, 3)
    asks(who)

    assert segment_of(who) == "new"


@pytest.mark.parametrize(
    ("days_ago", "spent", "segment"),
    [
        ([0, 30, 60, 89], "450.01", "core"),
        ([0, 30, 60, 89], "450.00", "growth"),  # strictly above
        ([0, 30, 60, 90], "450.01", "growth"),  # three within 90 days
        ([0, 0, 30, 60], "900", "growth"),  # two receipts of one day are one visit
        ([0, 30, 89], "900", "growth"),
        ([0, 30, 90], "900", "regular"),
    ],
)
def test_core_and_growth(days_ago: list[int], spent: str, segment: str) -> None:
    ruled(reference_ticket=300)
    who = who_came(*days_ago, 200, spent=spent)

    assert segment_of(who) == segment


def test_the_ticket_is_what_a_day_brought_in_twelve_months_to_the_last_cent() -> None:
    ruled(reference_ticket=300)
    just, exact = client(), client()
    for who, last in ((just, "600.01"), (exact, "600.00")):
        recorded(who, "9000", months_before(TODAY, 12))  # no longer counts
        for day, spent in ((80, "400"), (50, "400"), (20, "400"), (0, last)):
            recorded(who, spent, days_before(day))

    assert segment_of(just) == "core"  # 1,800.01 in 4 visits
    assert segment_of(exact) == "growth"


def test_an_open_enquiry_makes_growth_and_a_closed_one_does_not() -> None:
    who, done = who_came(100, 200), who_came(100, 200)
    enquiry = asks(who)
    for status in ("bought", "dropped"):
        asks(done, status)

    assert segment_of(done) == "regular"
    assert segment_of(who) == "growth"
    enquiry.status = "dropped"
    enquiry.save()
    assert segment_of(who) == "regular"


def test_the_reference_is_the_mean_of_the_salons_own_clients() -> None:
    high, low = who_came(200, 0, 1, 2, 3, spent="300"), who_came(200, 10, spent="100")
    recorded(None, "100")
    recorded(low, "9999", months_before(TODAY, 12))
    void = recorded(low, "500")
    Visit.objects.filter(pk=void.pk).update(status="void", voided_at=noon(), void_reason="x")
    standing.rebuild_all(TODAY)

    assert segments.mean_ticket() == Decimal("242.86")  # 5 × 300 + 2 × 100 on seven days
    assert segment_of(high) == "growth"
    ruled(core_ratio="1.23")
    assert segment_of(high) == "core"  # above 298.72
    ruled(reference_ticket=300)
    assert segment_of(high) == "growth"
    assert segment_of(low) == "regular"
    assert MeanTicket.objects.get().mean == Decimal("242.86")


def test_a_checkout_judges_by_the_mean_of_the_night() -> None:
    who = who_came(200, 1, 2, 3, spent="100")
    standing.rebuild_all(TODAY)
    assert segments.rebuild_all(TODAY) == 1
    came(client(), "90000")  # would lift the mean out of reach; counts from tomorrow
    ruled(core_ratio="0.5")
    account = account_of(who)
    recorded(who, "100")
    standing.refresh(account, TODAY)

    change = segments.refresh(account, TODAY)

    assert change is not None
    assert (change.from_segment, change.to_segment, account.segment) == ("growth", "core", "core")
    assert account_of(who).segment == "core"
    assert change.figures["reference"] == "100.00"


def test_every_move_keeps_its_figures() -> None:
    ruled(reference_ticket="300")
    who = who_came(200, 80, 50, 20, 0, spent="500")
    segment_of(who)
    segment_of(who, TODAY + timedelta(days=300))

    back, first = SegmentChange.objects.all()
    assert (first.from_segment, first.to_segment, first.on) == ("", "core", TODAY)
    assert first.figures == {
        "first_visit_on": days_before(200).isoformat(),
        "last_visit_on": TODAY.isoformat(),
        "visits": 5,
        "recent_visits": 4,
        "ticket": "500.00",
        "above": True,
        "enquiry": False,
        "reference": "300.00",
        "own_mean": False,
        "core_ratio": "1.50",
        "core_visits": 4,
        "growth_visits": 3,
        "recent_days": 90,
        "dormant_months": 6,
        "new_days": 90,
        "new_visits": 3,
    }
    assert (back.from_segment, back.to_segment) == ("core", "dormant")
    with pytest.raises(Exception, match="append_only"):
        SegmentChange.objects.filter(pk=back.pk).update(to_segment="new")


def plainly(who: Client, today: date, reference: Decimal) -> str:
    """The rule once more, in plain Python, straight from the visits."""
    days: dict[date, Decimal] = {}
    for visit in Visit.objects.filter(client=who, status="completed"):
        days[visit.day] = days.get(visit.day, Decimal(0)) + visit.total - visit.refunded
    if not sum(days.values()):
        return ""
    ordered = sorted(days)
    month, year = today.month - 6, today.year
    if month < 1:
        month, year = month + 12, year - 1
    if (ordered[-1].year, ordered[-1].month, ordered[-1].day) <= (year, month, today.day):
        return "dormant"
    if (today - ordered[0]).days < 90 and len(ordered) < 3:
        return "new"
    recent = [day for day in ordered if (today - day).days < 90]
    year_of = [spend for day, spend in days.items() if day > today.replace(year=today.year - 1)]
    if len(recent) >= 4 and sum(year_of) / len(year_of) > Decimal("1.5") * reference:
        return "core"
    if len(recent) >= 3 or who.enquiries.filter(status="open").exists():
        return "growth"
    return "regular"


def plain_mean(today: date) -> Decimal:
    since = today.replace(year=today.year - 1)
    known = Visit.objects.filter(status="completed", client__isnull=False)
    counting = [visit for visit in known if since < visit.day <= today]
    tickets = {(visit.client_id, visit.day) for visit in counting}
    return round(sum((visit.total - visit.refunded for visit in counting), Decimal(0)) / len(tickets), 2)


def random_salon(chance: random.Random, size: int) -> Sequence[Client]:
    people = [client() for _ in range(size)]
    for who in [*people, None, None]:
        for _ in range(chance.choice([0, 1, 2, 3, 5, 9])):
            total = Decimal(chance.choice([0, 10_000, 90_000, chance.randrange(0, 90_000)])) / 100
            visit = recorded(
                who, total, days_before(chance.choice([0, 20, 89, 90, 91, 184, 365, chance.randrange(500)]))
            )
            fate = chance.random()
            if fate < 0.15:
                Visit.objects.filter(pk=visit.pk).update(refunded=total)
            elif fate < 0.25:
                Visit.objects.filter(pk=visit.pk).update(status="void", voided_at=visit.at, void_reason="x")
        if who and chance.random() < 0.2:
            asks(who, chance.choice(["open", "open", "bought"]))
    return people


@pytest.mark.parametrize("seed", range(4))
def test_all_at_once_is_one_by_one_is_plain_python(seed: int) -> None:
    chance = random.Random(seed)
    people = random_salon(chance, 40)
    standing.rebuild_all(TODAY)
    segments.rebuild_all(TODAY)
    mean = plain_mean(TODAY)
    assert MeanTicket.objects.get(on=TODAY).mean == mean
    by_all = dict(LoyaltyAccount.objects.values_list("client", "segment"))
    found = {who.pk: plainly(who, TODAY, mean) for who in people}

    assert {pk: by_all.get(pk, "") for pk in found} == found
    assert len(set(found.values())) >= 5
    LoyaltyAccount.objects.update(segment="")
    for account in LoyaltyAccount.objects.all():
        segments.refresh(account, TODAY)
        assert account.segment == by_all[account.pk]


def test_only_who_moves_is_written() -> None:
    for _ in range(3):
        who_came(1)
    standing.rebuild_all(TODAY)

    assert segments.rebuild_all(TODAY) == 3
    assert segments.rebuild_all(TODAY) == 0
    assert SegmentChange.objects.count() == 3
    standing.rebuild_all(days_before(-100))
    assert segments.rebuild_all(days_before(-100)) == 3


def test_the_same_queries_for_any_number_and_one_at_the_checkout() -> None:
    for _ in range(20):
        who_came(0)
    standing.rebuild_all(TODAY)
    with CaptureQueriesContext(connection) as all_at_once:
        segments.rebuild_all(TODAY)
    account = LoyaltyAccount.objects.first()
    assert account
    with CaptureQueriesContext(connection) as one:
        segments.refresh(account, TODAY)

    assert len(all_at_once) <= 8  # with the savepoints
    assert len(one) == 1


def test_the_night_puts_everybody_where_they_belong_and_the_hour_after_new_rules() -> None:
    who = who_came(1)

    def reviewed(day: date) -> tuple[int, int, int]:
        found = jobs.run(reviewing.JOB, day, at=noon(day), work=reviewing.review, forced=True)
        assert found is not None
        return found["counted"], found["moved"], found["judged"]

    assert reviewed(TODAY)[1] == 1
    assert account_of(who).segment == "new"
    ruled(new_visits=1)
    assert reviewed(TODAY)[1] == 1
    assert account_of(who).segment == "regular"
    recorded(who, "100", days_before(0))
    assert reviewed(TODAY) == (0, 0, 0)
    assert reviewed(days_before(-1))[0] == 1


def test_a_salon_without_a_worker_still_judges() -> None:
    """No night was ever counted: the mean is taken from what is there."""
    who = client()
    came(who, "100", timezone.localdate())
    account = account_of(who)

    change = segments.refresh(account, timezone.localdate())

    assert change is not None
    assert change.to_segment == "new"
    assert change.figures["reference"] == "100.00"
    assert not MeanTicket.objects.exists()


@transaction.atomic
def came_and_moved(who: Client, on: date, desk: User) -> None:
    came(who, "10", on, by=desk)
    account = LoyaltyAccount.objects.locked(who)
    standing.refresh(account, TODAY)
    segments.refresh(account, TODAY)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_nights_and_checkouts_at_once_end_where_the_figures_say() -> None:
    people = [client() for _ in range(4)]
    desk = staff(Role.FRONT_DESK)
    done = threading.Event()
    segments.rebuild_all(TODAY)

    def work(place: int) -> None:
        if place >= len(people):
            while not done.is_set():
                segments.rebuild_all(TODAY)
            return
        for turn in range(6):
            came_and_moved(people[place], days_before(turn * 20), desk)
        if place == 0:
            done.set()

    assert at_once(len(people) + 2, work) == [None] * (len(people) + 2)
    segments.rebuild_all(TODAY)  # the last checkout may have come while a night was at work
    for account in LoyaltyAccount.objects.all():
        moves = list(account.segment_changes.order_by("pk").values_list("from_segment", "to_segment"))
        assert moves[0] == ("", "new")
        assert [after for _before, after in moves[:-1]] == [before for before, _after in moves[1:]]
        assert moves[-1][1] == account.segment == "growth"


def test_a_checkout_moves_the_segment_and_a_void_moves_it_back() -> None:
    today = timezone.localdate()
    who = who_came(200, 40, 20, today=today)
    assert segment_of(who, today) == "regular"
    desk, lin = staff(Role.FRONT_DESK), staff(Role.BEAUTICIAN)
    draft = shop.draft(desk, who, shop.line(shop.service(), beautician=str(lin.pk)))

    visit = check_out(draft, by=desk, at=timezone.now()).visit

    assert account_of(who).segment == "growth"
    refunds.void(visit, "记错客户", by=desk, at=timezone.now())
    assert account_of(who).segment == "regular"
    moves = list(SegmentChange.objects.order_by("pk").values_list("from_segment", "to_segment"))
    assert moves == [("", "regular"), ("regular", "growth"), ("growth", "regular")]
