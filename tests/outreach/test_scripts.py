"""What stands before somebody who contacts a client."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clients.models import Consent, Enquiry, Preference
from outreach.models import ContactTask, Kind, Way
from outreach.own_or_today import widen
from outreach.scripts import Script, script_for
from staff.roles import Role
from tests.frontdesk import cast
from tests.outreach.addressee import TODAY, Told, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def wang() -> Told:
    return told()


def agrees(wang: Told, channel: str) -> None:
    Consent.objects.create(client=wang.client, purpose="marketing", channel=channel, given=True)


def ways(script: Script) -> list[Way]:
    return [one.way for one in script.shown]


def test_it_works(wang: Told, django_assert_max_num_queries: Any) -> None:
    cast.allergic(wang.client, "果酸")
    Preference.objects.create(client=wang.client, text="喜欢玫瑰精油")
    Enquiry.objects.create(client=wang.client, about="抗衰", asked_on=TODAY)
    wang.visit.care_note = "颧部泛红"
    wang.visit.save(update_fields=["care_note"])
    task = wang.task(Kind.FOLLOW_UP)
    widen(wang.desk, TODAY, contact_tasks=task.pk)
    with django_assert_max_num_queries(8):
        script = script_for(task, wang.desk, TODAY)
        assert [str(one) for one in script.allergies] == ["果酸"]

    assert ways(script) == [Way.CALL, Way.HAND, Way.SMS]
    assert "林美" in script.shown[0].text
    assert [offer.about for offer in script.offers] == ["抗衰"]
    assert script.care_note == "颧部泛红"
    assert [str(one) for one in script.preferences] == ["喜欢玫瑰精油"]
    assert script.questions
    assert not script.is_held_back


def test_a_greeting_is_written_first_and_only_where_she_agreed(wang: Told) -> None:
    agrees(wang, "wechat")
    script = script_for(wang.task(Kind.BIRTHDAY), wang.desk, TODAY)

    assert ways(script) == [Way.HAND]
    assert script.shown[0].can_be_sent
    assert script.offers == []


def test_who_agreed_to_nothing_is_told_in_the_salon(wang: Told) -> None:
    script = script_for(wang.task(Kind.DORMANT), wang.desk, TODAY)

    assert script.is_held_back
    assert [one.is_allowed for one in script.shown] == [False]


def test_a_consent_that_was_withdrawn_does_not_count(wang: Told) -> None:
    agrees(wang, "sms")
    Consent.objects.create(client=wang.client, purpose="marketing", channel="sms", given=False)

    assert script_for(wang.task(Kind.DORMANT), wang.desk, TODAY).is_held_back


def test_a_beautician_sees_no_points_and_no_offers(wang: Told) -> None:
    script = script_for(wang.task(Kind.FOLLOW_UP), wang.beautician, TODAY)
    agrees(wang, "phone")
    again = script_for(wang.task(Kind.DORMANT), wang.beautician, TODAY)

    assert script.offers == again.offers == []
    assert "券" not in again.shown[0].text
    assert "我给您做的" in again.shown[0].text


def test_the_admin_sees_no_care_record(wang: Told) -> None:
    wang.visit.care_note = "颧部泛红"
    wang.visit.save(update_fields=["care_note"])
    cast.allergic(wang.client, "果酸")
    script = script_for(wang.task(Kind.FOLLOW_UP), cast.staff(Role.ADMIN), TODAY)

    assert script.care_note == ""
    assert script.allergies == []
    assert all("多喝水" not in one.text for one in script.shown)


def open_script(task: ContactTask, browser: Browser) -> str:
    answer = browser.get(reverse("outreach:script", args=[task.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def test_ways_that_lead_nowhere_are_not_shown(client: Browser) -> None:
    wang = told(phone="", email="wang@example.com")

    assert ways(script_for(wang.task(Kind.FOLLOW_UP), wang.desk, TODAY)) == [Way.CALL, Way.HAND, Way.EMAIL]
    assert ways(script_for(wang.task(Kind.FOLLOW_UP), wang.beautician, TODAY)) == [Way.CALL, Way.HAND]


def test_the_page_asks_no_more_than_twelve_times(wang: Told, client: Browser) -> None:
    client.force_login(wang.desk)
    task = wang.task(Kind.FOLLOW_UP)
    open_script(task, client)
    with CaptureQueriesContext(connection) as asked:
        open_script(task, client)
    assert len(asked) <= 12


def test_one_tap_copies_and_one_marks_as_sent(wang: Told, client: Browser) -> None:
    agrees(wang, "wechat")
    client.force_login(wang.desk)
    task = wang.task(Kind.BIRTHDAY)
    page = open_script(task, client)

    assert f'data-copy="#words-{task.pk}-hand"' in page
    assert f'id="words-{task.pk}-hand">王女士，生日快乐！' in page
    assert 'name="outcome" value="sent"' in page
    assert 'name="channel" value="wechat"' in page


def test_without_consent_there_is_nothing_to_copy(wang: Told, client: Browser) -> None:
    client.force_login(wang.desk)
    page = open_script(wang.task(Kind.BIRTHDAY), client)

    assert "data-copy=" not in page
    assert 'value="sent"' not in page.split('class="script"')[1].split("</form>")[0]
    assert "请不要发送" in page


def test_markup_in_a_name_stays_text(client: Browser) -> None:
    wang = told(honorific="<b>王</b>")
    client.force_login(wang.desk)

    assert "&lt;b&gt;王&lt;/b&gt;您好" in open_script(wang.task(Kind.FOLLOW_UP), client)
