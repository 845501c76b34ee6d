"""The client list: what its rows show to whom, in which order, and that nothing on it is stale or unescaped."""

import re
from datetime import date

import pytest
from django.test import Client as Browser
from django.utils import timezone

from clients.access import visible_clients
from frontdesk.listing import PAGE, Order, first_page, page_of
from staff.models import User
from staff.roles import Role
from tests.frontdesk import cast
from tests.frontdesk.conftest import SignedIn

pytestmark = pytest.mark.django_db
HEADS = re.compile(r"<th scope=\"col\">")
CELLS = re.compile(r"<t[hd][ >]")


def shown(browser: Browser, query: str = "") -> str:
    response = browser.get(f"/clients/{query}")
    assert response.status_code == 200
    return response.content.decode()


def rows_of(page: str) -> list[str]:
    return re.findall(r"<tr>.*?</tr>", page.partition("<tbody>")[2])


@pytest.mark.parametrize("role", list(Role))
def test_every_row_has_a_cell_under_each_heading_and_none_beside_them(signed_in: SignedIn, role: Role) -> None:
    browser = signed_in(role)
    user: User = browser.user  # type: ignore[attr-defined]
    client = cast.client("王丽华", phone="+8613800138000", honorific="女士", consultant=user)
    cast.member(client, "gold", last_visit_on=timezone.localdate(), segment="core")
    cast.allergic(client)

    page = shown(browser)
    (row,) = rows_of(page)

    assert len(CELLS.findall(row)) == len(HEADS.findall(page))
    assert f'<a class="name" href="/clients/{client.pk}/">王丽华</a> <span class="muted">女士</span>' in row
    assert ("138 •••• 8000" in row) is (role is not Role.BEAUTICIAN)
    assert ("badge-tier-gold" in row and "核心忠诚" in row) is (role is not Role.BEAUTICIAN)
    assert ("badge-allergy" in row) is (role is not Role.ADMIN)
    assert (f'value="{client.pk}"' in row) is (role in (Role.FRONT_DESK, Role.MANAGER))
    assert "13800138000" not in page


def test_what_was_typed_into_a_file_stays_text(signed_in: SignedIn) -> None:
    client = cast.client("<b>王</b> {name} & Co", honorific='"><i>', phone="+8613800138000")
    cast.member(client)

    (row,) = rows_of(shown(signed_in(Role.FRONT_DESK)))

    assert row.count("&lt;b&gt;王&lt;/b&gt; {name} &amp; Co") == 2
    assert "&quot;&gt;&lt;i&gt;" in row
    assert "<b>" not in row
    assert "<i>" not in row


def test_the_first_page_is_anew_for_every_request(signed_in: SignedIn) -> None:
    browser = signed_in(Role.FRONT_DESK)
    client = cast.client("王丽华")
    account = cast.member(client, "gold", last_visit_on=date(2020, 1, 2))
    assert "2020-01-02" in rows_of(shown(browser))[0]

    allergy = cast.allergic(client)
    type(account).objects.filter(pk=account.pk).update(last_visit_on=date(2021, 3, 4))
    (row,) = rows_of(shown(browser))
    assert "badge-allergy" in row
    assert "2021-03-04" in row

    type(allergy).objects.filter(pk=allergy.pk).update(withdrawn_on=timezone.localdate())
    cast.client("李新")
    rows = rows_of(shown(browser))
    assert len(rows) == 2
    assert not any("badge-allergy" in row for row in rows)


@pytest.mark.parametrize("order", list(Order))
def test_the_first_page_is_what_any_page_would_be(signed_in: SignedIn, order: Order) -> None:
    user: User = signed_in(Role.FRONT_DESK).user  # type: ignore[attr-defined]
    for number in range(3):
        cast.member(cast.client(f"来过{number}"), last_visit_on=cast.days_ago(number).date())
    everybody = visible_clients(user)
    assert first_page(user, order) == page_of(everybody, user, order)

    for number in range(PAGE):
        cast.client(f"没来过{number:02}")
    first = first_page(user, order)
    assert first == page_of(everybody, user, order)
    assert len(first.clients) == PAGE

    second = page_of(everybody, user, order, first.after)
    assert len({row.pk for row in first.clients + second.clients}) == PAGE + 3
    assert second.after is None


def test_a_filter_that_makes_no_sense_says_so_beside_its_box(signed_in: SignedIn) -> None:
    cast.client("王丽华")

    page = shown(signed_in(Role.FRONT_DESK), "?tag=x&stale=on")

    assert re.search(r'<select name="tag" [^>]*aria-describedby="id_tag_error" aria-invalid="true"', page)
    assert '<div class="invalid-feedback" id="id_tag_error">' in page
    assert re.search(r'<input type="checkbox" name="stale" [^>]* checked>', page)


def test_what_is_chosen_stays_chosen(signed_in: SignedIn) -> None:
    account = cast.member(cast.client("王丽华"), "gold")

    page = shown(signed_in(Role.FRONT_DESK), f"?tier={account.tier_id}&last_visit=6m&birthday_month=5")

    assert f'<option value="{account.tier_id}" selected>金卡</option>' in page
    assert '<option value="6m" selected>' in page
    assert '<option value="5" selected>' in page
