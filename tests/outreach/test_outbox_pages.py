"""The page of messages that go out by themselves, and what is decided there."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from outreach.models import ChannelSetting, Message, Way
from staff.models import User
from staff.roles import Role
from tests.outreach.posting import Status, due, somebody
from tests.staff.cast import signed_in, staff

pytestmark = pytest.mark.django_db
PAGE = "/messages/"


@pytest.fixture
def desk() -> User:
    return staff(Role.FRONT_DESK)


@pytest.fixture
def at_desk(desk: User) -> Browser:
    return signed_in(desk)


def message(status: str, name: str = "王丽华", **fields: Any) -> Message:
    """A message in this state."""
    task = due(somebody(name))
    now = timezone.now()
    fields = {"sent_at": now if status == "sent" else None, "lease_until": now, "body": f"{name}，您好"} | fields
    return Message.objects.create(
        task=task, client=task.client, way="sms", key=f"k{task.pk}", status=status, to="+8613800138000", **fields
    )


def page(at_desk: Browser, query: str = "") -> str:
    answer = at_desk.get(PAGE + query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_works(at_desk: Browser, desk: User) -> None:
    one = message(Status.CHECK, error="timeout")
    told = page(at_desk)
    assert "王丽华" in told
    assert "服务商没有及时答复" in told
    assert "13800138000" not in told

    answer = at_desk.post(reverse("outreach:decide_message", args=[one.pk]), {"decision": "went_out", "show": "check"})

    assert answer.status_code == 302
    assert answer["Location"] == "/messages/?show=check"
    one.refresh_from_db()
    assert (one.status, one.decided_by) == (Status.SENT, desk)


def test_without_anything_it_says_what_would_stand_here(at_desk: Browser) -> None:
    for show in ("", "?show=check", "?show=failed", "?show=waiting", "?show=held", "?show=sent"):
        assert 'class="empty"' in page(at_desk, show)


@pytest.mark.parametrize(
    ("show", "status", "fields"),
    [
        ("check", Status.CHECK, {"error": "worker_died"}),
        ("failed", Status.FAILED, {"error": "isv.AMOUNT_NOT_ENOUGH"}),
        ("waiting", Status.QUEUED, {}),
        ("waiting", Status.SENDING, {}),
        ("held", Status.SUPPRESSED, {"held": "no_consent"}),
        ("sent", Status.SENT, {}),
    ],
)
def test_each_list_has_its_own(at_desk: Browser, show: str, status: str, fields: dict[str, Any]) -> None:
    message(status, **fields)
    for other in {"check", "failed", "waiting", "held", "sent"} - {show}:
        assert "王丽华" not in page(at_desk, f"?show={other}")
    assert "王丽华" in page(at_desk, f"?show={show}")


def test_it_opens_where_somebody_is_waited_for(at_desk: Browser) -> None:
    message(Status.QUEUED, "等着的")
    assert "等着的" in page(at_desk)
    message(Status.FAILED, "没发出的", error="smtp.550")
    assert "没发出的" in page(at_desk)
    message(Status.CHECK, "要查的")
    assert "要查的" in page(at_desk)


def test_pages_follow_each_other(at_desk: Browser, django_assert_max_num_queries: Any) -> None:
    for number in range(53):
        message(Status.SENT, f"客户{number:02}")

    page(at_desk)  # the salon's row is there
    with django_assert_max_num_queries(9):
        first = page(at_desk, "?show=sent")
    assert "客户52" in first
    assert "客户02" not in first
    after = Message.objects.order_by("-pk")[49].pk
    assert f"after={after}" in first
    assert "客户02" in page(at_desk, f"?show=sent&after={after}")


@pytest.mark.parametrize("query", ["?show=nonsense", "?after=abc", "?after=-1", "?after=" + "9" * 30, "?after=😀"])
def test_nonsense_in_the_address_shows_a_page(at_desk: Browser, query: str) -> None:
    page(at_desk, query)


def test_send_again_and_by_hand(at_desk: Browser) -> None:
    again, by_hand = message(Status.CHECK), message(Status.FAILED, error="smtp.550")
    at_desk.post(reverse("outreach:decide_message", args=[again.pk]), {"decision": "send_again"})
    at_desk.post(reverse("outreach:decide_message", args=[by_hand.pk]), {"decision": "by_hand"})

    again.refresh_from_db()
    by_hand.refresh_from_db()
    assert (again.status, by_hand.status, by_hand.decided_at is None) == (Status.QUEUED, Status.FAILED, False)
    assert "重新发送" not in page(at_desk, "?show=failed")


def test_the_second_is_told(at_desk: Browser) -> None:
    one = message(Status.CHECK)
    address = reverse("outreach:decide_message", args=[one.pk])
    at_desk.post(address, {"decision": "by_hand"})

    answer: Any = at_desk.post(address, {"decision": "went_out"}, follow=True)

    assert "front_desk-shown" in answer.content.decode()
    one.refresh_from_db()
    assert one.status == Status.FAILED


@pytest.mark.parametrize("sent", [{}, {"decision": "nonsense"}, {"decision": ""}])
def test_a_decision_is_asked_for(at_desk: Browser, sent: dict[str, str]) -> None:
    one = message(Status.CHECK)

    answer: Any = at_desk.post(reverse("outreach:decide_message", args=[one.pk]), sent, follow=True)

    assert "请选择" in answer.content.decode()
    one.refresh_from_db()
    assert one.status == Status.CHECK


@pytest.mark.parametrize("number", [0, 999_999, 2**63])
def test_no_such_message(at_desk: Browser, number: int) -> None:
    assert at_desk.post(f"/messages/{number}/decide/", {"decision": "went_out"}).status_code == 404


def test_the_admin_reads_and_does_not_decide() -> None:
    one = message(Status.CHECK)
    admin = signed_in(staff(Role.ADMIN))

    assert "王丽华" in page(admin)
    assert 'name="decision"' not in page(admin)
    address = reverse("outreach:decide_message", args=[one.pk])
    assert admin.post(address, {"decision": "went_out"}).status_code == 403


def test_beauticians_have_no_business_here() -> None:
    assert signed_in(staff(Role.BEAUTICIAN)).get(PAGE).status_code == 403


def test_a_channel_that_rests_is_told_with_the_reason(at_desk: Browser) -> None:
    soon = timezone.now() + timedelta(minutes=5)
    ChannelSetting.objects.create(way=Way.SMS, is_on=True, resting_until=soon, fault="isv.AMOUNT_NOT_ENOUGH")

    assert "账户余额不足" in page(at_desk)


def test_words_of_a_text_are_no_markup(at_desk: Browser) -> None:
    message(Status.SENT, body="<script>alert(1)</script>")

    assert "<script>alert" not in page(at_desk, "?show=sent")


def test_the_page_of_today_tells_that_something_is_to_be_checked(at_desk: Browser) -> None:
    assert "?show=check" not in at_desk.get("/").content.decode()
    message(Status.CHECK)
    message(Status.FAILED)

    told = at_desk.get("/").content.decode()

    assert "1 条消息发到一半断了" in told
    assert "/messages/?show=check" in told
