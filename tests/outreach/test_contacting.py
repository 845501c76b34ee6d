"""What people note about a contact: each outcome, each refusal, and that a form sent twice counts once."""

import uuid
from datetime import date

import pytest

from clients.models import Consent
from outreach import assigning, contacting
from outreach.contacting import Refused
from outreach.models import Contact, ContactTask, Kind, OutreachRules
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.outreach.listed import NOW, TODAY, agreed, closed, days, noted, task

pytestmark = pytest.mark.django_db
Status, Because = ContactTask.Status, ContactTask.Because
TOMORROW = date(2026, 11, 23)


@pytest.fixture
def desk() -> User:
    return cast.staff(Role.FRONT_DESK)


def held(client: object, channel: str = "wechat") -> bool:
    holding = Consent.objects.holding(Consent.Purpose.MARKETING, channel)
    return holding.filter(client=client).exists()  # type: ignore[misc]


def test_a_call_that_reached_the_client_is_done(desk: User) -> None:
    call = task(cast.client())

    done = noted(call, "reached", desk, channel="phone", feeling="satisfied", satisfaction=5, note=" 皮肤很好 ")

    done.refresh_from_db()
    assert (done.status, done.closed_by, done.closed_at) == (Status.DONE, desk, NOW)
    assert (done.feeling, done.satisfaction, done.needs_answer) == ("satisfied", 5, False)
    contact = Contact.objects.get()
    assert (contact.note, contact.day, contact.by, contact.is_marketing) == ("皮肤很好", TODAY, desk, False)


@pytest.mark.parametrize(
    ("feeling", "satisfaction", "owed"),
    [("dissatisfied", 4, True), ("satisfied", 2, True), ("so_so", 1, True), ("so_so", 3, False), ("", None, False)],
)
def test_who_is_dissatisfied_is_owed_an_answer(desk: User, feeling: str, satisfaction: int | None, owed: bool) -> None:
    done = noted(task(cast.client()), "reached", desk, channel="phone", feeling=feeling, satisfaction=satisfaction)

    assert done.needs_answer == owed
    assert ContactTask.objects.waiting_for_an_answer().count() == owed


def test_no_answer_comes_back_tomorrow_and_closes_after_three_tries(desk: User) -> None:
    call = task(cast.client())

    for number in range(3):
        assert call.is_open
        call = noted(call, "no_answer", desk, at=NOW + days(number), channel="phone")
        call.refresh_from_db()
        assert (call.attempts, call.due_on) == (number + 1, TOMORROW + days(number))

    assert (call.status, call.because, call.closed_by) == (Status.NO_ANSWER, Because.UNREACHED, desk)
    assert call.contacts.count() == 3


def test_the_number_of_tries_is_the_salons_to_choose(desk: User) -> None:
    OutreachRules.objects.update(tries=1)

    assert noted(task(cast.client()), "no_answer", desk).status == Status.NO_ANSWER


def test_put_off_it_comes_back_on_the_day(desk: User) -> None:
    call = task(cast.client(), due=TODAY - days(2))

    moved = noted(call, "rescheduled", desk, until=TODAY + days(5))

    moved.refresh_from_db()
    assert (moved.is_open, moved.due_on, moved.attempts) == (True, TODAY + days(5), 0)


@pytest.mark.parametrize("until", [None, TODAY, TODAY - days(1), TODAY + days(181)])
def test_put_off_until_a_day_that_makes_no_sense_is_refused(desk: User, until: date | None) -> None:
    with pytest.raises(Refused) as refused:
        noted(task(cast.client()), "rescheduled", desk, until=until)

    assert refused.value.field == "until"
    assert not Contact.objects.exists()


def test_not_wanted_closes_it_and_leaves_the_consent_alone(desk: User) -> None:
    client = cast.client()
    agreed(client)

    done = noted(task(client, Kind.DORMANT), "not_wanted", desk)

    assert (done.status, done.because) == (Status.SKIPPED, Because.NOT_WANTED)
    assert held(client)


def test_not_wanted_any_more_withdraws_every_consent_to_greetings(desk: User) -> None:
    client = cast.client()
    agreed(client)
    agreed(client, "sms")
    agreed(client, "email", given=False)

    noted(task(client, Kind.DORMANT), "not_wanted", desk, withdraw_consent=True)

    assert [held(client, channel) for channel in ("wechat", "sms", "email", "phone")] == [False] * 4
    assert Consent.objects.filter(given=False, by=desk).count() == 2


def test_who_may_not_record_consents_withdraws_none() -> None:
    client = cast.client()
    agreed(client)

    noted(task(client, Kind.DORMANT), "not_wanted", cast.staff(Role.BEAUTICIAN), withdraw_consent=True)

    assert held(client)


def test_a_greeting_needs_the_consent_for_its_channel(desk: User) -> None:
    client = cast.client()
    agreed(client, "sms")
    greeting = task(client, Kind.BIRTHDAY)

    with pytest.raises(Refused) as refused:
        noted(greeting, "sent", desk, channel="wechat")
    done = noted(greeting, "sent", desk, channel="sms")

    assert refused.value.field == "channel"
    assert done.status == Status.DONE
    assert Contact.objects.get().is_marketing


def test_without_any_consent_it_is_mentioned_in_the_salon(desk: User) -> None:
    done = noted(task(cast.client(), Kind.BIRTHDAY), "mentioned", desk)

    assert done.status == Status.DONE
    assert Contact.objects.get().is_marketing


def test_a_call_needs_no_consent(desk: User) -> None:
    assert noted(task(cast.client()), "sent", desk, channel="wechat").status == Status.DONE


def test_how_it_was_sent_must_be_said(desk: User) -> None:
    with pytest.raises(Refused) as refused:
        noted(task(cast.client()), "sent", desk)

    assert refused.value.field == "channel"


WRONG = [
    (Kind.GIFT, "reached"),
    (Kind.GIFT, "x"),
    (Kind.FOLLOW_UP, "prepared"),
    (Kind.FOLLOW_UP, "mentioned"),
    (Kind.BIRTHDAY, "answered"),
]


@pytest.mark.parametrize(("kind", "outcome"), WRONG)
def test_an_outcome_of_another_kind_is_refused(desk: User, kind: Kind, outcome: str) -> None:
    with pytest.raises(Refused) as refused:
        noted(task(cast.client(), kind), outcome, desk, channel="phone")

    assert refused.value.field == "outcome"


def test_a_gift_is_prepared(desk: User) -> None:
    done = noted(task(cast.client(), Kind.GIFT), "prepared", desk)

    assert done.status == Status.DONE
    assert not Contact.objects.get().is_marketing


def test_the_same_key_again_gives_the_same_answer(desk: User) -> None:
    call, key = task(cast.client()), uuid.uuid4()

    first = noted(call, "no_answer", desk, key=key, seen=0)
    again = noted(call, "no_answer", desk, key=key, seen=0)

    assert (first.attempts, again.attempts) == (1, 1)
    assert Contact.objects.count() == 1


def test_a_key_of_somebody_elses_form_is_refused(desk: User) -> None:
    key = uuid.uuid4()
    noted(task(cast.client()), "no_answer", desk, key=key)

    with pytest.raises(Refused):
        noted(task(cast.client("张敏")), "reached", desk, key=key)


def test_what_is_closed_says_by_whom_and_when(desk: User) -> None:
    other = cast.staff(Role.MANAGER)
    call = closed(task(cast.client()), other)

    with pytest.raises(Refused, match=r"manager-name.*12:00") as refused:
        noted(call, "reached", desk)

    assert refused.value.task == call


def test_what_the_planning_closed_says_why(desk: User) -> None:
    call = closed(task(cast.client()), None, status=Status.CANCELLED, because=Because.VISIT_VOID)

    with pytest.raises(Refused, match=str(Because.VISIT_VOID.label)):
        noted(call, "no_answer", desk)


def test_what_somebody_noted_meanwhile_is_told_first(desk: User) -> None:
    call = task(cast.client())
    noted(call, "no_answer", cast.staff(Role.MANAGER), seen=0)

    with pytest.raises(Refused, match="manager-name"):
        noted(call, "no_answer", desk, seen=0)
    last = Contact.objects.get()

    assert noted(call, "no_answer", desk, seen=last.pk).attempts == 2


@pytest.mark.parametrize("status", ["merged", "erased"])
def test_a_file_that_is_gone_is_not_contacted(desk: User, status: str) -> None:
    client = cast.client()
    call = task(client)
    client.status, client.merged_into = status, cast.client("另一个") if status == "merged" else None
    client.save()

    with pytest.raises(Refused):
        noted(call, "reached", desk, channel="phone")


def test_the_admin_works_on_no_contact() -> None:
    with pytest.raises(Refused):
        noted(task(cast.client()), "reached", cast.staff(Role.ADMIN))


def test_a_contact_that_does_not_exist_is_refused(desk: User) -> None:
    with pytest.raises(Refused):
        contacting.record(2**62, "reached", by=desk, at=NOW, key=uuid.uuid4())


def test_taking_one(desk: User) -> None:
    call = task(cast.client())

    assert assigning.take(call.pk, desk, at=NOW).assigned_to == desk
    assert assigning.take(call.pk, desk, at=NOW).assigned_to == desk  # tapped twice


def test_what_somebody_took_meanwhile_stays_hers(desk: User) -> None:
    manager, beautician = cast.staff(Role.MANAGER), cast.staff(Role.BEAUTICIAN)
    call = task(cast.client(), assigned_to=beautician)
    assigning.take(call.pk, manager, at=NOW, instead_of=beautician.pk)

    with pytest.raises(Refused, match="manager-name"):
        assigning.take(call.pk, desk, at=NOW, instead_of=beautician.pk)


def test_handing_over_to_who_may_open_the_file(desk: User) -> None:
    hers, stranger = cast.staff(Role.BEAUTICIAN, "hers"), cast.staff(Role.BEAUTICIAN, "stranger")
    call = task(cast.client(consultant=hers), assigned_to=desk)

    with pytest.raises(Refused) as refused:
        assigning.hand_over(call.pk, stranger, desk, at=NOW, instead_of=desk.pk)
    handed = assigning.hand_over(call.pk, hers, desk, at=NOW, instead_of=desk.pk)

    assert refused.value.field == "to"
    assert handed.assigned_to == hers


def test_a_birthday_is_handed_to_nobody_who_may_not_see_it(desk: User) -> None:
    hers = cast.staff(Role.BEAUTICIAN)
    call = task(cast.client(consultant=hers), Kind.BIRTHDAY, assigned_to=desk)

    with pytest.raises(Refused):
        assigning.hand_over(call.pk, hers, desk, at=NOW, instead_of=desk.pk)


def dissatisfied(desk: User) -> ContactTask:
    return noted(task(cast.client()), "reached", desk, channel="phone", feeling="dissatisfied")


def test_the_manager_answers_once(desk: User) -> None:
    manager, waiting, key = cast.staff(Role.MANAGER), dissatisfied(desk), uuid.uuid4()

    answered = contacting.answer(waiting.pk, "打电话道歉，送护理一次", by=manager, at=NOW, key=key)
    contacting.answer(waiting.pk, "打电话道歉，送护理一次", by=manager, at=NOW, key=key)
    with pytest.raises(Refused, match="manager-name"):
        contacting.answer(waiting.pk, "再答一次", by=manager, at=NOW, key=uuid.uuid4())

    assert (answered.answered_by, answered.answer) == (manager, "打电话道歉，送护理一次")
    assert list(Contact.objects.order_by("pk").values_list("outcome", flat=True)) == ["reached", "answered"]
    assert not ContactTask.objects.waiting_for_an_answer().exists()


def test_the_front_desk_does_not_answer(desk: User) -> None:
    with pytest.raises(Refused):
        contacting.answer(dissatisfied(desk).pk, "好的", by=desk, at=NOW, key=uuid.uuid4())


def test_nobody_is_answered_who_was_content(desk: User) -> None:
    done = noted(task(cast.client()), "reached", desk, channel="phone", satisfaction=5)

    with pytest.raises(Refused):
        contacting.answer(done.pk, "好的", by=cast.staff(Role.MANAGER), at=NOW, key=uuid.uuid4())
