"""P19, P20, P26: what a role may not see never leaves the server, what was shown is in the trail, logs know nothing."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest

from salon_crm.logs import JsonLines
from staff.models import AuditEntry
from staff.roles import Can, Role
from tests.access import table
from tests.access.test_every_url import own_addresses, panel_paths
from tests.access.world import CANARIES, World, session_of, world_of

pytestmark = pytest.mark.django_db

# Which canaries each role may meet. The whole phone is shown to nobody before it is revealed.
MEETS: dict[Role, set[str]] = {
    Role.FRONT_DESK: {"wechat", "email", "address", "allergy", "skin", "care_note", "amount", "foreign_item"},
    Role.BEAUTICIAN: {"allergy", "skin", "care_note"},
    Role.MANAGER: set(CANARIES) - {"phone", "second_phone"},
    Role.ADMIN: {"wechat", "email", "address", "birth_year", "amount", "foreign_item"},
}
QUERIES = ("?q=金丝雀", "?q=5678", "?tab=visits", "?tab=points", "?tab=care", "?tab=details", "?only=birthday")
FILTERS = ("?allergy=yes", "?consent=file", "?order=name", "?order=new", "?after=1", "?missing=any")


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged meanwhile, as the program writes it."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def pages(world: World) -> Iterator[str]:
    """Every page that somebody can open, with the filters that change what it shows."""
    for address in own_addresses():
        path = world.path(address)
        if path and address.name not in table.FOR_STRANGERS:
            yield path
            yield from (path + query for query in (*QUERIES, *FILTERS) if address.name.startswith("frontdesk:"))
    if world.user.can(Can.USE_ADMIN):
        yield from (path for label in table.ADMIN_MAY for path in panel_paths(label).values())
        yield from ("/admin/clients/client/?q=5678", "/admin/clients/client/?o=-1")


def canaries_in(content: str) -> set[str]:
    return {name for name, text in CANARIES.items() if re.search(rf"(?<!\d){re.escape(text)}", content)}


@pytest.mark.parametrize("role", list(Role))
def test_each_role_meets_what_it_may_and_nothing_else(role: Role, logged: io.StringIO) -> None:
    world = world_of(role)
    session = session_of(world.user)
    met: set[str] = set()
    leaks = []
    for path in pages(world):
        for headers in ({}, {"HX-Request": "true"}) if path.startswith(("/search/", "/clients/")) else ({},):
            response = world.browser(session).get(path, headers=headers)
            found = canaries_in(response.content.decode())
            met |= found
            leaks += [f"{path}: {one}" for one in found - MEETS[role]]

    assert leaks == []
    assert met >= MEETS[role] & set(CANARIES)
    assert canaries_in(logged.getvalue()) == set()


@pytest.mark.parametrize("role", list(Role))
def test_who_is_shown_a_file_stands_in_the_trail(role: Role) -> None:
    world = world_of(role)
    session = session_of(world.user)
    opened = AuditEntry.objects.filter(
        actor=world.user, client_id=world.client.pk, action=AuditEntry.Action.VIEWED, path__startswith="/clients/"
    )
    before = opened.count()
    path = f"/clients/{world.client.pk}/"

    for _ in range(3):
        world.browser(session).get(path)
    world.browser(session).get(path + "?tab=visits")

    # Three openings; turning to a tab right after is part of the last one.
    assert opened.count() == before + 3
    entry = opened.order_by("-pk")[0]
    assert (entry.path, entry.address) == (path, "127.0.0.1")


def test_a_tab_opened_by_itself_is_an_opening() -> None:
    world = world_of(Role.MANAGER)
    world.browser(session_of(world.user)).get(f"/clients/{world.client.pk}/?tab=details")

    assert AuditEntry.objects.filter(actor=world.user, path__startswith="/clients/").count() == 1


def test_a_revealed_phone_stands_in_the_trail() -> None:
    world = world_of(Role.FRONT_DESK)
    path = f"/clients/{world.client.pk}/phone/"

    shown = world.browser(session_of(world.user)).post(path).content.decode()

    assert CANARIES["phone"] in re.sub(r"\D", "", shown)
    assert AuditEntry.objects.filter(actor=world.user, action=AuditEntry.Action.REVEALED).count() == 1


def test_another_beauticians_client_is_not_found() -> None:
    world = world_of(Role.BEAUTICIAN)
    stranger = type(world.client).objects.create(name="别人的客户")
    browser = world.browser(session_of(world.user))

    assert browser.get(f"/clients/{stranger.pk}/").status_code == 404
    assert "别人的客户" not in browser.get("/clients/").content.decode()
    assert "别人的客户" not in browser.get("/search/?q=别人").content.decode()


def test_the_trail_of_changes_shows_no_sealed_text() -> None:
    world = world_of(Role.MANAGER)
    type(world.client).objects.filter(pk=world.client.pk).update(address="新地址", phone="+8613000000000")

    kept = json.dumps(list(AuditEntry.objects.values_list("changes", flat=True)), ensure_ascii=False)

    assert canaries_in(kept) == set()
    assert "新地址" not in kept
