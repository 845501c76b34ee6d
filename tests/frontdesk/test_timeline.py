"""The timeline: everything that happened, in pages, and to each role only what it may see."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from clients.models import Consent, Enquiry, SkinRecord
from frontdesk.events import Kind, Place
from frontdesk.timeline import timeline_of, visits_of
from loyalty.models import TierChange
from staff.roles import Role
from tests.frontdesk import cast

pytestmark = pytest.mark.django_db


def test_it_tells_all_kinds_of_events_newest_first() -> None:
    desk, beautician = cast.staff(Role.MANAGER), cast.staff(Role.BEAUTICIAN)
    client = cast.client(created_at=cast.days_ago(400), created_by=desk)
    account = cast.member(client)
    visit = cast.visit(client, at=cast.days_ago(9), beautician=beautician, next_care="晚间加强保湿")
    cast.earned(account, 468, visit=visit)
    cast.earned(account, 200, why="推荐", at=cast.days_ago(5))
    figures = {"spend": "10420.00", "visits": 18, "min_spend": "10000.00"}
    TierChange.objects.create(
        account=account,
        from_tier=cast.tier("silver"),
        to_tier=cast.tier("gold"),
        why="earned",
        figures=figures,
        on=cast.days_ago(9).date(),
    )
    SkinRecord.objects.create(client=client, recorded_on=cast.days_ago(20).date(), skin_type="dry", concerns="细纹")
    Enquiry.objects.create(client=client, about="抗衰老疗程", asked_on=cast.days_ago(30).date())
    for purpose in (Consent.Purpose.FILE, Consent.Purpose.HEALTH):
        Consent.objects.create(client=client, purpose=purpose, given=True, at=cast.days_ago(400), by=desk)

    events = timeline_of(client, desk).events

    assert [event.kind for event in events] == [
        Kind.POINTS,
        Kind.TIER,
        Kind.VISIT,
        Kind.SKIN,
        Kind.ENQUIRY,
        Kind.CONSENT,
        Kind.FILE,
    ]
    points, tier, seen, skin, _, consent, _ = (event.facts for event in events)
    assert (points["points"], points["balance_after"]) == (200, 668)
    assert (tier["from"], tier["to"], tier["spend"], tier["up"]) == ("银卡", "金卡", Decimal("10420.00"), True)
    assert (seen["total"], seen["points"], seen["beauticians"]) == (Decimal("468.00"), 468, ["beautician-name"])
    assert seen["next_care"] == "晚间加强保湿"
    assert skin["concerns"] == "细纹"
    assert len(consent["labels"]) == 2


@pytest.mark.parametrize(("language", "more"), [("zh-hans", "金卡 · 微信"), ("en", "Gold · WeChat Pay")])
def test_a_visit_tells_the_tier_of_then_in_the_language_of_the_screen(language: str, more: str) -> None:
    client = cast.client()
    cast.visit(client, tier_name="金卡", tier_name_en="Gold")
    with override(language):
        assert timeline_of(client, cast.staff(Role.MANAGER)).events[0].facts["more"] == more


def test_a_visit_of_a_tier_without_an_english_name_keeps_the_one_it_has() -> None:
    with override("en"):
        assert cast.visit(cast.client(), tier_name="金卡").tier_label == "金卡"


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    manager = cast.staff(Role.MANAGER)
    client = cast.client(created_at=cast.days_ago(50))
    account = cast.member(client)
    for number in range(25):
        cast.visit(client, at=cast.days_ago(number // 3))
        cast.earned(account, 10, at=cast.days_ago(number // 4))

    seen: list[tuple[int, int]] = []
    before: Place | None = None
    for _ in range(20):
        page = timeline_of(client, manager, before, size=7)
        seen += [(event.kind, event.pk) for event in page.events]
        before = Place.read(str(page.more)) if page.more else None
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 51


def test_a_beautician_sees_her_own_services_without_amounts_or_points() -> None:
    mine, hers = cast.staff(Role.BEAUTICIAN), cast.staff(Role.BEAUTICIAN, "other")
    client = cast.client()
    cast.earned(cast.member(client), 5)
    own = cast.visit(client, beautician=mine, item="颈膜")
    cast.visit(client, beautician=hers, item="染发")

    events = timeline_of(client, mine).events

    assert [(event.kind, event.pk) for event in events] == [(Kind.VISIT, own.pk), (Kind.FILE, client.pk)]
    assert events[0].facts["title"] == ["颈膜"]
    assert not {"total", "points", "methods", "tier_name", "tier_name_en"} & set(events[0].facts)


@pytest.mark.parametrize("role", list(Role))
def test_it_asks_the_database_once(role: Role) -> None:
    user = cast.staff(role)
    client = cast.client()
    account = cast.member(client)
    for number in range(40):
        cast.earned(account, 1, visit=cast.visit(client, at=cast.days_ago(number), beautician=user))
    user = type(user).objects.get(pk=user.pk)
    assert user.rights

    with CaptureQueriesContext(
        connection,
    ) as queries:
        timeline_of(client, user)
        visits_of(client, user)

    assert len(queries) == 2


@pytest.mark.parametrize(
    "text", ["", "x", "2026-11-13.4", "2026-13-01.4.1", "2026-11-13.4.-1", f"2026-11-13.4.{2**63}"]
)
def test_a_place_that_is_none(text: str) -> None:
    assert Place.read(text) is None


def test_a_place_is_kept_in_the_address() -> None:
    place = Place(date(2026, 11, 13), Kind.VISIT, 7712)

    assert Place.read(str(place)) == place


def test_days_are_the_salons_own() -> None:
    late = timezone.localtime().replace(hour=0, minute=30) - timedelta(days=3)
    client = cast.client(created_at=late)

    (event,) = timeline_of(client, cast.staff(Role.MANAGER)).events

    assert event.day == late.date()
