"""The pages of the checkout: typing is kept, unfinished ones are taken up again, nothing happens twice."""

import threading
import uuid
from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from clients.models import Client, SkinRecord
from clients.search import keys_of
from staff.models import User
from staff.roles import Role
from tests.staff.cast import signed_in
from tests.visits import shop
from visits.draft import Content, Paying
from visits.models import CheckoutRules, Draft, Service, Visit

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def wang() -> Client:
    return shop.client(phone="+8613812345521")


def at(draft: Draft | uuid.UUID) -> str:
    return reverse("loyalty:checkout", args=[draft.pk if isinstance(draft, Draft) else draft])


def test_it_works_from_choosing_the_client_to_the_receipt(counter: Browser, care: Service, wang: Client) -> None:
    begun = counter.post(reverse("loyalty:checkout_new"), {"client": wang.pk})
    address = begun["Location"]
    counter.post(address, {"do": f"add:service:{care.pk}", "for_client": wang.pk}, headers=HTMX)
    counter.post(address, shop.posted(Draft.objects.get(), "pay:wechat"), headers=HTMX)

    done = counter.post(address, shop.posted(Draft.objects.get(), "complete", shown_total="421.20"), headers=HTMX)

    visit = Visit.objects.get()
    assert done["HX-Redirect"] == reverse("loyalty:receipt", args=[visit.pk])
    page = counter.get(done["HX-Redirect"]).content.decode()
    assert "421.20" in page
    assert "深层补水护理" in page


def test_without_a_script_the_same_form_works(counter: Browser, care: Service, wang: Client, desk: User) -> None:
    draft = shop.draft(desk, wang, shop.line(care))

    assert counter.post(at(draft), shop.posted(draft, "complete")).status_code == 302
    assert Visit.objects.count() == 1


def test_the_page_shows_price_points_and_the_allergy_but_no_phone(
    counter: Browser, care: Service, wang: Client, desk: User
) -> None:
    shop.allergy(wang, "果酸")

    page = counter.get(at(shop.draft(desk, wang, shop.line(care)))).content.decode()

    assert "421.20" in page
    assert "果酸" in page
    assert "13812345521" not in page.replace(" ", "")
    assert "5521" in page


def test_an_allergy_by_another_name_asks_and_says_both_as_they_were_written(
    counter: Browser, wang: Client, desk: User
) -> None:
    acid = shop.service("果酸焕肤", ingredients="果酸,酒精")
    shop.allergy(wang, "花粉、乙醇、AHA")

    page = counter.get(at(shop.draft(desk, wang, shop.line(acid)))).content.decode()

    assert "“果酸焕肤”含酒精、果酸，客户对<strong>乙醇、AHA</strong>过敏" in page


def test_what_must_not_be_done_stands_beside_the_allergies(
    counter: Browser, care: Service, wang: Client, desk: User
) -> None:
    SkinRecord.objects.create(client=wang, recorded_on=date(2026, 1, 5), contraindications="正在用维A酸")
    SkinRecord.objects.create(client=wang, recorded_on=date(2026, 11, 1), contraindications="孕期禁用果酸")

    page = counter.get(at(shop.draft(desk, wang, shop.line(care)))).content.decode()

    assert "禁忌：孕期禁用果酸" in page
    assert "维A酸" not in page
    assert "禁忌" not in counter.get(at(shop.draft(desk, None, shop.line(care)))).content.decode()


@pytest.mark.parametrize(
    ("role", "limit", "told"),
    [
        (Role.FRONT_DESK, 10, "再低请店长操作"),
        (Role.MANAGER, 50, "上限由管理员在后台设置"),
        (Role.FRONT_DESK, 0, "请店长操作"),
        (Role.MANAGER, 0, "手动折扣已在后台关闭"),
    ],
)
def test_nobody_is_sent_to_herself_for_a_larger_discount(care: Service, role: Role, limit: int, told: str) -> None:
    CheckoutRules.load()
    CheckoutRules.objects.update(front_desk_discount=min(limit, 10), manager_discount=limit)
    user = shop.worker(role, username="who")
    draft = shop.draft(user, None, shop.line(care, off_as="zhe", off="2", reason="老客"))

    page = signed_in(user).post(at(draft), shop.posted(draft), headers=HTMX).content.decode()

    error = page.split('id="off-error-1"')[1].split("</span>")[0]
    assert told in error
    assert ("店长" in page) is (role == Role.FRONT_DESK)


def test_a_service_without_a_beautician_says_so_and_a_product_does_not(counter: Browser, desk: User) -> None:
    lin = shop.worker(Role.BEAUTICIAN, "林美")
    lines = [shop.line(shop.service()), shop.line(shop.product(), "2")]
    by_lin = shop.line(shop.service("颈部护理"), "3", beautician=str(lin.pk))

    page = counter.get(at(shop.draft(desk, None, *lines, by_lin))).content.decode()

    assert page.count("没选美容师") == 1


def test_what_was_typed_stays_also_when_it_is_wrong(counter: Browser, care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care, quantity="两个", off="abc", reason="生日"), care_note="泛红减轻")

    answer = counter.post(at(draft), shop.posted(draft), headers=HTMX).content.decode()

    assert 'value="两个"' in answer
    assert 'value="abc"' in answer
    kept = Content.from_json(Draft.objects.get().content)
    assert (kept.lines[0].quantity, kept.lines[0].off, kept.care_note) == ("两个", "abc", "泛红减轻")


def test_it_can_be_left_and_taken_up_again_by_somebody_else(care: Service, wang: Client, desk: User) -> None:
    draft = shop.draft(desk, wang, shop.line(care, reason="老客"), care_note="T 区仍干")
    other = signed_in(shop.worker(Role.MANAGER, "周店长"))

    listed = other.get(reverse("loyalty:checkout_new")).content.decode()

    assert at(draft) in listed
    assert "李晓雨" in listed
    page = other.get(at(draft)).content.decode()
    assert "T 区仍干" in page
    assert 'value="老客"' in page


def test_beginning_twice_for_the_same_client_is_one_checkout(counter: Browser, wang: Client) -> None:
    addresses = {counter.post(reverse("loyalty:checkout_new") + f"?client={wang.pk}")["Location"] for _ in range(2)}

    assert len(addresses) == Draft.objects.count() == 1


def test_another_client_keeps_the_lines(counter: Browser, care: Service, wang: Client, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care), care_note="备注")

    counter.post(reverse("loyalty:checkout_new"), {"draft": str(draft.pk), "client": wang.pk})

    draft.refresh_from_db()
    assert draft.client == wang
    assert Content.from_json(draft.content).care_note == "备注"


def test_a_window_with_the_old_client_cannot_complete(
    counter: Browser, care: Service, wang: Client, desk: User
) -> None:
    draft = shop.draft(desk, wang, shop.line(care))
    old = shop.posted(draft, "complete")
    Draft.objects.update(client=shop.client("陈静"))

    counter.post(at(draft), old)

    assert not Visit.objects.exists()


def test_discarding_takes_it_away(counter: Browser, care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care))

    counter.post(at(draft), shop.posted(draft, "discard"))

    assert not Draft.objects.exists()
    assert counter.get(at(draft)).status_code == 404


def test_going_back_after_completing_leads_to_the_receipt(counter: Browser, care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care))
    form = shop.posted(draft, "complete")
    receipt = counter.post(at(draft), form)["Location"]

    assert counter.get(at(draft))["Location"] == receipt
    assert counter.post(at(draft), form)["Location"] == receipt
    assert counter.post(at(draft), form | {"do": "save"}, headers=HTMX)["HX-Redirect"] == receipt
    assert Visit.objects.count() == 1


def test_sent_again_with_another_amount_it_says_so(counter: Browser, care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care), pay=(Paying("cash", "468"),))
    form = shop.posted(draft, "complete")
    counter.post(at(draft), form)

    answer = counter.post(at(draft), form | {"paid-cash": "400"}, follow=True)

    assert "该笔消费已保存，金额不同，请核对" in answer.content.decode()
    assert Visit.objects.count() == 1


def test_when_the_session_ended_the_draft_is_still_there(care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care), care_note="已写好的记录")
    counter = signed_in(desk)
    counter.logout()

    answer = counter.post(at(draft), shop.posted(draft, "complete"))
    by_htmx = counter.post(at(draft), shop.posted(draft), headers=HTMX)

    assert by_htmx["HX-Redirect"].startswith(reverse("staff:login"))
    assert answer.status_code == 403
    assert "已写好的记录" not in answer.content.decode()  # it is kept sealed
    assert not Visit.objects.exists()
    assert "已写好的记录" in signed_in(desk).get(at(draft)).content.decode()


@pytest.mark.parametrize("role", [Role.BEAUTICIAN, Role.ADMIN])
def test_who_may_not_check_out_is_refused(care: Service, desk: User, role: Role) -> None:
    draft = shop.draft(desk, None, shop.line(care))
    counter = signed_in(shop.worker(role))

    for address in (at(draft), reverse("loyalty:checkout_new"), reverse("loyalty:checkout_items", args=[draft.pk])):
        assert counter.get(address).status_code == 403
    assert counter.post(at(draft), shop.posted(draft, "complete")).status_code == 403
    assert not Visit.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"do": "add:service:" + "9" * 30},
        {"do": "add:service:999999999"},
        {"do": "remove:x"},
        {"do": "pay:gold"},
        {"do": "\0"},
        {"line": ["1"] * 200, "item-1": "service:1"},
        {"for_client": "9" * 40, "do": "complete"},
        {"care_note": "长" * 900_000},
        {"care_note": "a\0b", "when": "\0", "method": ["cash", "\0"], "paid-cash": "NaN"},
        {"shown_total": "Infinity", "do": "complete"},
        {"acknowledged": ["x" * 5000] * 300},
    ],
)
def test_no_form_makes_it_fail(counter: Browser, desk: User, fields: dict[str, object]) -> None:
    draft = shop.draft(desk, None)

    for headers in (HTMX, {}):
        answer = counter.post(at(draft), {"do": "save", "for_client": "", **fields}, headers=headers)
        assert answer.status_code in (200, 302, 400)
    assert counter.get(at(draft)).status_code == 200


@pytest.mark.parametrize("named", ["0", "-1", str(2**63), "9" * 40, "9" * 5000, "abc", "😀"])
def test_a_client_that_cannot_be_is_not_found(counter: Browser, named: str) -> None:
    address = reverse("loyalty:checkout_new")

    assert counter.get(address, {"client": named}).status_code == 404
    assert counter.post(address, {"client": named}).status_code == 404
    assert counter.get(address, {"draft": named}).status_code == 404


def test_a_long_note_is_told_and_kept(counter: Browser, care: Service, desk: User) -> None:
    draft = shop.draft(desk, None, shop.line(care), care_note="长" * 2001)

    page = counter.post(at(draft), shop.posted(draft, "complete")).content.decode()

    assert "2,000" in page
    assert "长" * 2001 in page
    assert not Visit.objects.exists()


def test_searching_clients_and_items(counter: Browser, care: Service, wang: Client, desk: User) -> None:
    Client.objects.filter(pk=wang.pk).update(search_keys=keys_of(wang.name, "", [wang.phone]))
    for typed in ("wlh", "5521", "丽华"):
        page = counter.get(reverse("loyalty:checkout_new"), {"who": typed}).content.decode()
        assert "王丽华" in page
        assert "13812345521" not in page
    draft = shop.draft(desk, wang)
    assert (
        "深层补水护理"
        in counter.get(reverse("loyalty:checkout_items", args=[draft.pk]), {"q": "scbs"}).content.decode()
    )


def test_twelve_queries_at_most(
    counter: Browser, wang: Client, desk: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lin = shop.worker(Role.BEAUTICIAN, "林美")
    lines = [shop.line(shop.service(f"项目{n}"), str(n), beautician=str(lin.pk)) for n in range(1, 9)]
    lines += [shop.line(shop.product(f"产品{n}"), str(n)) for n in range(9, 16)]
    shop.allergy(wang, "果酸")
    SkinRecord.objects.create(client=wang, recorded_on=date(2026, 11, 1), contraindications="孕期")
    draft = shop.draft(desk, wang, *lines)
    for _ in range(8):
        shop.draft(desk, wang, *lines)
    counter.get(at(draft))  # makes the rows of the rules

    with django_assert_max_num_queries(12):
        counter.get(at(draft))
    with django_assert_max_num_queries(12):
        counter.post(at(draft), shop.posted(draft), headers=HTMX)
    with django_assert_max_num_queries(12):
        counter.get(reverse("loyalty:checkout_new"), {"who": "王"})


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_twenty_windows_completing_at_once_make_one_visit(desk: User) -> None:
    draft = shop.draft(desk, shop.client(), shop.line(shop.service()))
    form, browsers = shop.posted(draft, "complete", shown_total="421.20"), [signed_in(desk) for _ in range(20)]
    barrier, landed = threading.Barrier(20), []

    def press(one: Browser) -> None:
        barrier.wait()
        try:
            landed.append(one.post(at(draft), form)["Location"])
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=[browser]) for browser in browsers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    visit = Visit.objects.get()
    assert landed == [reverse("loyalty:receipt", args=[visit.pk])] * 20
    assert visit.total == Decimal("421.20")


@pytest.mark.parametrize(("also", "told"), [(None, "请管理员"), (Role.ADMIN, "/admin/visits/service/")])
def test_with_an_empty_price_list_it_says_who_fills_it(desk: User, also: Role | None, told: str) -> None:
    if also:
        desk.groups.add(Group.objects.get(name=also))

    page = signed_in(desk).get(at(shop.draft(desk, None))).content.decode()

    assert "价目表还是空的" in page
    assert told in page
