"""The list on Today and the pages behind its buttons: who sees what, with and without htmx, and how many questions."""

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clients.models import MemorableDay
from outreach.models import Contact, ContactTask, Kind
from staff.models import AuditEntry, User
from staff.roles import Role
from tests.frontdesk import cast
from tests.frontdesk.conftest import SignedIn, signed_in
from tests.outreach.listed import agreed, closed, noted, task

__all__ = ["signed_in"]  # the fixture of the floor above
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MOST = 12
MONTHS = (Kind.BIRTHDAY, Kind.GIFT, Kind.MEMORABLE_DAY)


@pytest.fixture
def today() -> date:
    return timezone.localdate()


def user_of(browser: Browser) -> User:
    return browser.user  # type: ignore[attr-defined,no-any-return]


def text(response: Any) -> str:
    return str(response.content.decode())


def post(browser: Browser, path: str, sent: Mapping[str, Any] | None = None, *, headers: Any = None) -> Any:
    form = {"key": str(uuid.uuid4()), "seen": "0"} | dict(sent or {})
    return browser.post(path, form, headers=headers)


def one_of_each(today: date, by: User) -> dict[Kind, ContactTask]:
    """A client and a task for every kind, due today."""
    made = {}
    for number, kind in enumerate(Kind):
        client = cast.client(f"客{number}", phone=f"+861380000{number:04}", birthday_month=5, birthday_day=6)
        cast.member(client, last_visit_on=today - timedelta(days=7), lifetime_spend="38200")
        cast.allergic(client, f"过敏原{number}")
        visit = cast.visit(client, at=cast.days_ago(7), beautician=by, item=f"项目{number}", amount="468.00")
        day = MemorableDay.objects.create(client=client, label="结婚纪念日", month=5, day=6, year=2016)
        facts = {"points": 1280, "vouchers": 2, "on": "2030-12-31", "months": 6}
        made[kind] = task(client, kind, due=today, visit=visit, facts=facts, memorable_day=day)
    return made


def test_every_kind_says_why(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    one_of_each(today, cast.staff(Role.BEAUTICIAN))

    page = text(browser.get("/"))

    assert "今天要联系 7 位客户" in page  # a gift is prepared, nobody is contacted for it
    assert "全部 8" in page
    reasons = ["今天生日", "备好礼物", "今天结婚纪念日", "项目3", "¥468", "首次到店", "累计 ¥38,200"]
    for words in [*reasons, "1,280 积分", "2 张券", "过敏原5"]:
        assert words in page, words


@pytest.mark.parametrize("role", [Role.FRONT_DESK, Role.MANAGER, Role.BEAUTICIAN])
@pytest.mark.parametrize("query", ["", "?when=upcoming", "?when=done", "?kind=follow_up&mine=1", "?only=all"])
def test_the_list_asks_twelve_questions_however_long(signed_in: SignedIn, today: date, role: Role, query: str) -> None:
    browser = signed_in(role)
    me = user_of(browser)
    counts = []
    for _ in range(3):
        for number in range(12):
            client = cast.client(f"王{number}", phone="+8613800138000", consultant=me)
            cast.member(client, last_visit_on=today)
            cast.allergic(client)
            visit = cast.visit(client, at=cast.days_ago(7), beautician=me)
            call = task(client, due=today, visit=visit, assigned_to=me)
            noted(call, "no_answer", me, at=cast.days_ago(1))
            later = task(client, Kind.DORMANT, due=today + timedelta(days=2), shown_from=today, visit=visit)
            closed(task(client, Kind.THANK_YOU, due=today, visit=visit), me, timezone.now())
            assert later.is_open
        browser.get(f"/{query}")
        with CaptureQueriesContext(connection) as queries:
            assert browser.get(f"/{query}").status_code == 200
        counts.append(len(queries))

    assert max(counts) <= MOST
    assert counts[0] == counts[2]


def test_a_beautician_sees_her_clients_without_birthdays_points_and_phones(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.BEAUTICIAN)
    tasks = one_of_each(today, user_of(browser))
    stranger = cast.client("别人的客户", phone="+8613900000000")
    hidden = task(stranger, due=today)

    page = text(browser.get("/"))

    seen = {kind for kind, one in tasks.items() if one.client.name in page}
    assert seen == {Kind.FOLLOW_UP, Kind.THANK_YOU, Kind.DORMANT}
    assert "别人的客户" not in page
    for secret in ("¥", "138", "生日"):
        assert secret not in page.split("data-list", 1)[1].split("<aside", 1)[0], secret
    for path in ("script", "record", "hand-over"):
        assert browser.get(f"/contacts/{hidden.pk}/{path}/").status_code == 404
        assert browser.get(f"/contacts/{tasks[Kind.BIRTHDAY].pk}/{path}/").status_code == 404


def test_the_admin_has_the_days_of_the_week_instead(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.ADMIN)
    cast.client("金卡客", birthday_month=today.month, birthday_day=today.day)
    task(cast.client("王丽华"), due=today)

    page = text(browser.get("/"))

    assert "金卡客" in page
    assert "王丽华" not in page


def test_what_is_due_stands_in_the_order_in_which_it_presses(signed_in: SignedIn, today: date) -> None:
    gold = cast.client("金卡今天")
    cast.member(gold, "gold")
    task(cast.client("普通今天"), due=today)
    task(gold, due=today)
    task(cast.client("逾期两天"), due=today - timedelta(days=2))
    task(cast.client("今天生日"), Kind.BIRTHDAY, due=today)
    task(cast.client("后天才到"), due=today + timedelta(days=2), shown_from=today)

    page = text(signed_in(Role.FRONT_DESK).get("/"))

    places = [page.index(name) for name in ("今天生日</a>", "逾期两天", "金卡今天", "普通今天")]
    assert places == sorted(places)
    assert "后天才到" not in page
    assert "逾期 2 天" in page


def test_the_filters_are_in_the_address(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    me = user_of(browser)
    task(cast.client("我的回访"), due=today, assigned_to=me)
    task(cast.client("别人回访"), due=today, assigned_to=cast.staff(Role.MANAGER))
    task(cast.client("谁都可以生日"), Kind.BIRTHDAY, due=today)
    task(cast.client("过几天的"), due=today + timedelta(days=3), shown_from=today)
    task(cast.client("还不该看见"), due=today + timedelta(days=9), shown_from=today + timedelta(days=5))
    closed(task(cast.client("做完的"), due=today), me, timezone.now())
    closed(task(cast.client("计划取消的"), due=today), None, timezone.now(), status="cancelled", because="returned")
    everybody = ("我的回访", "别人回访", "谁都可以生日", "过几天的", "还不该看见", "做完的", "计划取消的")

    def seen(query: str) -> set[str]:
        page = text(browser.get(f"/{query}")).split("<aside")[0]
        return {name for name in everybody if name in page}

    assert seen("") == {"我的回访", "别人回访", "谁都可以生日"}
    assert seen("?kind=follow_up") == {"我的回访", "别人回访"}
    assert seen("?mine=1") == {"我的回访"}
    assert seen("?when=upcoming") == {"过几天的"}
    assert seen("?when=done") == {"做完的"}
    assert seen("?when=nonsense&kind=x&mine=yes&page=-3") == {"我的回访", "别人回访", "谁都可以生日"}


def test_a_long_list_has_pages(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    for number in range(35):
        task(cast.client(f"客{number:02}号"), due=today)

    first, second = text(browser.get("/?kind=follow_up")), text(browser.get("/?kind=follow_up&page=2"))

    assert first.count("data-contact") == 30
    assert second.count("data-contact") == 5
    assert "kind=follow_up&amp;page=2" in first


def test_a_page_that_was_worked_off_leads_back_to_the_rest(signed_in: SignedIn, today: date) -> None:
    task(cast.client("王丽华"), due=today)

    shown = text(signed_in(Role.FRONT_DESK).get("/?kind=follow_up&page=2"))

    assert "这一页没有了" in shown
    assert 'class="btn btn-primary" href="?kind=follow_up"' in shown
    assert "辛苦了" not in shown


def test_an_empty_list_says_what_will_come(signed_in: SignedIn) -> None:
    page = text(signed_in(Role.FRONT_DESK).get("/"))

    assert "今天没有要联系的客户" in page
    assert "data-contact" not in page


def test_an_outcome_is_noted_where_it_stands(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    call, _ = task(cast.client("王丽华"), due=today), task(cast.client("张敏"), due=today)
    sent = {"outcome": "reached", "channel": "phone", "feeling": "satisfied", "satisfaction": "5", "note": "皮肤很好"}

    row = text(post(browser, f"/contacts/{call.pk}/record/", sent | {"next": "/?kind=follow_up"}, headers=HTMX))

    assert f'id="contact-{call.pk}"' in row
    assert "皮肤很好" in row
    assert "今天要联系 1 位客户" in row
    assert "已完成 1" in row
    assert "一周回访 1" in row
    assert row.count("hx-swap-oob") == 4


def test_without_scripts_one_returns_to_the_list(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    call = task(cast.client("王丽华"), due=today)
    page = text(browser.get(f"/contacts/{call.pk}/record/?next=/?kind=follow_up"))
    assert 'name="next" value="/?kind=follow_up"' in page

    answer = post(browser, f"/contacts/{call.pk}/no-answer/", {"next": "/?kind=follow_up"})

    assert (answer.status_code, answer["Location"]) == (302, "/?kind=follow_up")
    assert "没接通" in text(browser.get("/"))


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "", "javascript:alert(1)"])
def test_one_returns_to_no_other_house(signed_in: SignedIn, today: date, to: str) -> None:
    call = task(cast.client("王丽华"), due=today)

    answer = post(signed_in(Role.FRONT_DESK), f"/contacts/{call.pk}/no-answer/", {"next": to})

    assert answer["Location"] == "/"


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_nothing_typed_is_lost_on_an_error(signed_in: SignedIn, today: date, headers: dict[str, str]) -> None:
    browser = signed_in(Role.FRONT_DESK)
    call = task(cast.client("王丽华"), due=today)
    sent = {"outcome": "rescheduled", "note": "下周再打，周三以后"}

    answer = post(browser, f"/contacts/{call.pk}/record/", sent, headers=headers)

    assert answer.status_code == 422
    assert "请选择改到哪一天" in text(answer)
    assert "下周再打，周三以后" in text(answer)
    assert not Contact.objects.exists()


@pytest.mark.parametrize(
    "sent",
    [
        {"outcome": ""},
        {"outcome": "shouted"},
        {"outcome": "reached", "satisfaction": "6"},
        {"outcome": "reached", "satisfaction": "5.5"},
        {"outcome": "reached", "channel": "pigeon"},
        {"outcome": "reached", "note": "长" * 501},
        {"outcome": "rescheduled", "until": "2026-02-30"},
        {"outcome": "rescheduled", "until": "9999-12-31"},
        {"outcome": "reached", "key": "abc"},
        {"outcome": "reached", "key": ""},
        {"outcome": "reached", "seen": "eins"},
        {"outcome": "reached", "seen": "0001-01-01", "key": ""},
        {"outcome": "reached", "seen": "9" * 5000, "key": "abc"},
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    signed_in: SignedIn, today: date, sent: dict[str, str]
) -> None:
    call = task(cast.client("王丽华"), due=today)

    answer = post(signed_in(Role.FRONT_DESK), f"/contacts/{call.pk}/record/", {"channel": "phone"} | sent)

    assert answer.status_code == 422
    assert "invalid-feedback" in text(answer) or text(answer).count("banner-danger") == 1
    assert not Contact.objects.exists()


def test_what_somebody_else_closed_meanwhile_is_told_with_what_was_typed(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    call = task(cast.client("王丽华"), due=today)
    noted(call, "reached", cast.staff(Role.MANAGER), at=timezone.now(), channel="phone")

    sent = {"outcome": "reached", "channel": "phone", "note": "客户说很满意"}
    answer = text(post(browser, f"/contacts/{call.pk}/record/", sent, headers=HTMX))

    assert "manager-name 已在" in answer
    assert "客户说很满意" in answer
    assert Contact.objects.count() == 1


def test_one_tap_tells_when_it_comes_too_late(signed_in: SignedIn, today: date) -> None:
    call = closed(task(cast.client(), due=today), None, timezone.now(), status="cancelled", because="returned")

    answer = post(signed_in(Role.FRONT_DESK), f"/contacts/{call.pk}/no-answer/", headers=HTMX)

    assert answer.status_code == 422  # swapped in all the same
    assert "客户又来了" in text(answer) or "客户已" in text(answer)


def test_who_has_agreed_to_nothing_is_told_in_the_salon(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    greeting = task(cast.client("没同意"), Kind.BIRTHDAY, due=today)
    agreed(task(cast.client("同意了"), Kind.BIRTHDAY, due=today).client)

    page = text(browser.get("/"))
    row = text(post(browser, f"/contacts/{greeting.pk}/record/", {"outcome": "mentioned"}, headers=HTMX))

    assert page.count("到店时当面说") == 1
    assert "到店时当面说" not in row
    assert ContactTask.objects.get(pk=greeting.pk).status == "done"


def test_who_was_greeted_this_week_is_shown_as_waiting(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    client = cast.client()
    agreed(client)
    noted(task(client, Kind.MEMORABLE_DAY), "sent", user_of(browser), at=timezone.now(), channel="wechat")
    task(client, Kind.DORMANT, due=today)

    assert f"{today + timedelta(days=7):%m-%d} 后再联系" in text(browser.get("/?kind=dormant"))


def test_the_number_is_shown_on_ones_own_call_only(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    client = cast.client(phone="+8613812345521")
    call = task(client, due=today)
    revealed = AuditEntry.objects.filter(action=AuditEntry.Action.REVEALED, actor=user_of(browser), client_id=client.pk)

    before = text(browser.get(f"/contacts/{call.pk}/script/"))
    assert "138 1234 5521" not in before
    assert not revealed.exists()
    post(browser, f"/contacts/{call.pk}/take/")
    for _ in range(2):
        assert "138 1234 5521" in text(browser.get(f"/contacts/{call.pk}/script/", headers=HTMX))

    assert revealed.count() == 1


def test_a_greeting_shows_no_number(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    client = cast.client(phone="+8613812345521")
    agreed(client)
    greeting = task(client, Kind.BIRTHDAY, due=today, assigned_to=user_of(browser))

    assert "138 1234 5521" not in text(browser.get(f"/contacts/{greeting.pk}/script/"))


def test_a_beautician_never_gets_the_number(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.BEAUTICIAN)
    client = cast.client(phone="+8613812345521", consultant=user_of(browser))
    call = task(client, due=today, assigned_to=user_of(browser))

    page = text(browser.get(f"/contacts/{call.pk}/script/"))

    assert "5521" not in page
    assert not AuditEntry.objects.filter(action=AuditEntry.Action.REVEALED).exists()


def test_taking_and_handing_over(signed_in: SignedIn, today: date) -> None:
    browser = signed_in(Role.FRONT_DESK)
    hers = cast.staff(Role.BEAUTICIAN)
    call = task(cast.client(consultant=hers), due=today)

    taken = text(post(browser, f"/contacts/{call.pk}/take/", headers=HTMX))
    chosen = text(browser.get(f"/contacts/{call.pk}/hand-over/", headers=HTMX))
    sent = {"to": hers.pk, "instead_of": user_of(browser).pk}
    handed = text(post(browser, f"/contacts/{call.pk}/hand-over/", sent, headers=HTMX))

    assert "我负责" in taken
    assert hers.display_name in chosen
    assert f"{hers.display_name} 负责" in handed


def test_who_is_dissatisfied_stands_on_the_managers_list_until_answered(signed_in: SignedIn, today: date) -> None:
    desk, manager = signed_in(Role.FRONT_DESK), signed_in(Role.MANAGER)
    call = task(cast.client("王丽华"), due=today)
    sent = {"outcome": "reached", "channel": "phone", "satisfaction": "1", "note": "染发颜色偏深"}
    post(desk, f"/contacts/{call.pk}/record/", sent)

    assert "1 位客户不满意" in text(manager.get("/"))
    assert "不满意，等您答复" not in text(desk.get("/"))
    assert "等店里答复" in text(desk.get("/?when=done"))
    waiting = text(manager.get("/contacts/dissatisfied/"))
    assert "王丽华" in waiting
    assert "染发颜色偏深" in waiting
    empty = post(manager, f"/contacts/{call.pk}/answer/", {"answer": " \u200b "})
    assert empty.status_code == 422
    key = str(uuid.uuid4())
    for _ in range(2):
        post(manager, f"/contacts/{call.pk}/answer/", {"answer": "道歉，免费重染", "key": key})

    manager.get("/")  # which tells that it is noted
    assert "王丽华" not in text(manager.get("/contacts/dissatisfied/"))
    assert ContactTask.objects.get(pk=call.pk).answer == "道歉，免费重染"
    assert Contact.objects.count() == 2
    assert "已答复" in text(desk.get("/?when=done"))


@pytest.mark.parametrize("act", ["record", "no-answer"])
def test_the_key_of_an_automatic_message_is_nobodys_form(signed_in: SignedIn, today: date, act: str) -> None:
    """It could be reckoned out beforehand, and the message's own attempt would find its place taken."""
    browser = signed_in(Role.FRONT_DESK)
    call = task(cast.client(), due=today)
    forged = {"key": str(uuid.uuid5(uuid.NAMESPACE_URL, "birthday:17:S2026:sms")), "outcome": "reached"}

    assert post(browser, f"/contacts/{call.pk}/{act}/", forged).status_code == 422
    assert not Contact.objects.exists()
