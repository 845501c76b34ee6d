"""The pages of points by hand and of the printed statement: refused beside the field, done once, decided by two."""

import uuid
from datetime import date

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clients.models import Client
from loyalty import points
from loyalty.adjusting import adjust, decide
from loyalty.lapsing import lapse
from loyalty.models import Adjustment, PointsEntry
from staff.models import AuditEntry
from staff.roles import Role
from tests.loyalty.books import account_of, came, client, noon, staff
from tests.loyalty.test_refund_pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def who() -> Client:
    who = client()
    came(who, "500", timezone.localdate())
    return who


def send(browser: Browser, who: Client, **fields: object):  # type: ignore[no-untyped-def]
    sent = {"key": uuid.uuid4(), "way": "add", "points": "20", "reason": "补记", **fields}
    return browser.post(reverse("loyalty:adjust", args=[who.pk]), sent)


def test_points_by_hand_once_however_often_sent(who: Client) -> None:
    manager, key = signed_in(Role.MANAGER), uuid.uuid4()

    for _turn in range(2):
        answer = send(manager, who, key=key, points="２０")
        assert answer["Location"] == f"/clients/{who.pk}/?tab=points"
    send(manager, who, way="take", points="-１０")

    assert account_of(who).balance == 510
    page = manager.get(f"/clients/{who.pk}/?tab=points").content.decode()
    assert "补记" in page
    assert reverse("loyalty:adjust", args=[who.pk]) in page


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"points": typed}, "points")
        for typed in ("", "0", "-0", "1000000000000", "1e308", "NaN", "1.5", "十", "-5", "1" * 50, "1_0")
    ]
    + [
        ({"way": "take", "points": "501"}, "points"),
        ({"reason": " "}, "reason"),
        ({"reason": "长" * 201}, "reason"),
        ({"reason": "x" * 2_000_000}, "reason"),
        ({"way": "sideways"}, "way"),
        ({"key": "none"}, "key"),
    ],
)
def test_what_is_wrong_is_said_at_the_field(who: Client, fields: dict[str, str], wrong: str) -> None:
    answer = send(signed_in(Role.MANAGER), who, **fields)

    assert answer.status_code == 200
    assert wrong in answer.context["form"].errors
    assert account_of(who).balance == 500


def test_a_client_without_a_visit_may_be_given_points() -> None:
    new = client()

    assert signed_in(Role.MANAGER).get(reverse("loyalty:adjust", args=[new.pk])).status_code == 200
    send(signed_in(Role.MANAGER), new)

    assert account_of(new).balance == 20


def test_a_large_one_is_agreed_to_by_somebody_else(who: Client) -> None:
    asks, other = signed_in(Role.MANAGER), signed_in(Role.ADMIN, "owner")
    send(asks, who, points="5,000", reason="转来的积分")
    made = Adjustment.objects.get()
    here, page = reverse("loyalty:decide_adjustment", args=[made.pk]), reverse("loyalty:adjustments")
    assert "5,000" in asks.get(reverse("loyalty:adjust", args=[who.pk])).content.decode()
    assert here not in asks.get(page).content.decode()
    assert here in other.get(page).content.decode()

    for browser, sent in ((asks, "agree"), (other, "perhaps"), (other, "")):
        assert browser.post(here, {"decision": sent})["Location"] == page
        assert account_of(who).balance == 500
    for _turn in range(2):
        other.post(here, {"decision": "agree"})
    other.post(here, {"decision": "refuse"})

    assert account_of(who).balance == 5500
    seen = asks.get(page).content.decode()
    assert "owner" in seen
    assert "转来的积分" in seen
    assert other.post(reverse("loyalty:decide_adjustment", args=[2**62])).status_code == 404


def test_the_list_goes_on_page_by_page(who: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    manager = signed_in(Role.MANAGER)
    for _turn in range(31):
        adjust(who, 1, "补记", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon())
    for _turn in range(31):
        adjust(who, 2000, "补记", key=uuid.uuid4(), by=staff(Role.MANAGER), at=noon())
    page = reverse("loyalty:adjustments")
    manager.get(page)

    with django_assert_max_num_queries(12):
        first = manager.get(page)
    assert (len(first.context["waiting"]), len(first.context["done"])) == (31, 30)
    second = manager.get(page, {"after": first.context["page"]["after"]})
    assert len(second.context["done"]) == 1
    for nonsense in ("abc", "-1", "9" * 40, "٣"):
        assert manager.get(page, {"after": nonsense}).status_code == 200


# --- The statement ------------------------------------------------------------------------------------------------


def printed(browser: Browser, who: Client, **asked: str):  # type: ignore[no-untyped-def]
    return browser.get(reverse("loyalty:print_points", args=[who.pk]), asked)


def test_the_statement_tells_who_and_why_and_adds_up(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    who, manager = client(), staff(Role.MANAGER)
    came(who, "100", date(2025, 3, 1))
    came(who, "60", date(2026, 5, 1))
    made = adjust(who, 5000, "转来的积分", key=uuid.uuid4(), by=manager, at=noon(date(2026, 6, 1)))
    decide(made, True, by=staff(Role.ADMIN, "owner"), at=noon(date(2026, 6, 2)))
    points.post(account_of(who), PointsEntry.Kind.REDEEM, -30, "redeem:1", at=noon(date(2026, 7, 1)))
    lapse(date(2027, 1, 1), at=noon(date(2027, 1, 1)))
    browser = signed_in(Role.FRONT_DESK)
    signed_in(Role.MANAGER).get(reverse("loyalty:adjustments"))  # the connection's first page costs more

    with django_assert_max_num_queries(12):
        answer = printed(browser, who, **{"from": "2026-01-01", "to": "２０２６年12月31日"})

    told = answer.context["statement"]
    assert (told.opening, told.closing) == (100, 100 + 60 + 5000 - 30)
    assert [row.balance for row in told.lines] == [160, 5160, 5130]
    text = answer.content.decode()
    for words in ("转来的积分", "manager, agreed by owner", "¥60.00 paid"):
        assert words in text
    trail = AuditEntry.objects.get(action="printed")
    assert (trail.client_id, trail.actor_id) == (who.pk, staff(Role.FRONT_DESK).pk)
    later = printed(browser, who, **{"from": "2026-08-01"}).context["statement"]
    assert later.opening == 5130


def test_what_lapsed_by_night_says_so() -> None:
    who = client()
    came(who, "100", date(2024, 3, 1))
    lapse(timezone.localdate())

    text = printed(signed_in(Role.MANAGER), who).content.decode()

    assert "they were valid until 2025-12-31" in text
    assert "by rule" in text


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"from": "gestern"}, {"from"}),
        ({"from": "2026-02-30", "to": "x" * 5000}, {"from", "to"}),
        ({"from": "2026-05-01", "to": "2026-04-30"}, {"to"}),
        ({"from": "0001-01-01", "to": "9999-12-31"}, set()),
    ],
)
def test_days_that_are_none_are_said_beside_the_field(who: Client, asked: dict[str, str], wrong: set[str]) -> None:
    answer = printed(signed_in(Role.MANAGER), who, **asked)

    assert answer.status_code == 200
    assert set(answer.context["period"].errors) == wrong
    assert answer.context["statement"].closing == 500


def test_a_client_without_a_visit_has_an_empty_statement() -> None:
    answer = printed(signed_in(Role.ADMIN), client())

    assert answer.status_code == 200
    assert answer.context["statement"] is None
    assert printed(signed_in(Role.BEAUTICIAN), client()).status_code == 403
