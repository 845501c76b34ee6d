"""Every form of a client file may be sent twice, and by two people at once: what it makes is there once."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients import care
from clients.models import Allergy, Client, Consent, Enquiry, MemorableDay, SkinRecord
from staff.models import User
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff
from tests.loyalty.together import at_once
from tests.staff.cast import signed_in

pytestmark = pytest.mark.django_db
AT_ONCE = pytest.mark.django_db(transaction=True, serialized_rollback=True)
NEW = "/clients/new/"


@pytest.fixture
def desk() -> User:
    return staff(Role.FRONT_DESK)


@pytest.fixture
def web(desk: User) -> Browser:
    return signed_in(desk)


def entered(**fields: Any) -> dict[str, Any]:
    return {"name": "王丽华", "gender": "unknown", "birthday_calendar": "solar", "key": str(uuid4()), **fields}


@pytest.mark.parametrize("fields", [{}, {"phone": PHONE, "birthday": "1990-05-20", "told": "on", "note": "一\r\n二"}])
def test_a_new_file_sent_twice_is_one_and_both_answers_lead_to_it(web: Browser, fields: dict[str, str]) -> None:
    sent = entered(**fields)

    answers = [web.post(NEW, sent)["Location"] for _ in range(2)]

    made = Client.objects.get()
    assert answers == [reverse("frontdesk:client_file", args=[made.pk]) + "?tab=details"] * 2
    assert Consent.objects.count() == ("told" in fields)


def test_the_page_has_a_key_of_its_own_each_time(web: Browser) -> None:
    keys = {web.get(NEW).context["form"]["key"].value() for _ in range(2)}
    assert len(keys) == 2
    assert 'name="key"' in web.get(NEW).content.decode()


def test_the_same_form_with_another_person_in_it_is_not_swallowed(web: Browser) -> None:
    sent = entered(phone=PHONE)
    web.post(NEW, sent)

    answer = web.post(NEW, sent | {"name": "赵倩", "phone": "13900139000"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f"already opened 王丽华 ({Client.objects.get().number})" in page
    assert "赵倩" in page
    again = answer.context["form"]["key"].value()
    web.post(NEW, sent | {"name": "赵倩", "phone": "13900139000", "key": again})
    assert {one.name for one in Client.objects.all()} == {"王丽华", "赵倩"}


@pytest.mark.parametrize("key", ["", "abc", "😀", "0" * 500])
def test_a_form_without_its_key_opens_nothing_and_gets_a_new_one(web: Browser, key: str) -> None:
    answer = web.post(NEW, entered(key=key))

    assert answer.status_code == 422
    assert "This form was not complete." in answer.content.decode()
    assert "王丽华" in answer.content.decode()
    assert not Client.objects.exists()
    web.post(NEW, entered(key=answer.context["form"]["key"].value()))
    assert Client.objects.count() == 1


@AT_ONCE
def test_one_form_sent_by_many_at_once_opens_one_file(desk: User) -> None:
    sent = entered()
    answers = at_once(6, lambda _place: signed_in(desk).post(NEW, sent))

    assert len({answer["Location"] for answer in answers}) == 1
    assert Client.objects.count() == 1


@AT_ONCE
@pytest.mark.parametrize(
    "same",
    [
        {"phone": PHONE, "birthday": "1990-05-20"},
        {"phone": PHONE},
        {"second_phone": PHONE, "phone": "13900139000"},
        {"birthday": "1990-05-20"},
    ],
)
def test_the_same_person_in_three_windows_at_once_is_opened_once_and_the_others_are_warned(
    desk: User, same: dict[str, str]
) -> None:
    answers = at_once(3, lambda _place: signed_in(desk).post(NEW, entered(**same)))

    assert sorted(answer.status_code for answer in answers) == [302, 422, 422]
    made = Client.objects.get()
    assert all(made.number in answer.content.decode() for answer in answers if answer.status_code == 422)


@AT_ONCE
def test_two_files_with_each_others_phones_never_wait_in_a_ring(desk: User) -> None:
    phones = [PHONE, "13900139000"]
    answers = at_once(
        8,
        lambda place: signed_in(desk).post(
            NEW, entered(name=f"王{place}", phone=phones[place % 2], second_phone=phones[1 - place % 2])
        ),
    )
    assert sorted(answer.status_code for answer in answers) == [302] + [422] * 7


@pytest.mark.parametrize(
    ("page", "sent", "made"),
    [
        ("allergies", {"substance": "果酸", "severity": "severe", "reaction": "红肿"}, Allergy),
        ("days", {"label": "结婚纪念", "day": "农历八月十五", "calendar": "lunar"}, MemorableDay),
        ("enquiries", {"about": "烫发", "why_not": "价格"}, Enquiry),
        ("skin", {"recorded_on": "2026-11-20", "skin_type": "dry", "care_plan": "补水"}, SkinRecord),
    ],
)
def test_what_is_noted_twice_is_noted_once(page: str, sent: dict[str, str], made: type[Any]) -> None:
    web, of = signed_in(staff(Role.MANAGER)), client()
    answers = [web.post(f"/clients/{of.pk}/{page}/", sent) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert made.objects.count() == 1


Act = Callable[[Client, User], object]
ACTS: list[tuple[Act, type[Any]]] = [
    (lambda of, by: care.add_allergy(of, {"substance": "PPD", "severity": "mild"}, by=by, at=NOW), Allergy),
    (lambda of, by: care.add_memorable_day(of, {"label": "婚", "month": 5, "day": 20}, at=NOW), MemorableDay),
    (lambda of, by: care.add_enquiry(of, {"about": "烫发"}, by=by, at=NOW), Enquiry),
    (lambda of, by: care.add_skin_record(of, {"recorded_on": TODAY, "concerns": "干"}, by=by, at=NOW), SkinRecord),
]


@AT_ONCE
@pytest.mark.parametrize(("act", "made"), ACTS)
def test_what_is_noted_by_several_at_once_is_noted_once(desk: User, act: Act, made: type[Any]) -> None:
    of = client()
    pks = at_once(5, lambda _place: act(of, desk).pk)  # type: ignore[attr-defined]

    assert len(set(pks)) == 1, pks
    assert made.objects.count() == 1


@AT_ONCE
def test_of_one_allergy_in_two_severities_at_once_one_stands_and_the_other_is_told(desk: User) -> None:
    of = client()
    found = at_once(
        4,
        lambda place: care.add_allergy(
            of, {"substance": ["ppd", "PPD"][place % 2], "severity": ["mild", "severe"][place % 2]}, by=desk, at=NOW
        ),
    )
    assert Allergy.objects.standing().count() == 1
    assert sum(isinstance(one, care.AllergyOnFile) for one in found) == 2
    assert sum(isinstance(one, Allergy) for one in found) == 2


def test_what_was_withdrawn_or_closed_may_be_noted_again(desk: User) -> None:
    of = client()
    first = care.add_allergy(of, {"substance": "果酸"}, by=desk, at=NOW)
    care.withdraw_allergy(first, reason="tested", by=desk, at=NOW)
    assert care.add_allergy(of, {"substance": "果酸"}, by=desk, at=NOW) != first
    asked = care.add_enquiry(of, {"about": "烫发"}, by=desk, at=NOW)
    care.close_enquiry(of, asked.pk, "dropped", at=NOW)
    assert care.add_enquiry(of, {"about": "烫发"}, by=desk, at=NOW) != asked


def test_two_of_a_kind_from_before_are_left_as_they_are(desk: User) -> None:
    of = client()
    for _ in range(2):
        Allergy.objects.create(client=of, substance="果酸", confirmed_on=TODAY)
        MemorableDay.objects.create(client=of, label="婚", month=5, day=20)

    care.add_allergy(of, {"substance": "果酸", "severity": "moderate"}, by=desk, at=NOW)
    care.add_memorable_day(of, {"label": "婚", "month": 5, "day": 20}, at=NOW)

    assert Allergy.objects.count() == MemorableDay.objects.count() == 2


@pytest.mark.parametrize("page", ["new", "edit", "allergies", "skin", "days", "enquiries", "tags", "preferences"])
def test_a_second_press_of_the_button_is_dropped_by_the_page(page: str) -> None:
    web, of = signed_in(staff(Role.MANAGER)), client()
    shown = web.get(NEW if page == "new" else f"/clients/{of.pk}/{page}/").content.decode()
    assert "data-guard data-once" in shown
