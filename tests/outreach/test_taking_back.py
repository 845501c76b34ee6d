"""What was noted by mistake is taken back: the contact stands as before, the line stays on file and counts no more."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.models import Consent
from outreach import contacting
from outreach.completion import Month, completion
from outreach.contacting import Refused
from outreach.models import Contact, ContactTask, Kind
from outreach.taking_back import take_back
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.frontdesk.conftest import SignedIn, signed_in
from tests.outreach.listed import NOW, TODAY, agreed, closed, days, noted, task

__all__ = ["signed_in"]  # the fixture of the floor above
pytestmark = pytest.mark.django_db
Status = ContactTask.Status
HTMX = {"HX-Request": "true"}
WRONG: dict[str, tuple[Kind, dict[str, Any]]] = {
    "reached": (Kind.FOLLOW_UP, {"channel": "phone", "feeling": "dissatisfied", "satisfaction": 1, "note": "点错了"}),
    "sent": (Kind.BIRTHDAY, {"channel": "wechat"}),
    "mentioned": (Kind.BIRTHDAY, {}),
    "no_answer": (Kind.FOLLOW_UP, {"channel": "phone"}),
    "rescheduled": (Kind.DORMANT, {"until": TODAY + timedelta(days=9)}),
    "not_wanted": (Kind.FOLLOW_UP, {}),
    "prepared": (Kind.GIFT, {}),
}
SHOWN = ("status", "because", "closed_at", "closed_by", "feeling", "satisfaction", "needs_answer", "due_on", "attempts")


@pytest.fixture
def desk() -> User:
    return cast.staff(Role.FRONT_DESK)


def back(task: ContactTask, by: User, **more: Any) -> ContactTask:
    """`take_back` of what stands last on the screen."""
    last = task.contacts.standing().order_by("-pk").first()
    values: dict[str, Any] = {"at": NOW, "key": uuid.uuid4(), "seen": last.pk if last else 0}
    return take_back(task.pk, by=by, **values | more)


def stands(task: ContactTask) -> dict[str, Any]:
    found: dict[str, Any] = ContactTask.objects.filter(pk=task.pk).values(*SHOWN).get()
    return found


@pytest.mark.parametrize("outcome", WRONG)
def test_the_contact_stands_as_it_did_before(desk: User, outcome: str) -> None:
    kind, said = WRONG[outcome]
    client = cast.client()
    agreed(client)
    one = task(client, kind, due=TODAY - days(2))
    before = stands(one)
    noted(one, outcome, desk, **said)
    assert stands(one) != before

    back(one, desk)

    assert stands(one) == before
    assert [contact.outcome for contact in one.contacts.order_by("pk")] == [outcome, "taken_back"]
    assert not one.contacts.standing().exists()


def test_the_third_try_taken_back_leaves_two(desk: User) -> None:
    call = task(cast.client())
    for number in range(3):
        noted(call, "no_answer", desk, at=NOW + days(number))

    back(call, desk, at=NOW + days(2))

    call.refresh_from_db()
    assert (call.status, call.attempts, call.due_on) == (Status.OPEN, 2, TODAY + days(2))
    assert noted(call, "no_answer", desk, at=NOW + days(2)).status == Status.NO_ANSWER


def test_one_after_the_other_is_taken_back(desk: User) -> None:
    call = task(cast.client())
    noted(call, "rescheduled", desk, until=TODAY + days(3))
    noted(call, "no_answer", desk)

    back(call, desk)
    assert stands(call)["due_on"] == TODAY + days(3)
    back(call, desk)

    assert (stands(call)["due_on"], stands(call)["attempts"]) == (TODAY, 0)


def test_what_is_noted_afterwards_counts(desk: User) -> None:
    """Also from a screen on which the mistake never stood."""
    call = task(cast.client())
    noted(call, "not_wanted", desk)
    back(call, desk)

    noted(call, "reached", desk, channel="phone", seen=0)

    assert stands(call)["status"] == Status.DONE
    assert [one.outcome for one in call.contacts.standing()] == ["reached"]


def test_the_same_tap_twice_takes_back_once(desk: User) -> None:
    call, key = task(cast.client()), uuid.uuid4()
    noted(call, "no_answer", desk)
    noted(call, "no_answer", desk)
    seen = call.contacts.latest("pk").pk

    for _tap in range(2):
        back(call, desk, key=key, seen=seen)

    assert stands(call)["attempts"] == 1


def test_ones_own_of_today_only_and_the_manager_everybodys(desk: User) -> None:
    other, manager = cast.staff(Role.FRONT_DESK, "other"), cast.staff(Role.MANAGER)
    call = task(cast.client())
    noted(call, "reached", desk, channel="phone")

    with pytest.raises(Refused, match="只有记录的人或店长"):
        back(call, other)
    with pytest.raises(Refused, match="限当天"):
        back(call, desk, at=NOW + days(1))
    with pytest.raises(Refused, match="限当天"):
        back(call, manager, at=NOW + days(1))
    back(call, manager)

    assert stands(call)["status"] == Status.OPEN
    assert Contact.objects.get(outcome="taken_back").by == manager


def test_what_went_out_by_itself_has_gone_out(desk: User) -> None:
    greeting = closed(task(cast.client(), Kind.BIRTHDAY), None)
    Contact.objects.create(
        task=greeting, client=greeting.client, kind=greeting.kind, key=uuid.uuid4(), outcome="sent", at=NOW, day=TODAY
    )

    with pytest.raises(Refused):
        back(greeting, cast.staff(Role.MANAGER))


def test_what_was_answered_is_not_taken_back(desk: User) -> None:
    manager = cast.staff(Role.MANAGER)
    call = noted(task(cast.client()), "reached", desk, channel="phone", satisfaction=1)
    seen = call.contacts.get().pk
    contacting.answer(call.pk, "已致电道歉", by=manager, at=NOW, key=uuid.uuid4())

    for by, on_screen in ((desk, seen), (manager, call.contacts.latest("pk").pk)):
        with pytest.raises(Refused):
            back(call, by, seen=on_screen)

    assert stands(call)["status"] == Status.DONE


def test_what_the_planning_closed_since_stays_closed(desk: User) -> None:
    call = task(cast.client())
    noted(call, "no_answer", desk)
    closed(call, None, NOW + timedelta(minutes=1), status=Status.CANCELLED, because="visit_void")

    with pytest.raises(Refused, match="到店已作废"):
        back(call, desk)


def test_a_newer_call_keeps_its_place(desk: User) -> None:
    client = cast.client()
    call = noted(task(client), "reached", desk, channel="phone")
    task(client)

    with pytest.raises(Refused, match="更新的同类联系"):
        back(call, desk)

    assert Contact.objects.count() == 1


def test_a_merged_file_is_left_alone(desk: User) -> None:
    call = noted(task(cast.client()), "reached", desk, channel="phone")
    type(call.client).objects.filter(pk=call.client_id).update(status="erased")

    with pytest.raises(Refused):
        back(call, desk)


def test_it_counts_neither_as_done_nor_as_an_attempt(desk: User) -> None:
    client = cast.client()
    agreed(client)
    reminder = noted(task(client, Kind.DORMANT), "sent", desk, channel="wechat")
    back(reminder, desk)

    month = completion(Month.of(TODAY), TODAY, 14)

    assert (month.total.done, month.total.open, month.won_back.told) == (0, 1, 0)
    assert sum(person.attempts for person in month.people) == 0


def test_a_withdrawn_consent_stays_withdrawn(desk: User) -> None:
    client = cast.client()
    agreed(client)
    greeting = noted(task(client, Kind.BIRTHDAY), "not_wanted", desk, withdraw_consent=True)

    back(greeting, desk)

    assert not Consent.objects.holding(Consent.Purpose.MARKETING, "wechat").filter(client=client).exists()


# --- On the list ----------------------------------------------------------------------------------------------------


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def page(browser: Browser, path: str) -> str:
    return str(browser.get(path).content.decode())


def test_the_mistake_is_taken_back_where_it_stands(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    by: User = browser.user  # type: ignore[attr-defined]
    client = cast.client()
    agreed(client)
    greeting = noted(task(client, Kind.MEMORABLE_DAY, due=today), "sent", by, at=timezone.now(), channel="wechat")
    task(client, Kind.DORMANT, due=today)
    done = page(browser, "/?when=done")
    assert f"/contacts/{greeting.pk}/take-back/" in done
    assert "后再联系" in page(browser, "/?kind=dormant")

    sent = {"key": uuid.uuid4(), "seen": greeting.contacts.get().pk, "next": "/?when=done"}
    row = browser.post(f"/contacts/{greeting.pk}/take-back/", sent, headers=HTMX).content.decode()

    assert f"/contacts/{greeting.pk}/record/" in row
    assert "今天要联系 1 位客户" in row
    assert "take-back" not in row
    assert "后再联系" not in page(browser, "/?kind=dormant")
    file = page(browser, f"/clients/{client.pk}/")
    assert f"{by}已撤回" in file


def test_without_scripts_one_returns_to_the_list_and_is_told(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    by: User = browser.user  # type: ignore[attr-defined]
    call = noted(task(cast.client("王丽华"), due=today), "reached", by, at=timezone.now(), channel="phone")

    sent = {"key": uuid.uuid4(), "seen": call.contacts.get().pk, "next": "/?kind=follow_up"}
    answer = browser.post(f"/contacts/{call.pk}/take-back/", sent)

    assert (answer.status_code, answer["Location"]) == (302, "/?kind=follow_up")
    assert "王丽华 · 已撤回" in page(browser, "/?kind=follow_up")


def test_what_somebody_else_noted_has_no_button_and_is_refused(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    call = noted(
        task(cast.client(), due=today), "reached", cast.staff(Role.MANAGER), at=timezone.now(), channel="phone"
    )
    assert "take-back" not in page(browser, "/?when=done")

    sent = {"key": uuid.uuid4(), "seen": call.contacts.get().pk}
    answer = browser.post(f"/contacts/{call.pk}/take-back/", sent, headers=HTMX)

    assert answer.status_code == 422
    assert "只有记录的人或店长可以撤回" in answer.content.decode()


@pytest.mark.parametrize("sent", [{}, {"key": "x"}, {"key": uuid.uuid4(), "seen": "9" * 30}, {"key": uuid.uuid4()}])
def test_a_broken_form_changes_nothing(signed_in: SignedIn, today: date, sent: dict[str, Any]) -> None:
    browser = signed_in(Role.FRONT_DESK)
    by: User = browser.user  # type: ignore[attr-defined]
    call = noted(task(cast.client(), due=today), "reached", by, at=timezone.now(), channel="phone")

    assert browser.post(f"/contacts/{call.pk}/take-back/", sent).status_code == 422

    assert stands(call)["status"] == Status.DONE
