"""The manager's page of the membership: who may, the numbers against the lists they lead to, the budget."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clients.models import Client
from loyalty import bookkeeping, segments, standing, tiers
from loyalty.models import BookFault, LoyaltyAccount
from loyalty.overview import overview
from staff.models import JobRun
from staff.roles import Role
from tests.loyalty.books import client, recorded
from tests.loyalty.test_refund_pages import signed_in
from tests.loyalty.test_segments import asks

pytestmark = pytest.mark.django_db
PAGE = "/membership/"


def a_salon() -> list[Client]:
    """One of every segment, tiers apart, one file in none and one that was erased."""
    today, people = timezone.localdate(), []
    for days_ago, spent in (
        ([400, 200], "100"), ([10], "100"), ([200, 9, 6, 3, 0], "3000"), ([200, 80, 40, 1], "50"), ([200, 100], "50"),
        ([3], "0"), ([5], "9000"),
    ):  # fmt: skip
        people.append(client())
        for days in days_ago:
            recorded(people[-1], spent, today - timedelta(days=days))
    Client.objects.filter(pk=people[-1].pk).update(status="erased")
    asks(people[3])
    standing.rebuild_all(today)
    segments.rebuild_all(today)
    tiers.review_due(today)
    return people


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.BEAUTICIAN])
def test_not_for_the_counter(role: Role) -> None:
    assert signed_in(role).get(PAGE).status_code == 403


def test_an_empty_salon_says_how_it_begins() -> None:
    answer = signed_in(Role.MANAGER, language="zh-hans").get(PAGE)

    assert answer.status_code == 200
    assert "第一次到店后就会有等级和分群" in answer.content.decode()


def test_every_number_is_the_list_that_it_leads_to() -> None:
    a_salon()
    manager = signed_in(Role.MANAGER)

    page = manager.get(PAGE).content.decode()

    found = re.findall(r'href="(/clients/\?[^"]+)">([\d,]+)</a>', page)
    assert len(found) >= 12
    for link, number in found:
        listed = manager.get(link.replace("&amp;", "&"))
        assert len(listed.context["page"].clients) == int(number), link
    counted = overview(timezone.localdate())["matrix"]
    assert [cell.count for cell in counted.sums.cells] == [1, 1, 1, 1, 1, 1]
    assert counted.sums.total == 6


def test_moves_up_down_and_between() -> None:
    people = a_salon()
    today = timezone.localdate()
    later = today + timedelta(days=364)
    Client.objects.filter(pk=people[-1].pk).update(status="active")

    seen = overview(today)
    assert (seen["up"], seen["down"]) == (2, 0)  # the erased file's account rose too: it was there at the time
    assert {(flow.before, flow.count) for flow in seen["segment_flows"]} == {("", 1)}
    assert {move.client for move in seen["tier_moves"]} == {people[2].pk, people[-1].pk}
    assert seen["segment_moves"] == []

    LoyaltyAccount.objects.filter(tier_since=today).update(review_on=later)
    standing.rebuild_all(later)
    segments.rebuild_all(later)
    tiers.review_due(later)
    seen = overview(later)
    assert seen["down"] == 2
    assert not next(flow for flow in seen["flows"]).is_up
    assert ("核心忠诚", "沉睡") in {(flow.before, flow.after) for flow in seen["segment_flows"]}
    assert overview(later + timedelta(days=31))["flows"] == []


def test_the_page_tells_what_waits_and_the_thresholds() -> None:
    a_salon()

    manager = signed_in(Role.MANAGER, language="zh-hans").get(PAGE).content.decode()
    admin = signed_in(Role.ADMIN, language="en").get(PAGE).content.decode()

    assert "12 个月消费 ¥10,000" in manager
    assert "项目 9 折" in manager
    assert reverse("admin:loyalty_tier_changelist") not in manager
    assert reverse("admin:loyalty_tier_changelist") in admin
    assert "at least 4 visits in 90 days, and an average ticket above 1.5 × the reference" in admin


def test_the_same_questions_for_any_number() -> None:
    manager = signed_in(Role.MANAGER)
    manager.get(PAGE)
    people = a_salon()
    BookFault.objects.create(client_id=people[0].pk, told="x", found_at=timezone.now())
    JobRun.objects.create(
        job=bookkeeping.CHECK, started_at=timezone.now(), finished_at=timezone.now(), counts={"faults": 1}
    )

    with CaptureQueriesContext(connection) as queries:
        manager.get(PAGE)

    assert len(queries) <= 12
