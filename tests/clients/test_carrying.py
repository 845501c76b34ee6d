"""What was typed while looking for somebody, carried to the form of a new file and on to her checkout."""

from uuid import uuid4

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.carrying import name_and_phone
from clients.models import Client
from staff.roles import Role
from tests.clients.cast import PHONE, client, staff
from visits.models import Draft

NEW, CHECKOUT = "/clients/new/", "/checkout/new/"


@pytest.fixture
def web(db: None) -> Browser:
    web = Browser()
    web.force_login(staff(Role.FRONT_DESK))
    return web


@pytest.mark.parametrize(
    ("typed", "name", "phone"),
    [
        ("周新客13700001111", "周新客", "13700001111"),
        ("周新客 137-0000-1111", "周新客", "137-0000-1111"),
        ("13700001111，周新客", "周新客", "13700001111"),
        ("+852 9123 4567 陈大文", "陈大文", "+852 9123 4567"),
        ("周新客", "周新客", ""),
        ("Lucy Chen", "Lucy Chen", ""),
        ("13700001111", "", "13700001111"),
        ("wlh", "", ""),
        ("wlh13700001111", "", "13700001111"),
        ("5521", "", ""),
        ("", "", ""),
    ],
)
def test_it_works(typed: str, name: str, phone: str) -> None:
    assert name_and_phone(typed) == {"name": name, "phone": phone}


def test_the_form_of_a_new_file_stands_filled_in_and_nothing_is_opened_yet(web: Browser) -> None:
    page = web.post(NEW, {"typed": "周新客13700001111"})

    assert page.status_code == 200
    assert 'value="周新客"' in page.content.decode()
    assert 'value="13700001111"' in page.content.decode()
    assert "is-invalid" not in page.content.decode()
    assert not Client.objects.exists()


def test_from_who_is_it_for_to_the_new_file_and_on_to_the_checkout(web: Browser) -> None:
    found = web.get(CHECKOUT, {"who": "周新客13700001111"}, headers={"HX-Request": "true"}).content.decode()
    assert f'action="{NEW}?next=%2Fcheckout%2Fnew%2F"' in found
    assert 'name="typed" value="周新客13700001111"' in found

    entered = {"name": "周新客", "phone": "13700001111", "key": str(uuid4())}
    answer = web.post(f"{NEW}?next=%2Fcheckout%2Fnew%2F", entered, follow=True)

    made = Client.objects.get()
    draft = Draft.objects.get()
    assert draft.client == made
    assert answer.redirect_chain[-1][0] == reverse("loyalty:checkout", args=[draft.pk])
    again = web.get(f"{CHECKOUT}?client={made.pk}")
    assert again.status_code == 200, "a checkout is begun by itself once only"


def test_another_client_for_a_checkout_may_be_a_new_one(web: Browser) -> None:
    draft = Draft.objects.create(client=client("王丽华"), by=staff(Role.MANAGER))
    page = web.get(CHECKOUT, {"draft": str(draft.pk)}).content.decode()
    back = f"%2Fcheckout%2Fnew%2F%3Fdraft%3D{draft.pk}"
    assert f"{NEW}?next={back}" in page

    web.post(f"{NEW}?next={back}", {"name": "周新客", "key": str(uuid4())}, follow=True)

    draft.refresh_from_db()
    assert draft.client
    assert draft.client.name == "周新客"


def test_the_top_bar_offers_a_new_file_where_nobody_is_found(web: Browser) -> None:
    panel = {"HX-Request": "true"}
    assert 'form="search-new"' in web.get("/search/", {"q": "周新客"}, headers=panel).content.decode()
    client("周新客", PHONE)
    assert 'form="search-new"' not in web.get("/search/", {"q": "周新客"}, headers=panel).content.decode()
    reader = Browser()
    reader.force_login(staff(Role.BEAUTICIAN))
    assert 'form="search-new"' not in reader.get("/search/", {"q": "孙七"}, headers=panel).content.decode()
