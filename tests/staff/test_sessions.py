"""Sessions that end by themselves, and what was typed meanwhile."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client as Browser
from django.utils import timezone

from staff.drafts import Draft
from staff.models import AuditEntry, Salon, User
from staff.roles import Role
from staff.stamps import NAME, Page
from tests.staff import cast
from tests.staff.conftest import SignedIn

pytestmark = pytest.mark.django_db
NOON = timezone.make_aware(timezone.datetime(2026, 11, 22, 12, 0))  # type: ignore[attr-defined]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


def stamped(user: User, path: str) -> dict[str, str]:
    """The hidden field in the forms of a page that `user` has open."""
    return {NAME: Page(user.pk, path).stamp()}


def sealed_in(answer: object) -> str:
    draft: str = answer.context["draft"]  # type: ignore[attr-defined]
    return draft


def test_it_ends_after_fifteen_idle_minutes(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    browser = signed_in(Role.FRONT_DESK)

    clock.shift(timedelta(minutes=14, seconds=59))
    assert browser.get("/me/").status_code == 200
    clock.shift(timedelta(minutes=15))

    assert browser.get("/me/")["Location"] == "/login/?next=%2Fme%2F&why=idle"
    entry = AuditEntry.objects.get(action="signed_out")
    assert (entry.actor, entry.what) == (User.objects.get(), "idle")
    assert "没有人操作" in browser.get("/login/?why=idle").content.decode()


@pytest.mark.parametrize("minutes", [1, 5, 240])
def test_the_idle_time_is_the_salon_s(signed_in: SignedIn, clock: time_machine.Traveller, minutes: int) -> None:
    Salon.load()
    Salon.objects.update(idle_minutes=minutes)
    browser = signed_in(Role.FRONT_DESK)

    for _click in range(3):  # whoever goes on working stays
        clock.shift(timedelta(seconds=minutes * 60 * 0.7))
        assert browser.get("/me/").status_code == 200
    clock.shift(timedelta(minutes=minutes))

    assert browser.get("/me/").status_code == 302


def test_it_ends_after_twelve_hours_whatever_is_done(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    browser = signed_in(Role.FRONT_DESK)
    for _click in range(100):
        clock.shift(timedelta(minutes=12))
        if browser.get("/seen/").status_code == 401:
            break
    assert timezone.now() - NOON == timedelta(hours=12)


def test_being_seen_is_written_once_a_minute(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    browser = signed_in(Role.FRONT_DESK)
    browser.get("/seen/")
    before = browser.session["seen"]
    clock.shift(timedelta(seconds=59))
    browser.get("/seen/")
    assert browser.session["seen"] == before
    clock.shift(timedelta(seconds=1))
    assert browser.get("/seen/").status_code == 204
    assert browser.session["seen"] == before + 60


def test_a_form_sent_too_late_is_told_the_truth_and_keeps_what_was_typed(
    signed_in: SignedIn, clock: time_machine.Traveller
) -> None:
    browser = signed_in(Role.FRONT_DESK)
    clock.shift(timedelta(minutes=20))

    late = browser.post("/me/", {"display_name": "李晓雨", "language": "en", **stamped(User.objects.get(), "/me/")})

    assert late.status_code == 403
    assert "登录已过期，内容已保留，请重新登录" in late.content.decode()
    assert "李晓雨" not in late.content.decode()  # sealed: whoever stands there now cannot read it
    back = cast.sign_in(browser, User.objects.get(), draft=sealed_in(late))
    assert 'value="李晓雨"' in back.content.decode()
    assert [(field.label, field.value) for field in back.context["filled"]] == [
        ("显示姓名", "李晓雨"),
        ("界面语言", "English"),
    ]
    assert browser.post(back.context["draft"].path, dict(back.context["draft"].fields)).status_code == 302
    assert User.objects.get().display_name == "李晓雨"


def test_somebody_else_does_not_get_what_was_typed(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    browser, other = signed_in(Role.FRONT_DESK), cast.staff(Role.BEAUTICIAN)
    clock.shift(timedelta(minutes=20))
    late = browser.post("/me/", {"display_name": "李晓雨"})

    answer = cast.sign_in(browser, other, draft=sealed_in(late))

    assert (answer.status_code, answer["Location"]) == (302, "/")


@pytest.mark.parametrize("fields", [{"password": "abc"}, {"old_password": "x", "n": "1"}, {}, {"note": ""}])
def test_passwords_and_nothing_are_not_kept(client: Browser, fields: dict[str, str]) -> None:
    cast.staff(Role.FRONT_DESK)
    late = client.post("/me/", fields)
    assert late.status_code == 403
    assert sealed_in(late) == ""
    assert "没有保存" in late.content.decode()


@pytest.mark.parametrize("forged", ["", "nonsense", "gAAAAABnonsense", "é"])
def test_a_forged_draft_is_nothing(forged: str) -> None:
    assert Draft.unsealed(forged) is None


def test_a_draft_holds_for_twelve_hours(clock: time_machine.Traveller) -> None:
    sealed = Draft(1, "/me/", [("note", "x")]).sealed()
    clock.shift(timedelta(hours=12))
    assert Draft.unsealed(sealed) == Draft(1, "/me/", [("note", "x")])
    clock.shift(timedelta(seconds=2))
    assert Draft.unsealed(sealed) is None


def test_htmx_gets_the_whole_sign_in_page_instead_of_a_part(client: Browser) -> None:
    cast.staff(Role.FRONT_DESK)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/clients/?page=2"}
    for answer in (client.get("/audit/", headers=headers), client.post("/me/", {"a": "b"}, headers=headers)):
        assert answer.status_code == 204
        assert answer["HX-Redirect"] == "/login/?next=%2Fclients%2F%3Fpage%3D2&why=expired"


def test_a_form_of_the_admin_panel_is_kept_too(signed_in: SignedIn, clock: time_machine.Traveller) -> None:
    browser = signed_in(Role.ADMIN)
    clock.shift(timedelta(minutes=20))
    late = browser.post("/admin/staff/salon/1/change/", {"name": "花间"})
    assert late.status_code == 403
    assert Draft.unsealed(sealed_in(late)) == Draft(
        User.objects.get().pk, "/admin/staff/salon/1/change/", [("name", "花间")]
    )


def test_a_locked_page_ends_the_session_and_keeps_its_form(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)

    locked = browser.post("/lock/?to=/me/", {"lock_next": "/me/", "display_name": "半句话"})

    assert locked.status_code == 200
    assert cast.who_is_in(browser) is None
    draft = Draft.unsealed(sealed_in(locked))
    assert draft is not None
    assert (draft.path, draft.fields) == ("/me/", [("display_name", "半句话")])
    assert "现在是谁在用" in locked.content.decode()


def test_a_page_locked_by_hand_is_told_so_in_the_trail(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    page = browser.get("/clients/").content.decode()
    assert 'form="lock-form" name="lock_by" value="hand">锁屏' in page.replace('type="submit" ', "")

    assert browser.post("/lock/", {"lock_next": "/clients/", "lock_by": "hand"}).status_code == 200

    assert AuditEntry.objects.get(action="signed_out").what == "hand"
    assert browser.get("/clients/").status_code == 302


def test_a_second_tab_that_locks_keeps_its_form_for_the_same_person(signed_in: SignedIn) -> None:
    browser, desk = signed_in(Role.FRONT_DESK), User.objects.get()
    page = stamped(desk, "/me/")
    browser.post("/lock/", page)

    locked = browser.post("/lock/?to=/me/", {"note": "半句话", **page})

    draft = Draft.unsealed(sealed_in(locked))
    assert draft is not None
    assert draft.user == desk.pk
    assert locked.context["who"] == desk


def test_a_lock_leads_nowhere_else(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    locked = browser.post("/lock/?to=//bad.example/", {"lock_next": "https://bad.example/", "note": "x"})
    assert sealed_in(locked) == ""
    assert locked.context["next"] == "/"
