"""P18: every address as every role and as a stranger: never a 500, never a page that the table forbids."""

from collections.abc import Iterator
from typing import cast
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import transaction
from django.http import HttpResponse
from django.test import Client as Browser

from staff.roles import Role
from tests.access import table
from tests.access.urls import Address, addresses
from tests.access.world import METHODS, World, first_of, goes_to_sign_in, session_of, world_of

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
REFUSED = {401, 403, 404, 405}
PANEL = "admin:"
PANEL_FOR_STRANGERS = {f"{PANEL}login", f"{PANEL}logout", f"{PANEL}jsi18n"}


def asked(browser: Browser, method: str, path: str, sent: dict[str, str] | None = None) -> HttpResponse:
    """The answer, with everything that the request changed undone."""
    form = urlencode(sent or {})
    with transaction.atomic():
        response = cast(
            HttpResponse, browser.generic(method, path, form, content_type="application/x-www-form-urlencoded")
        )
        transaction.set_rollback(True)
    # `readyz` says with 503 that there is no worker, and there is none here.
    assert response.status_code < 500 or path == "/readyz", f"{method} {path}: {response.status_code}"
    return response


def is_refused(response: HttpResponse) -> bool:
    return response.status_code in REFUSED or goes_to_sign_in(response)


def own_addresses() -> list[Address]:
    return [address for address in addresses() if not address.name.startswith(PANEL)]


def wrong_paths(world: World, address: Address) -> Iterator[str]:
    """The address with one place after the other naming nothing, the other places existing."""
    right = {place: world._value(address.name, place) for place in address.places}
    for place in address.places:
        for wrong in address.wrong_values(place):
            path = address.path(right | {place: wrong})
            if path is not None:
                yield path


def test_every_address_has_a_line_in_the_table() -> None:
    assert {address.name for address in own_addresses()} == set(table.MAY)


def test_every_model_of_the_panel_has_a_line_in_the_table() -> None:
    assert {model._meta.label_lower for model in admin.site._registry} == set(table.ADMIN_MAY)


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_let_in_where_the_table_says_and_nowhere_else(role: Role) -> None:
    world = world_of(role)
    session = session_of(world.user)
    wrong: list[str] = []
    for address in own_addresses():
        path = world.path(address)
        assert path, address
        sent = table.SENT.get(address.name)
        answers = {method: asked(world.browser(session), method, path, sent) for method in METHODS}
        told = f"{address.name} {path} {[(method, one.status_code) for method, one in answers.items()]}"
        if role in table.MAY[address.name]:
            # Leaving ends at the sign-in page by its nature.
            leaves = address.name in table.FOR_STRANGERS
            if not leaves and all(is_refused(one) for one in answers.values()):
                wrong.append(f"shut out: {told}")
        elif not all(is_refused(one) or _is_elsewhere(one) for one in answers.values()):
            wrong.append(f"let in: {told}")
    assert wrong == []


def _is_elsewhere(response: HttpResponse) -> bool:
    """Sent home instead of being answered."""
    return response.status_code == 302 and response["Location"] == "/"


@pytest.mark.parametrize("role", list(Role))
def test_what_does_not_exist_is_not_found(role: Role) -> None:
    world = world_of(role)
    session = session_of(world.user)
    found = [
        f"{method} {path} {status}"
        for address in own_addresses()
        for path in wrong_paths(world, address)
        for method in METHODS
        if (status := asked(world.browser(session), method, path).status_code) not in REFUSED
        # A checkout that is done or gone sends one on to its receipt or to a new one.
        and not (address.name == "loyalty:checkout" and status in (302, 400, 409))
        # Which items there are does not depend on the checkout that asks.
        and address.name != "loyalty:checkout_items"
        and not (address.name in table.DONE_TWICE and method == "POST" and status == 302)
    ]
    assert found == []


def test_a_stranger_is_sent_to_the_sign_in() -> None:
    world = world_of(Role.MANAGER)
    let_in = []
    for address in addresses():
        if address.name in table.FOR_STRANGERS or address.name in PANEL_FOR_STRANGERS:
            continue
        path = world.path(address)
        for method in METHODS if path else ():
            response = asked(world.browser(""), method, str(path))
            if not is_refused(response):
                let_in.append(f"{method} {address.name} {response.status_code}")
            assert world.client.name not in response.content.decode()
    assert let_in == []


@pytest.mark.parametrize("role", list(Role))
def test_the_tabs_of_a_client_file(role: Role) -> None:
    world = world_of(role)
    browser = world.browser(session_of(world.user))
    opened = {tab for tab in table.TABS if browser.get(f"/clients/{world.client.pk}/?tab={tab}").status_code == 200}

    assert opened == {tab for tab, roles in table.TABS.items() if role in roles}


def panel_paths(label: str) -> dict[str, str]:
    """The pages of one model by what one does there."""
    base = f"/admin/{label.replace('.', '/')}/"
    one = f"{base}{first_of(label)}/"
    return {
        "list": base,
        "add": f"{base}add/",
        "change": f"{one}change/",
        "delete": f"{one}delete/",
        "history": f"{one}history/",
    }


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMIN])
def test_only_the_admin_enters_the_panel(role: Role) -> None:
    world = world_of(role)
    session = session_of(world.user)
    paths = [path for label in table.ADMIN_MAY for path in panel_paths(label).values()]
    paths += ["/admin/", "/admin/clients/", "/admin/autocomplete/", "/admin/nothing/", "/admin/password_change/"]
    let_in = [
        f"{method} {path}"
        for path in paths
        for method in ("GET", "POST", "DELETE")
        if not is_refused(asked(world.browser(session), method, path))
    ]
    assert let_in == []


@pytest.mark.parametrize("label", sorted(table.ADMIN_MAY))
def test_the_admin_does_to_each_model_what_the_table_says(label: str) -> None:
    world = world_of(Role.ADMIN)
    session = session_of(world.user)
    pages = {act: asked(world.browser(session), "GET", path) for act, path in panel_paths(label).items()}
    posted = asked(world.browser(session), "POST", panel_paths(label)["change"])

    may = set()
    # A settings model of one row may send its list on to that row.
    if not is_refused(pages["list"]) and not is_refused(pages["change"]):
        may.add(table.VIEW)
    may |= {act for act in (table.ADD, table.DELETE) if pages[act].status_code == 200}
    if posted.status_code not in REFUSED:
        may.add(table.CHANGE)
    assert may == set(table.ADMIN_MAY[label])


@pytest.mark.parametrize("label", sorted(table.ADMIN_MAY))
def test_the_panel_knows_no_wrong_ids(label: str) -> None:
    world = world_of(Role.ADMIN)
    session = session_of(world.user)
    base = f"/admin/{label.replace('.', '/')}/"
    for wrong in ("0", "-1", str(2**63), "abc", "%F0%9F%98%80", "a/b", "%27--"):
        for act in ("change/", "delete/", "history/", ""):
            response = asked(world.browser(session), "GET", f"{base}{wrong}/{act}")
            assert response.status_code in (302, 403, 404), (wrong, act)
