"""Why this segment and what is missing for the core, in the words of both languages, with the figures that decided."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from clients.models import Client
from loyalty import segments, standing
from loyalty.models import LoyaltyAccount
from loyalty.segment_explaining import SegmentExplanation, explain_segment
from staff.roles import Role
from tests.loyalty.books import TODAY, account_of, client, recorded
from tests.loyalty.test_refund_pages import signed_in
from tests.loyalty.test_segments import asks, ruled, who_came

pytestmark = pytest.mark.django_db


def told_of(who: Client, language: str = "zh-hans") -> SegmentExplanation:
    standing.rebuild_all(TODAY)
    segments.rebuild_all(TODAY)
    with translation.override(language):
        return explain_segment(account_of(who), TODAY)


def test_a_core_client_with_the_figures() -> None:
    ruled(reference_ticket=300)
    told = told_of(who_came(200, 80, 50, 20, 1, 0, spent="512"))

    assert (told.segment, told.name) == ("core", "核心忠诚")
    assert told.why == "近 90 天到店 5 天（须满 4 天）；客单价 ¥512，高于参考值 ¥300 的 1.5 倍"
    assert (told.missing, told.outlook) == ("", "")
    assert [check.is_met for check in told.core] == [True, True]
    assert [move.words for move in told.moves] == [told.why]


@pytest.mark.parametrize(
    ("days_ago", "spent", "why", "missing"),
    [
        (
            [200, 89, 1, 0], "450", "近 90 天到店 3 天（须满 3 天）",
            "距“核心忠诚”还差：90 天内再到店 1 天；客单价高于 ¥450",
        ),
        ([200, 90, 89, 1, 0], "450.01", "近 90 天到店 3 天（须满 3 天）", "距“核心忠诚”还差：90 天内再到店 1 天"),
        ([200, 60, 40, 1, 0], "450", "近 90 天到店 4 天（须满 3 天）", "距“核心忠诚”还差：客单价高于 ¥450"),
        (
            [200, 0], "900", "近 90 天到店 1 天，也没有未成交的咨询：其他分群都不符合。",
            "距“核心忠诚”还差：90 天内再到店 3 天",
        ),
        (
            [30], "100", "首次到店 2026年10月23日，不满 90 天；共到店 1 次，少于 3 次。",
            "距“核心忠诚”还差：90 天内再到店 3 天；客单价高于 ¥450",
        ),
        (
            [400, 200], "100", "最近到店 2026年5月6日，已满 6 个月。",
            "距“核心忠诚”还差：90 天内再到店 4 天；客单价高于 ¥450",
        ),
        ([5], "0", "还没有付费记录，暂不归入分群。", ""),
    ],
)  # fmt: skip
def test_why_and_what_is_missing(days_ago: list[int], spent: str, why: str, missing: str) -> None:
    ruled(reference_ticket=300)
    told = told_of(who_came(*days_ago, spent=spent))

    assert (told.why, told.missing) == (why, missing)


def test_in_english_and_whose_the_reference_is() -> None:
    who = who_came(200, 2, 1, 0, spent="500")
    asks(who)
    told = told_of(who, "en")

    assert told.why == "3 visits in 90 days (at least 3 ✓); an enquiry is open ✓"
    assert told.missing == "Missing for core loyal: 1 more visit within 90 days; an average ticket above ¥750"
    assert told.core[1].words == "Average ticket above ¥750 (¥500, the salon's average, × 1.5): ¥500"
    ruled(reference_ticket=100)
    assert "¥150 (¥100, the figure that the admin set" in told_of(who, "en").core[1].words


def test_a_client_who_meets_all_but_is_new_still() -> None:
    ruled(reference_ticket=10, new_visits=9)

    assert told_of(who_came(3, 2, 1, 0)).missing == "距“核心忠诚”还差：不再是“新客”"


def test_what_came_since_the_last_night_is_told_as_what_follows() -> None:
    who = who_came(200, 100)
    told_of(who)
    asks(who)

    with translation.override("zh-hans"):
        told = explain_segment(account_of(who), TODAY)

    assert told.segment == "regular"
    assert told.why.startswith("近 90 天到店 0 天")
    assert told.outlook == "按今天的数据应为“潜力成长”（有未成交的咨询）。分群最迟明天更新。"


def test_before_the_first_night_nothing_is_claimed() -> None:
    who = who_came(200, 1)
    standing.rebuild_all(TODAY)

    with translation.override("zh-hans"):
        told = explain_segment(account_of(who), TODAY)

    assert (told.segment, told.why) == ("", "")
    assert told.outlook.startswith("按今天的数据应为“常规”")


def test_the_moves_newest_first_and_a_bounded_number_of_questions() -> None:
    who = who_came(200, 100)
    told_of(who)
    enquiry = asks(who)
    for status in ("dropped", "open") * 20:
        segments.rebuild_all(TODAY)
        enquiry.status = status
        enquiry.save()
    account = account_of(who)

    with CaptureQueriesContext(connection) as queries:
        told = explain_segment(account, TODAY)

    assert len(queries) == 1
    assert len(told.moves) == 20
    assert {told.moves[0].before, told.moves[0].after} == {"常规", "潜力成长"}


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.ADMIN])
def test_the_file_shows_tier_and_segment_side_by_side(role: Role) -> None:
    today = timezone.localdate()
    who = client()
    for days in (200, 2, 1, 0):
        recorded(who, "3000", today - timedelta(days=days))
    standing.rebuild_all(today)
    segments.rebuild_all(today)
    browser = signed_in(role, language="zh-hans")
    address = reverse("frontdesk:client_file", args=[who.pk]) + "?tab=points"
    browser.get(address)

    with CaptureQueriesContext(connection) as queries:
        page = browser.get(address).content.decode()

    assert len(queries) <= 12
    assert 'id="tier-title"' in page
    assert 'id="segment-title"' in page
    assert "距“核心忠诚”还差" in page


def test_who_never_came_and_who_may_not_see_it() -> None:
    who = client()
    page = signed_in(Role.MANAGER).get(reverse("frontdesk:client_file", args=[who.pk]) + "?tab=points")
    assert "segment-title" not in page.content.decode()
    recorded(who, "10", timezone.localdate())
    LoyaltyAccount.objects.locked(who)
    beautician = signed_in(Role.BEAUTICIAN)
    assert beautician.get(reverse("frontdesk:client_file", args=[who.pk]) + "?tab=points").status_code in (403, 404)
