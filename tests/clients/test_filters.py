"""Narrowing a list of clients."""

from datetime import timedelta
from typing import Any

import pytest

from clients import care
from clients.filters import ClientFilterForm
from clients.models import Client, ClientTag, Tag
from staff.models import User
from staff.roles import Role
from tests.clients.cast import NOW, PHONE, TODAY, client, staff

pytestmark = pytest.mark.django_db


def narrowed(user: User, **filters: Any) -> set[str]:
    form = ClientFilterForm(filters, rights=user.rights)
    return set(form.narrow(Client.objects.on_file(), TODAY).values_list("name", flat=True))


@pytest.fixture
def manager() -> User:
    manager = staff(Role.MANAGER)
    full = client("全", PHONE, source="passing", birthday_month=5, birthday_day=20, consultant=manager)
    care.add_allergy(full, {"substance": "果酸"}, by=manager, at=NOW)
    care.add_skin_record(full, {"recorded_on": TODAY, "skin_type": "dry"}, by=manager, at=NOW)
    care.record_consent(full, "file", "", given=True, how="said", by=manager, at=NOW)
    care.record_consent(full, "marketing", "wechat", given=True, how="said", by=manager, at=NOW)
    bare = client("空")
    Client.objects.filter(pk=bare.pk).update(touched_at=NOW - timedelta(days=400))
    return manager


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, {"全", "空"}),
        ({"allergy": "yes"}, {"全"}),
        ({"allergy": "no"}, {"空"}),
        ({"consent": "file"}, {"全"}),
        ({"consent": "no-file"}, {"空"}),
        ({"consent": "marketing-wechat"}, {"全"}),
        ({"consent": "marketing-sms"}, set()),
        ({"consent": "no-marketing-sms"}, {"全", "空"}),
        ({"missing": "any"}, {"空"}),
        ({"missing": "phone"}, {"空"}),
        ({"missing": "skin"}, {"空"}),
        ({"stale": "on"}, {"空"}),
        ({"birthday_month": "5"}, {"全"}),
        ({"birthday_month": "6"}, set()),
        ({"birthday_month": "13", "allergy": "maybe", "consent": "'", "tag": "x"}, {"全", "空"}),
        ({"tag": str(2**63), "consultant": "-1"}, {"全", "空"}),
    ],
)
def test_it_works(manager: User, filters: dict[str, str], names: set[str]) -> None:
    assert narrowed(manager, **filters) == names


def test_by_consultant_and_by_tag(manager: User) -> None:
    tag = Tag.objects.create(name="爱美")
    ClientTag.objects.create(client=Client.objects.get(name="空"), tag=tag)
    assert narrowed(manager, consultant=manager.pk) == {"全"}
    assert narrowed(manager, tag=tag.pk) == {"空"}


def test_a_withdrawn_consent_does_not_count(manager: User) -> None:
    full = Client.objects.get(name="全")
    care.record_consent(full, "marketing", "wechat", given=False, how="said", by=manager, at=NOW)
    assert narrowed(manager, consent="marketing-wechat") == set()


def test_lunar_birthdays_count_in_the_month_they_fall_into_this_year(manager: User) -> None:
    client("农", birthday_calendar="lunar", birthday_month=10, birthday_day=14)  # 22 November 2026
    client("除夕", birthday_calendar="lunar", birthday_month=12, birthday_day=30)  # 16 February 2026, the 29th
    client("闰", birthday_month=2, birthday_day=29)
    assert narrowed(manager, birthday_month="11") == {"农"}
    assert narrowed(manager, birthday_month="2") == {"除夕", "闰"}


def test_what_one_may_not_see_one_cannot_filter_by(manager: User) -> None:
    form = ClientFilterForm({}, rights=staff(Role.BEAUTICIAN).rights)
    assert not {"birthday_month", "consent"} & form.fields.keys()
    assert "allergy" not in ClientFilterForm({}, rights=staff(Role.ADMIN).rights).fields
    assert narrowed(staff(Role.ADMIN, "other"), allergy="yes") == {"全", "空"}


def test_tags_that_tell_a_hidden_fact_are_offered_to_nobody_without_the_right() -> None:
    Tag.objects.create(name="干性肌肤", rule=Tag.Rule.SKIN_TYPE, rule_value="dry")
    Tag.objects.create(name="六零后", rule=Tag.Rule.BORN_FROM, rule_value="1960")

    def offered(role: Role) -> set[str]:
        form = ClientFilterForm({}, rights=staff(role).rights)
        return {tag.name for tag in form.fields["tag"].queryset} & {"干性肌肤", "六零后"}  # type: ignore[attr-defined]

    assert offered(Role.MANAGER) == {"干性肌肤", "六零后"}
    assert offered(Role.FRONT_DESK) == set()  # on a list nobody has a day
    assert offered(Role.ADMIN) == {"六零后"}


def test_lacking_anything_tells_nothing_of_what_one_may_not_see(manager: User) -> None:
    asked = client("缺肤质", "+8613812345678", source="passing", birthday_month=5, birthday_day=20)
    care.add_allergy(asked, {"substance": "果酸"}, by=manager, at=NOW)
    care.record_consent(asked, "file", "", given=True, how="said", by=manager, at=NOW)

    assert narrowed(manager, missing="any") == {"缺肤质", "空"}
    assert narrowed(staff(Role.ADMIN), missing="any") == {"空"}
