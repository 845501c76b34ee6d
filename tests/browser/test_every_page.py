"""Every page in both languages, wide and narrow: no serious fault for axe-core, nothing runs out of the window."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, ViewportSize

from clients.models import Client
from outreach.models import Contact, ContactTask, Kind
from staff.models import User
from staff.roles import Role
from tests.conftest import DESKTOP, PHONE
from tests.visits import shop
from visits.models import Service, Visit

TABS = ("timeline", "visits", "points", "care", "details")
LANGUAGES = ("zh-hans", "en")


def pages_of(role: Role, wang: Client, visit: Visit, draft: object) -> Iterator[str]:
    """Every page that this role opens in a day."""
    file = f"/clients/{wang.pk}/"
    yield from ("/", "/clients/", "/search/?q=wlh", "/visits/", "/me/", "/clients/notice/", file)
    yield f"/visits/{visit.pk}/receipt/"
    if role == Role.BEAUTICIAN:
        yield from (f"{file}?tab=care", f"{file}skin/", f"{file}allergies/")
        return
    yield from (f"{file}?tab={tab}" for tab in TABS if role != Role.ADMIN or tab != "care")
    yield from ("/clients/new/", f"{file}edit/", "/clients/?missing=any", "/search/?q=nobody", "/search/", "/audit/")
    yield from (f"/visits/{visit.pk}/void/", f"/visits/{visit.pk}/refund/")
    if role == Role.MANAGER:
        yield "/contacts/completion/"
    if role in (Role.FRONT_DESK, Role.MANAGER):
        yield from ("/checkout/new/", f"/checkout/{draft}/")
        yield from (f"{file}{form}/" for form in ("allergies", "days", "tags", "preferences", "enquiries"))


def contacted(wang: Client, by: User) -> None:
    """One contact that is done and one that is due, on the file and in the figures of this month."""
    day, at = timezone.localdate(), timezone.now()
    kept = {"client": wang, "planned_for": day, "due_on": day, "shown_from": day, "assigned_to": by}
    said = {"feeling": "dissatisfied", "satisfaction": 2}
    closed = {"status": "done", "closed_at": at, "closed_by": by, "needs_answer": True}
    done = ContactTask.objects.create(kind=Kind.FOLLOW_UP, occasion="test:1", **kept, **closed, **said)
    ContactTask.objects.create(kind=Kind.DORMANT, occasion="test:2", facts={"months": 6}, **kept)
    Contact.objects.create(
        task=done, client=wang, key=uuid.uuid4(), kind=done.kind, outcome="reached", at=at, day=day, by=by, **said
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [Role.BEAUTICIAN, Role.MANAGER])
def test_every_page_can_be_used_by_everybody(
    page: Page,
    sign_in: Callable[[Role], Page],
    assert_accessible: Callable[[], None],
    shot: Callable[[str], None],
    staff: dict[Role, User],
    wang: Client,
    role: Role,
    language: str,
    size: ViewportSize,
) -> None:
    User.objects.update(language=language)
    visit = Visit.objects.get(client=wang)
    contacted(wang, staff[role])
    draft = shop.draft(staff[role], wang, shop.line(Service.objects.get(name="果酸焕肤")))
    page.set_viewport_size(size)
    home = sign_in(role).url.rstrip("/")
    too_wide = []
    for path in pages_of(role, wang, visit, draft.pk):
        answer = page.goto(home + path)
        assert answer is not None
        assert answer.status == 200, path
        assert_accessible()
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            too_wide.append(path)
        shot(f"{role}-{language}-{size['width']}-{path.strip('/').replace('/', '_').replace('?', '_') or 'today'}")
    assert too_wide == []
    assert page.locator("html").get_attribute("lang") == language
