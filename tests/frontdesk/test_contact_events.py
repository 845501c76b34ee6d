"""Contacts on the timeline and among the next steps: what was tried, what came of it, and only what one may know."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from clients.models import Client
from frontdesk.events import Kind, Place
from frontdesk.timeline import Event, timeline_of
from outreach.models import Contact, ContactTask, Message
from outreach.models import Kind as About
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.frontdesk.conftest import SignedIn

pytestmark = pytest.mark.django_db
HIDDEN = [About.BIRTHDAY, About.GIFT, About.MEMORABLE_DAY, About.POINTS_LAPSING, About.VOUCHER_LAPSING]


@pytest.fixture
def manager() -> User:
    return cast.staff(Role.MANAGER)


def planned(client: Client, kind: About = About.FOLLOW_UP, *, due: int = 0, **fields: Any) -> ContactTask:
    """A contact due in so many days."""
    day = timezone.localdate() + timedelta(days=due)
    return ContactTask.objects.create(
        client=client,
        kind=kind,
        occasion=f"test:{uuid.uuid4()}",
        planned_for=day,
        due_on=day,
        shown_from=min(day, timezone.localdate()),
        **fields,
    )


def tried(task: ContactTask, outcome: str, by: User | None = None, *, ago: int = 0, **fields: Any) -> Contact:
    at = cast.days_ago(ago)
    return Contact.objects.create(
        task=task,
        client=task.client,
        key=uuid.uuid4(),
        kind=task.kind,
        outcome=outcome,
        at=at,
        day=timezone.localdate(at),
        by=by,
        **fields,
    )


def closed(client: Client, because: str, status: str = "cancelled", kind: About = About.FOLLOW_UP) -> ContactTask:
    return planned(client, kind, status=status, because=because, closed_at=cast.days_ago(1))


def message(task: ContactTask, status: str, **fields: Any) -> Message:
    return Message.objects.create(
        task=task, client=task.client, way=fields.pop("way", "sms"), key=f"test:{uuid.uuid4()}", status=status, **fields
    )


def told(client: Client, user: User) -> list[Event]:
    return [event for event in timeline_of(client, user, size=50).events if event.kind is not Kind.FILE]


def test_an_attempt_says_what_came_of_it(manager: User) -> None:
    client = cast.client()
    tried(
        planned(client), "reached", manager, channel="phone", feeling="satisfied", satisfaction=5, note="说皮肤好多了"
    )

    (event,) = told(client, manager)

    assert (event.kind, event.day) == (Kind.CONTACT, timezone.localdate())
    assert event.facts["title"] == f"一周回访：{Contact.Outcome.REACHED.label}"
    assert event.facts["end"] == "满意 · 5 分"
    assert event.facts["more"] == "电话 · 说皮肤好多了 · manager-name"
    assert not event.facts["bad"]


@pytest.mark.parametrize("said", [{"feeling": "dissatisfied"}, {"satisfaction": 2}, {"satisfaction": 1}])
def test_who_was_dissatisfied_stands_out(manager: User, said: dict[str, Any]) -> None:
    client = cast.client()
    tried(planned(client), "reached", manager, **said)

    assert told(client, manager)[0].facts["bad"]


def test_what_went_out_by_itself_says_so(manager: User) -> None:
    client = cast.client()
    tried(planned(client, About.DORMANT, facts={"months": 6}), "sent", channel="sms")

    (event,) = told(client, manager)

    assert event.facts["title"] == f"沉睡唤醒（6 个月未到店）：{Contact.Outcome.SENT.label}"
    assert event.facts["more"] == "短信 · 系统自动"
    with translation.override("en"):
        assert told(client, manager)[0].facts["title"] == "Win back (away for 6 months): message sent"


def test_what_was_put_off_says_until_when(manager: User) -> None:
    client = cast.client()
    tried(planned(client), "rescheduled", manager, until=date(2026, 11, 30))

    assert "改到 2026-11-30" in told(client, manager)[0].facts["more"]


def test_what_was_closed_without_a_contact_says_why(manager: User) -> None:
    client = cast.client()
    closed(client, "too_late", "skipped")
    closed(client, "visit_void")
    closed(client, "unreached", "no_answer")

    events = told(client, manager)

    assert {event.kind for event in events} == {Kind.CONTACT_CLOSED}
    assert {event.facts["more"] for event in events} == {
        str(ContactTask.Because(why).label) for why in ("too_late", "visit_void", "unreached")
    }
    assert events[0].day == cast.days_ago(1).date()


@pytest.mark.parametrize("because", ["newer_visit", "newer_reminder", "not_wanted"])
def test_what_another_event_tells_is_not_told_twice(manager: User, because: str) -> None:
    client = cast.client()
    closed(client, because)

    assert told(client, manager) == []


def test_what_is_open_is_no_event_yet(manager: User) -> None:
    client = cast.client()
    planned(client)

    assert told(client, manager) == []


def test_a_message_that_did_not_go_out_says_why(manager: User) -> None:
    client = cast.client()
    message(planned(client), "suppressed", held="no_consent")
    message(planned(client, About.BIRTHDAY), "check")

    facts = {event.facts["title"]: event.facts["more"] for event in told(client, manager)}

    held, broken = Message.Status.SUPPRESSED.label, Message.Status.CHECK.label
    assert facts == {
        f"一周回访：短信{held}": str(Message.Held.NO_CONSENT.label),
        f"生日祝福：短信{broken}": "",
    }


def test_messages_that_are_told_otherwise_or_to_a_colleague_are_left_out(manager: User) -> None:
    client = cast.client()
    message(planned(client), "queued")
    message(planned(client, About.GIFT), "suppressed", held="closed")
    message(planned(client, About.BIRTHDAY), "failed", way="wecom")

    assert told(client, manager) == []


@pytest.mark.parametrize("kind", HIDDEN)
def test_a_beautician_learns_of_no_birthday_and_of_no_points(kind: About) -> None:
    lin = cast.staff(Role.BEAUTICIAN)
    client = cast.client(consultant=lin)
    tried(planned(client, kind, facts={"points": 300, "on": "2026-12-31"}), "reached", lin)
    closed(client, "too_late", "skipped", kind)
    message(planned(client, kind), "failed")

    assert told(client, lin) == []


def test_a_beautician_sees_the_calls(manager: User) -> None:
    lin = cast.staff(Role.BEAUTICIAN)
    client = cast.client(consultant=lin)
    tried(planned(client), "no_answer", manager)
    tried(planned(client, About.DORMANT), "reached", lin)

    assert [event.kind for event in told(client, lin)] == [Kind.CONTACT, Kind.CONTACT]


def many(client: Client, by: User) -> None:
    for number in range(12):
        task = planned(client, list(About)[number % 8], status="done", closed_at=timezone.now())
        tried(task, "no_answer", by, ago=number // 2)
        tried(task, "reached", by, ago=number // 3)
        closed(client, "too_late", "skipped")
        message(planned(client, About.BIRTHDAY), "failed")


def test_pages_have_no_gap_and_no_repetition(manager: User) -> None:
    client = cast.client()
    many(client, manager)
    seen: list[tuple[int, int]] = []
    before: Place | None = None
    for _page in range(20):
        page = timeline_of(client, manager, before, size=7)
        seen += [(event.kind, event.pk) for event in page.events]
        before = Place.read(str(page.more)) if page.more else None
        if before is None:
            break

    assert len(seen) == len(set(seen)) == 12 * 4 + 1


@pytest.mark.parametrize("role", list(Role))
def test_the_first_page_is_one_query(role: Role, manager: User) -> None:
    user = cast.staff(role, f"one-of-{role}")
    client = cast.client()
    many(client, manager)
    user = User.objects.get(pk=user.pk)
    assert user.rights

    with CaptureQueriesContext(connection) as asked:
        timeline_of(client, user)

    assert len(asked) == 1


# --- The next steps ---------------------------------------------------------------------------------------------------


def file_of(signed_in: SignedIn, role: Role, client: Client, tab: str = "timeline") -> str:
    return signed_in(role).get(f"/clients/{client.pk}/?tab={tab}").content.decode()


def test_an_open_contact_is_a_next_step_that_leads_to_its_words(signed_in: SignedIn) -> None:
    client = cast.client()
    task = planned(client, due=-1)

    page = file_of(signed_in, Role.FRONT_DESK, client)

    assert "一周回访：逾期 1 天" in page
    assert f"/contacts/{task.pk}/script/?next=%2Fclients%2F{client.pk}%2F" in page


def test_the_contact_stands_for_the_hint_that_says_the_same(signed_in: SignedIn) -> None:
    today = timezone.localdate()
    client = cast.client(birthday_month=today.month, birthday_day=today.day)
    assert "记得送上祝福" in file_of(signed_in, Role.FRONT_DESK, client)

    planned(client, About.BIRTHDAY)
    page = file_of(signed_in, Role.MANAGER, client)

    assert "生日祝福：今天到期" in page
    assert "记得送上祝福" not in page


def test_who_was_greeted_is_not_to_be_greeted_again(signed_in: SignedIn) -> None:
    today = timezone.localdate()
    client = cast.client(birthday_month=today.month, birthday_day=today.day)
    planned(client, About.BIRTHDAY, status="done", closed_at=timezone.now())

    page = file_of(signed_in, Role.FRONT_DESK, client)

    assert "记得送上祝福" not in page
    assert "生日祝福：" not in page


def test_the_open_contact_stands_for_being_away_and_for_points(signed_in: SignedIn) -> None:
    today = timezone.localdate()
    client = cast.client()
    account = cast.member(client, last_visit_on=today - timedelta(days=200), usual_interval=20)
    cast.earned(account, 300, expires_on=today + timedelta(days=10))
    browser = signed_in(Role.FRONT_DESK)
    path = f"/clients/{client.pk}/"
    before = browser.get(path).content.decode()
    assert "该邀约了" in before
    assert "记得提醒客户使用" in before

    planned(client, About.DORMANT, facts={"months": 6})
    planned(client, About.POINTS_LAPSING, facts={"points": 300, "on": str(today + timedelta(days=10))})
    page = browser.get(path).content.decode()

    assert "沉睡唤醒：今天到期" in page
    assert "该邀约了" not in page
    assert "记得提醒客户使用" not in page


def test_who_only_reads_contacts_is_led_nowhere(signed_in: SignedIn) -> None:
    client = cast.client()
    planned(client)

    page = file_of(signed_in, Role.ADMIN, client)

    assert "一周回访：今天到期" in page
    assert "/script/" not in page


def test_a_beautician_is_given_no_birthday(signed_in: SignedIn) -> None:
    browser = signed_in(Role.BEAUTICIAN)
    lin: User = browser.user  # type: ignore[attr-defined]
    client = cast.client(consultant=lin)
    for kind in HIDDEN:
        planned(client, kind)
    planned(client, due=4)

    page = browser.get(f"/clients/{client.pk}/").content.decode()

    assert "一周回访：" in page
    for kind in HIDDEN:
        assert str(kind.label) not in page


def test_who_does_not_want_to_be_contacted_is_given_no_contact(signed_in: SignedIn) -> None:
    client = cast.client(do_not_contact=True, do_not_contact_reason="不要打电话")
    planned(client)

    page = file_of(signed_in, Role.FRONT_DESK, client)

    assert "不要打电话" in page
    assert "一周回访：" not in page


def test_the_points_tab_tells_the_next_steps_too(signed_in: SignedIn) -> None:
    client = cast.client()
    cast.member(client, last_visit_on=timezone.localdate())
    planned(client)

    assert "一周回访：今天到期" in file_of(signed_in, Role.FRONT_DESK, client, "points")
