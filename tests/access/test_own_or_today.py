"""The front desk and the skin and treatment notes of a client who is neither her own nor of today."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import ClientTag, Tag
from outreach.models import ContactTask
from staff.roles import Role
from tests.access import table
from tests.access.test_nothing_leaks import canaries_in, pages
from tests.access.world import World, session_of, world_of
from tests.frontdesk import cast

pytestmark = pytest.mark.django_db
TOLD = "护理记录在客户到店或今天要联系时可看"
MISSING = "皮肤记录 <small>由美容师"
CARE = {"skin", "care_note"}


@pytest.fixture
def world() -> World:
    """A client who was here two days ago, with whom nothing is left to be done."""
    with time_machine.travel(cast.days_ago(2)):
        made = world_of(Role.FRONT_DESK)
        tag = Tag.objects.get(name="敏感肌", rule=Tag.Rule.SKIN_TYPE)
        ClientTag.objects.create(client=made.client, tag=tag, by_rule=True)
    type(made.client).objects.update(consultant=None)
    made.draft.delete()
    ContactTask.objects.update(status="cancelled", closed_at=cast.days_ago(1))
    return made


def file_of(world: World, query: str = "") -> str:
    answer = world.browser(session_of(world.user)).get(f"/clients/{world.client.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_no_page_tells_it(world: World) -> None:
    browser, receipt = world.browser(session_of(world.user)), f"/visits/{world.visit.pk}/receipt/"
    told = [
        path
        for path in (*pages(world), f"{receipt}?print=1", f"{receipt}?print=1&paper=a4")
        if canaries_in(browser.get(path).content.decode()) & CARE
    ]

    assert told == []


def test_the_file_says_when_it_can_be_read_and_nothing_else_is_lost(world: World) -> None:
    page = file_of(world)

    assert TOLD in page
    assert "?tab=care" not in page
    assert "敏感肌" not in page
    assert {"allergy", "amount"} <= canaries_in(page)


def test_a_missing_skin_record_is_not_told_either(world: World) -> None:
    world.client = cast.client("没看过皮肤的")
    before = file_of(world)
    cast.visit(world.client)

    assert MISSING not in before
    assert MISSING in file_of(world)


def test_the_day_opens_the_care_tab_and_its_end_shows_the_first(world: World) -> None:
    assert TOLD in file_of(world, "?tab=care")

    cast.visit(world.client)
    page = file_of(world, "?tab=care")
    assert canaries_in(page) >= CARE
    assert TOLD not in page
    assert "敏感肌" in file_of(world)


def test_the_list_cannot_be_narrowed_by_the_skin(world: World) -> None:
    cast.visit(world.client)  # on a list nobody's day opens anything
    page = world.browser(session_of(world.user)).get("/clients/").content.decode()

    assert "敏感肌" not in page
    assert 'value="skin"' not in page


@pytest.mark.parametrize("tab", table.TABS)
def test_it_costs_one_question_more(world: World, tab: str) -> None:
    counts = {}
    for role in (Role.FRONT_DESK, Role.MANAGER):
        user = world.user if role == Role.FRONT_DESK else cast.staff(role, "boss")
        browser, path = world.browser(session_of(user)), f"/clients/{world.client.pk}/?tab={tab}"
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            browser.get(path)
        counts[role] = len(asked)

    assert counts[Role.FRONT_DESK] <= counts[Role.MANAGER] + 1


def test_the_words_of_a_contact_tell_what_was_advised_on_its_day(world: World) -> None:
    call = ContactTask.objects.get()
    path, day = f"/contacts/{call.pk}/script/", timezone.localdate()
    browser = world.browser(session_of(world.user))
    assert "care_note" not in canaries_in(browser.get(path).content.decode())

    ContactTask.objects.update(status="open", closed_at=None, visit=world.visit, due_on=day, kind="follow_up")

    assert "care_note" in canaries_in(browser.get(path).content.decode())
