"""What each role sees of a file, and at what cost."""

import pytest
from pytest_django import DjangoAssertNumQueries

from clients import care
from clients.card import Card, card_for
from clients.missing import Gap
from clients.models import Client, FileRules
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def made() -> Client:
    made = client(
        "王丽华",
        PHONE,
        birthday_calendar="lunar",
        birthday_month=10,
        birthday_day=14,
        birthday_year=1984,
        family="一儿一女",
    )
    by = staff(Role.MANAGER, "writer")
    FileRules.objects.update_or_create(pk=1, defaults={"family_purpose": "亲子护理"})
    for number in range(12):
        care.add_allergy(made, {"substance": f"果酸{number}"}, by=by, at=NOW)
        care.add_skin_record(made, {"recorded_on": TODAY, "skin_type": "dry"}, by=by, at=NOW)
        care.add_preference(made, f"温水{number}", by=by, at=NOW)
        care.add_enquiry(made, {"about": "烫发"}, by=by, at=NOW)
        care.add_memorable_day(made, {"label": "结婚纪念", "month": 5, "day": 1 + number}, at=NOW)
    care.record_consent(made, "file", "", given=True, how="said", by=by, at=NOW)
    return Client.objects.get(pk=made.pk)


def card(made: Client, role: Role) -> Card:
    return card_for(staff(role), made, TODAY)


def test_it_works(made: Client) -> None:
    seen = card(made, Role.MANAGER)

    assert seen.birthday is not None
    assert (seen.birthday.text, seen.birthday.when) == ("lunar 10/14, 1984", "today")
    assert (seen.birthday.next.solar_text, seen.age) == ("22 November", 42)
    assert len(seen.allergies) == len(seen.memorable_days) == 12
    assert [one.value for one in seen.profile] == ["一儿一女"]
    assert seen.gaps == [Gap.SOURCE]
    assert [one.purpose for one in seen.consents if one.given] == ["file"]


@pytest.mark.parametrize("role", list(Role))
def test_at_most_eight_queries_however_full_the_file(
    made: Client, role: Role, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    user = staff(role)
    assert user.rights
    with django_assert_max_num_queries(8):
        seen = card_for(user, made, TODAY)
        assert [str(one.confirmed_by) for one in seen.allergies] == ["writer"] * len(seen.allergies)
        assert all(str(one.tag) for one in seen.tags)
        assert all(str(one.latest.by) for one in seen.consents if one.latest)


def test_a_beautician_sees_health_and_no_birthday_consent_or_family(made: Client) -> None:
    seen = card(made, Role.BEAUTICIAN)
    assert seen.allergies
    assert seen.skin_records
    assert (seen.birthday, seen.age, seen.memorable_days, seen.consents, seen.profile) == (None, None, [], [], [])


def test_the_front_desk_sees_month_and_day_without_year(made: Client) -> None:
    seen = card(made, Role.FRONT_DESK)
    assert seen.birthday is not None
    assert seen.birthday.text == "lunar 10/14"
    assert (seen.age, seen.profile) == (None, [])


def test_the_admin_sees_no_health_data(made: Client) -> None:
    seen = card(made, Role.ADMIN)
    assert (seen.allergies, seen.skin_records, seen.profile) == ([], [], [])
    assert not {Gap.ALLERGIES, Gap.SKIN} & set(seen.gaps)
