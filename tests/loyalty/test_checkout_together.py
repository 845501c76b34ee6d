"""Two people at one checkout: neither writes over the other unawares, and who ticked signs."""

from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from clients.models import Attendance, Client
from staff.models import AuditEntry, User
from tests.loyalty.test_checkout_pages import HTMX, at
from tests.staff.cast import signed_in
from tests.visits import shop
from visits.draft import Content
from visits.keeping import Window
from visits.models import AllergyAcknowledgement, Draft, Service, Visit

pytestmark = pytest.mark.django_db


def opened(browser: Browser, draft: Draft) -> dict[str, str]:
    """The name of the window that this opens, and the version that it read."""
    window = browser.get(at(draft)).context["window"]
    return {"window": window.name, "version": window.version}


def note() -> str:
    return Content.from_json(Draft.objects.get().content).care_note


@pytest.fixture
def two(desk: User, manager: User, care: Service, wang: Client) -> tuple[Draft, Browser, dict[str, str]]:
    """A draft that the manager changed after the desk had opened it: the draft, the desk, and what its form says."""
    draft = shop.draft(desk, wang, shop.line(care))
    desk_at, manager_at = signed_in(desk), signed_in(manager)
    ours, theirs = opened(desk_at, draft), opened(manager_at, draft)
    manager_at.post(at(draft), shop.posted(draft, care_note="T 区仍干", **theirs), headers=HTMX)
    return draft, desk_at, ours


@pytest.mark.parametrize("headers", [HTMX, {}])
def test_an_old_window_overwrites_nothing_and_keeps_what_was_typed(
    two: tuple[Draft, Browser, dict[str, str]], headers: dict[str, str]
) -> None:
    draft, desk_at, ours = two

    answer = desk_at.post(at(draft), shop.posted(draft, **{"quantity-1": "7"}, **ours), headers=headers)

    told = answer.content.decode()
    assert "周店长" in told
    assert "T 区仍干" in told
    assert 'value="7"' in told
    assert note() == "T 区仍干"
    again = desk_at.post(at(draft), shop.posted(draft, **{"quantity-1": "7"}, **ours), headers=headers)
    assert "周店长" in again.content.decode()


def test_an_old_window_cannot_complete_or_discard(two: tuple[Draft, Browser, dict[str, str]]) -> None:
    draft, desk_at, ours = two

    for act in ("complete", "discard"):
        told = desk_at.post(at(draft), shop.posted(draft, act, **{"quantity-1": "2"}, **ours)).content.decode()
        assert "周店长" in told
    assert Draft.objects.count() == 1
    assert not Visit.objects.exists()


def test_the_same_content_is_no_conflict(two: tuple[Draft, Browser, dict[str, str]]) -> None:
    draft, desk_at, ours = two

    desk_at.post(at(draft), shop.posted(draft, "complete", care_note="T 区仍干", **ours))

    assert Visit.objects.get().care_note == "T 区仍干"


def test_who_knows_may_write_over_it(two: tuple[Draft, Browser, dict[str, str]]) -> None:
    draft, desk_at, ours = two

    answer = desk_at.post(at(draft), shop.posted(draft, "mine", care_note="好多了", **ours), headers=HTMX)

    assert answer["HX-Redirect"].startswith(at(draft))
    assert note() == "好多了"


def test_one_window_saves_as_often_as_it_likes_though_an_answer_is_lost(desk: User, care: Service) -> None:
    draft, counter = shop.draft(desk, None, shop.line(care)), signed_in(desk)
    ours = opened(counter, draft)

    for text in ("一", "一二", "一二三"):
        counter.post(at(draft), shop.posted(draft, care_note=text, **ours), headers=HTMX)
        assert note() == text


def test_who_ticked_the_allergy_signs_for_it(desk: User, manager: User, wang: Client) -> None:
    peel, acid = shop.service("焕肤", ingredients="果酸"), shop.allergy(wang, "果酸")
    draft = shop.draft(desk, wang, shop.line(peel))
    mark = f"service:{peel.pk}:{acid.pk}"
    signed_in(desk).post(at(draft), shop.posted(draft, acknowledged=mark), headers=HTMX)

    signed_in(manager).post(at(draft), shop.posted(draft, "complete", acknowledged=mark))

    assert AllergyAcknowledgement.objects.get().by == desk


def test_a_tick_taken_back_is_signed_by_who_ticks_again(desk: User, manager: User, wang: Client) -> None:
    peel, acid = shop.service("焕肤", ingredients="果酸"), shop.allergy(wang, "果酸")
    draft = shop.draft(desk, wang, shop.line(peel))
    mark = f"service:{peel.pk}:{acid.pk}"
    signed_in(desk).post(at(draft), shop.posted(draft, acknowledged=mark), headers=HTMX)
    signed_in(desk).post(at(draft), shop.posted(draft), headers=HTMX)

    signed_in(manager).post(at(draft), shop.posted(draft, "complete", acknowledged=mark))

    assert AllergyAcknowledgement.objects.get().by == manager


def test_who_was_named_only_in_a_discarded_checkout_finds_the_client_no_more(
    desk: User, lin: User, care: Service, wang: Client
) -> None:
    draft, counter = shop.draft(desk, wang, shop.line(care)), signed_in(desk)
    named = {"beautician-1": str(lin.pk)}
    counter.post(at(draft), shop.posted(draft, **named), headers=HTMX)
    assert Attendance.objects.filter(client=wang, user=lin).exists()

    counter.post(at(draft), shop.posted(draft, "discard", **named))

    assert not Attendance.objects.exists()


def test_who_was_named_by_mistake_goes_and_another_client_takes_along_who_is_named(
    desk: User, lin: User, care: Service, wang: Client
) -> None:
    draft, counter = shop.draft(desk, wang, shop.line(care)), signed_in(desk)
    counter.post(at(draft), shop.posted(draft, **{"beautician-1": str(lin.pk)}), headers=HTMX)
    chen = shop.client("陈静")

    counter.post(reverse("loyalty:checkout_new"), {"draft": str(draft.pk), "client": chen.pk})
    assert [one.client for one in Attendance.objects.all()] == [chen]

    draft.refresh_from_db()
    counter.post(at(draft), shop.posted(draft, **{"beautician-1": ""}), headers=HTMX)
    assert not Attendance.objects.exists()


def test_a_recorded_visit_or_another_checkout_keeps_the_attendance(
    desk: User, lin: User, care: Service, wang: Client
) -> None:
    counter, named = signed_in(desk), {"beautician-1": str(lin.pk)}
    before = str(timezone.localdate() - timedelta(days=3))
    counter.post(
        at(past := shop.draft(desk, wang, shop.line(care))), shop.posted(past, "complete", when=before, **named)
    )
    one, other = (shop.draft(desk, wang, shop.line(care)) for _ in range(2))
    for draft in (one, other):
        counter.post(at(draft), shop.posted(draft, **named), headers=HTMX)

    counter.post(at(one), shop.posted(one, "discard", **named))
    assert Attendance.objects.get().last_on == timezone.localdate()

    counter.post(at(other), shop.posted(other, "discard", **named))
    assert str(Attendance.objects.get().last_on) == before


def test_opening_a_checkout_is_noted_once(desk: User, care: Service, wang: Client) -> None:
    draft, counter = shop.draft(desk, wang, shop.line(care)), signed_in(desk)

    for _ in range(2):
        counter.get(at(draft))

    assert AuditEntry.objects.filter(action=AuditEntry.Action.VIEWED, client_id=wang.pk).count() == 1


def late(told: object) -> str:
    """The page that shows what was typed too late."""
    assert told.status_code == 409  # type: ignore[attr-defined]
    return told.content.decode()  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("act", ["save", "add", "complete", "discard"])
def test_what_a_second_window_sends_to_a_completed_checkout_is_told_and_shown(
    desk: User, manager: User, wang: Client, care: Service, act: str
) -> None:
    draft, oil = shop.draft(desk, wang, shop.line(care)), shop.service("精油", "99.00")
    form = shop.posted(draft, "complete")
    assert signed_in(manager).post(at(draft), form).status_code == 302
    act = f"add:service:{oil.pk}" if act == "add" else act
    ours = form | {"do": act, "care_note": "重要护理记录", "quantity-1": "3"}

    by_script = signed_in(desk).post(at(draft), ours, headers=HTMX)
    told = late(signed_in(desk).post(at(draft), ours))

    assert (by_script.status_code, by_script["X-Send-Whole"]) == (409, "1")
    assert "重要护理记录" in told
    assert f"{care.name} ×3" in told
    assert "已保存" in told
    assert "周店长" in told
    assert Visit.objects.get().care_note == ""


@pytest.mark.parametrize("act", ["save", "complete"])
def test_what_a_second_window_sends_to_a_discarded_checkout_is_shown(
    desk: User, manager: User, wang: Client, care: Service, act: str
) -> None:
    draft = shop.draft(desk, wang, shop.line(care))
    signed_in(manager).post(at(draft), shop.posted(draft, "discard"))

    told = late(signed_in(desk).post(at(draft), shop.posted(draft, act, care_note="重要护理记录")))

    assert "放弃" in told
    assert "重要护理记录" in told
    assert f"?client={wang.pk}" in told
    assert not Visit.objects.exists()


def test_nothing_new_leads_on_without_a_page_in_between(desk: User, care: Service) -> None:
    draft, counter = shop.draft(desk, None, shop.line(care)), signed_in(desk)
    form = shop.posted(draft, "complete")
    receipt = counter.post(at(draft), form)["Location"]

    assert counter.post(at(draft), form | {"do": "save"})["Location"] == receipt
    discarded = counter.post(at(draft), form | {"do": "discard"}, follow=True)
    assert "该笔消费已保存，没有放弃" in discarded.content.decode()
    gone = shop.draft(desk, None)
    for _ in range(2):
        again = counter.post(at(gone), shop.posted(gone, "discard"))
        assert again["Location"] == reverse("loyalty:checkout_new")
    assert counter.post(at(gone), shop.posted(gone)).status_code == 404


def test_a_visit_that_was_recorded_meanwhile_is_not_called_discarded(
    desk: User, lin: User, care: Service, wang: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, counter = shop.draft(desk, wang, shop.line(care)), signed_in(desk)
    form = shop.posted(draft, "complete", **{"beautician-1": str(lin.pk)})
    is_behind = Window.is_behind

    def completed_first(window: Window, read: Draft) -> bool:
        # Between the reading of the draft and its deletion, another window completes.
        monkeypatch.setattr(Window, "is_behind", is_behind)
        assert signed_in(desk).post(at(draft), form).status_code == 302
        return is_behind(window, read)

    monkeypatch.setattr(Window, "is_behind", completed_first)

    told = counter.post(at(draft), form | {"do": "discard"}, follow=True).content.decode()

    assert Visit.objects.count() == 1
    assert "这张单已放弃" not in told
    assert "该笔消费已保存，没有放弃" in told
    assert Attendance.objects.filter(client=wang, user=lin).exists()


def test_what_is_saved_at_the_moment_of_another_s_completing_is_not_called_saved(
    desk: User, care: Service, wang: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft, counter = shop.draft(desk, wang, shop.line(care)), signed_in(desk)
    form = shop.posted(draft, "complete")
    is_behind = Window.is_behind

    def completed_first(window: Window, read: Draft) -> bool:
        monkeypatch.setattr(Window, "is_behind", is_behind)
        assert signed_in(desk).post(at(draft), form).status_code == 302
        return is_behind(window, read)

    monkeypatch.setattr(Window, "is_behind", completed_first)

    assert "重要护理记录" in late(counter.post(at(draft), form | {"do": "save", "care_note": "重要护理记录"}))
