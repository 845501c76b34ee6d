"""What was typed and is offered again: only on from a page of that person, and never without all of it being shown."""

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from staff.drafts import Draft
from staff.form_names import Named
from staff.models import User
from staff.roles import Role
from staff.stamps import NAME, Page
from tests.staff import cast
from tests.staff.conftest import SignedIn
from tests.visits import shop

pytestmark = pytest.mark.django_db
ORIGIN = {"Origin": "http://testserver"}
SEND = "现在提交"


@pytest.fixture
def desk() -> User:
    return cast.with_pin(cast.staff(Role.FRONT_DESK))


@pytest.fixture
def boss() -> User:
    return cast.staff(Role.MANAGER)


def opened(browser: Browser, path: str) -> dict[str, str]:
    """What the forms of this page carry beside what is typed: the token and whose page it is."""
    page = browser.get(path)
    assert page.status_code == 200
    found = re.findall(rf'name="(csrfmiddlewaretoken|{NAME})" value="([^"]+)"', page.content.decode())
    assert {name for name, _value in found} == {"csrfmiddlewaretoken", NAME}
    return dict(found)


def strict() -> Browser:
    return Browser(enforce_csrf_checks=True, headers=ORIGIN)


def at_sign_in(browser: Browser, user: User, **more: str) -> object:
    """Sign in as a person does, with the token of that page."""
    token = browser.get("/login/").context["csrf_token"]
    return cast.sign_in(browser, user, csrfmiddlewaretoken=str(token), **more)


def adjusting(wang: int) -> tuple[str, dict[str, str]]:
    """The address and the fields with which a manager gives points by hand."""
    form = {"key": str(uuid.uuid4()), "way": "add", "points": "999", "reason": "补记"}
    return f"/clients/{wang}/adjust/", form


@pytest.mark.parametrize("way", ["lock", "form", "other page", "own page", "no page"])
def test_nobody_makes_up_an_act_for_the_manager(client: Browser, desk: User, boss: User, way: str) -> None:
    wang = shop.client()
    path, form = adjusting(wang.pk)
    for user in (boss, desk):  # the manager signed in here before
        cast.sign_in(client, user)
    forbidden = client.get(path)
    assert forbidden.status_code == 403
    assert NAME not in forbidden.content.decode()  # a page that is refused is no page that was open
    stamp = {
        "other page": Page(boss.pk, "/"),  # left open by the manager in another tab
        "own page": Page(desk.pk, path),
    }.get(way)
    client.post("/logout/")
    sent = client.post(
        path if way == "form" else f"/lock/?to={path}",
        form | {"lock_user": str(boss.pk)} | ({NAME: stamp.stamp()} if stamp else {}),
    )

    kept = cast.sign_in(client, boss, draft=sent.context["draft"])

    shown = kept.content.decode()
    assert SEND not in shown
    assert f'action="{path}"' not in shown
    assert kept.status_code == (302 if way == "own page" else 200)  # hers alone


def test_what_the_manager_typed_comes_back_whole(client: Browser, boss: User) -> None:
    wang = shop.client()
    path, form = adjusting(wang.pk)
    cast.sign_in(client, boss)
    page = opened(client, path)
    client.post("/lock/", page)  # from another tab

    locked = client.post(f"/lock/?to={path}", form | page)
    kept = cast.sign_in(client, boss, draft=locked.context["draft"])

    assert kept.context["title"] == "调整积分"
    assert [(one.label, one.value) for one in kept.context["filled"]] == [
        ("加还是扣", "增加"),
        ("多少积分", "999"),
        ("原因", "补记"),
    ]
    assert path in kept.content.decode()
    assert client.post(path, dict(kept.context["draft"].fields)).status_code == 302
    assert wang.account.adjustments.get().points == 999


@pytest.mark.parametrize(("name", "value"), [("key", "999 分"), ("version", "改成别的"), ("way", "x"), ("_do", "1")])
def test_short_and_odd_values_are_shown_too(client: Browser, desk: User, name: str, value: str) -> None:
    sealed = Draft(desk.pk, "/me/", [("key", str(uuid.uuid4())), (name, value), ("n", "")], is_proven=True).sealed()

    shown = cast.sign_in(client, desk, draft=sealed)

    assert [(one.label, one.value) for one in shown.context["filled"]] == [(name, value)]
    assert shown.context["empty"] == ["n"]


def test_a_stamp_is_of_one_page_and_holds_for_a_day_s_work(boss: User) -> None:
    page = Page(boss.pk, "/clients/new/?name=王")
    assert page.is_its_own("/clients/new/?name=王")
    assert page.is_its_own("/clients/new/")
    assert not page.is_its_own("/clients/new/?name=李")
    assert not page.is_its_own("/clients/")

    class Sent:
        POST = {NAME: page.stamp()}

    assert Page.of(Sent()) == page  # type: ignore[arg-type]
    with time_machine.travel(timezone.now() + timedelta(hours=12, minutes=1)):
        assert Page.of(Sent()) is None  # type: ignore[arg-type]
    for forged in ("", "x", page.stamp()[:-1], "WzEsIi8iXQ:x:y"):
        Sent.POST = {NAME: forged}
        assert Page.of(Sent()) is None  # type: ignore[arg-type]


def test_after_another_tab_switched_the_user_it_is_kept_and_counts_as_the_new_one_s(desk: User, boss: User) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    page = opened(browser, "/me/")
    browser.post("/logout/", page)
    at_sign_in(browser, boss)

    sent = browser.post("/me/", page | {"display_name": "陈静", "language": "en"})

    told = sent.content.decode()
    assert sent.status_code == 403
    assert "front_desk-shown打开的" in told
    assert "陈静" in told
    assert SEND in told
    assert NAME not in told  # what was refused is no page that was open
    token = str(sent.context["csrf_token"])
    again = browser.post("/me/", dict(sent.context["draft"].fields) | {"csrfmiddlewaretoken": token})
    assert again.status_code == 302
    assert User.objects.get(pk=boss.pk).display_name == "陈静"


def test_without_a_sign_of_the_page_it_is_shown_but_not_sent_on(desk: User) -> None:
    browser = strict()
    at_sign_in(browser, desk)

    sent = browser.post("/clients/new/", {"name": "陈静", "note": "怕疼"})

    assert sent.status_code == 403
    assert "怕疼" in sent.content.decode()
    assert SEND not in sent.content.decode()
    assert NAME not in sent.content.decode()


@pytest.mark.parametrize("origin", ["https://bad.example", "null", ""])
def test_a_form_of_another_house_is_refused_and_shown_to_nobody(desk: User, origin: str) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    page = opened(browser, "/clients/new/")
    browser.defaults.pop("HTTP_ORIGIN", None)

    sent = browser.post(
        "/clients/new/",
        page | {"csrfmiddlewaretoken": "x" * 64, "name": "陈静"},
        headers={"Origin": origin} if origin else {},
    )

    assert sent.status_code == 403
    assert "陈静" not in sent.content.decode()
    assert "页面打开太久" in sent.content.decode()
    browser.post("/lock/", {}, headers={"Origin": origin} if origin else {})
    assert cast.who_is_in(browser) == str(desk.pk)


def test_a_password_is_kept_in_no_such_page(desk: User) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    sent = browser.post("/me/password/", {"old_password": "alt-12345", "new_password1": "neu-12345"})
    assert sent.status_code == 403
    assert "alt-12345" not in sent.content.decode()


def test_a_stranger_s_old_form_leads_to_the_sign_in_with_what_was_typed(desk: User) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    page = opened(browser, "/me/")
    browser.post("/logout/", page)
    browser.cookies["csrftoken"] = "y" * 32

    sent = browser.post("/me/", page | {"display_name": "李晓雨"})

    assert sent.status_code == 403
    assert Draft.unsealed(sent.context["draft"]) == Draft(desk.pk, "/me/", [("display_name", "李晓雨")], True, "/me/")


def test_a_tab_of_before_the_switch_still_locks_and_keeps_its_form(desk: User, boss: User) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    page = opened(browser, "/me/")
    browser.post("/logout/", page)
    at_sign_in(browser, boss)

    locked = browser.post("/lock/?to=/me/", page | {"display_name": "李晓雨"})

    assert cast.who_is_in(browser) is None
    draft = Draft.unsealed(locked.context["draft"])
    assert draft is not None
    assert (draft.user, draft.is_proven) == (desk.pk, True)


def test_a_form_sent_by_htmx_is_told_to_be_sent_whole(desk: User, signed_in: SignedIn) -> None:
    browser = strict()
    at_sign_in(browser, desk)
    sent = browser.post("/clients/new/", {"name": "陈静"}, headers={"HX-Request": "true", **ORIGIN})
    assert (sent.status_code, sent["X-Send-Whole"]) == (403, "1")


@pytest.mark.parametrize("sign", ["\0", "\ufffd"])
def test_a_sign_that_cannot_be_read_costs_nobody_a_long_text(desk: User, sign: str) -> None:
    browser = Browser()
    at_sign_in(browser, desk)
    page = opened(browser, "/clients/new/")

    sent = browser.post("/clients/new/", page | {"name": "陈静", "note": f"怕疼{sign}，喜欢安静"})

    assert sent.status_code == 400
    assert "怕疼□，喜欢安静" in sent.content.decode()
    assert "无法识别" in sent.content.decode()
    assert SEND not in sent.content.decode()
    bare = browser.post("/me/password/", page | {"old_password": f"alt-12345{sign}"})
    assert bare.status_code == 400
    assert "alt-12345" not in bare.content.decode()
    by_script = browser.post("/me/", {"display_name": sign}, headers={"HX-Request": "true"})
    assert (by_script.status_code, by_script["X-Send-Whole"]) == (400, "1")


@pytest.mark.parametrize(
    ("path", "title", "name", "value", "words"),
    [
        ("/clients/new/?name=王", "新客户", "name", "王", ("姓名", "王")),
        ("/clients/new/", "新客户", "nobody-s", "x", ("nobody-s", "x")),
        ("/clients/7/allergies/", "新增过敏", "substance", "酒精", ("过敏物质", "酒精")),
        ("/clients/7/enquiries/", "新增咨询", "about", "水光", ("咨询项目", "水光")),
        ("/contacts/7/record/", "记录联系结果", "note", "不在家", ("备注", "不在家")),
        ("/words/7/", "话术", "text", "您好", ("正文", "您好")),
        ("/clients/7/referrer/", "填写推荐人", "referrer", "3", ("推荐人", "3")),
        ("/no/such/page/", "", "note", "留着", ("note", "留着")),
    ],
)
def test_a_page_says_what_it_and_its_fields_are_called(
    path: str, title: str, name: str, value: str, words: tuple[str, str]
) -> None:
    page = Named.of(path)
    assert str(page.title) == title
    assert page.words(name, value) == words


# The way in and out, whose fields are never kept; look-ups while typing; buttons beside which nothing is typed.
DOORS = {"login", "logout", "lock", "switch", "password", "pin", "step_up", "setup"}
BUTTONS = {
    "clients": {
        *("duplicates", "referrers", "reveal_phone", "confirm_allergy", "remove_preference", "remove_memorable_day"),
    },
    "loyalty": {"use_perk", "decide_adjustment"},
    "outreach": {"no_answer", "take_back", "take", "decide_message", "job_run"},
    "staff": DOORS,
}


def pages(within: URLResolver, floor: str = "") -> Iterator[tuple[str, str, Callable[..., HttpResponse]]]:
    """Floor, name and view of every page but the admin panel's."""
    for one in within.url_patterns:
        if isinstance(one, URLPattern):
            yield floor, one.name or "", one.callback
        elif one.namespace != "admin":
            yield from pages(one, one.namespace or floor)


def takes_forms(view: Callable[..., HttpResponse]) -> bool:
    asked = RequestFactory().patch("/")
    asked.user = AnonymousUser()
    return "POST" in view(asked).headers.get("Allow", "POST")


def test_every_page_with_a_form_says_how_its_fields_are_called() -> None:
    forms = {(floor, name): view for floor, name, view in pages(get_resolver()) if takes_forms(view)}
    buttons = {(floor, name) for floor, names in BUTTONS.items() for name in names}
    assert {page for page, view in forms.items() if not hasattr(view, "resumed_as")} == buttons


def test_the_lines_of_a_checkout_are_told_by_their_number() -> None:
    page = Named.of(f"/checkout/{uuid.uuid4()}/")
    assert page.words("item-2", "水光") == ("项目 2", "水光")
    assert page.words("care_note", "皮肤偏干") == ("护理记录", "皮肤偏干")
