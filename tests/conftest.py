"""The servers, the browser, and what every browser test uses."""

import gc
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection, connections
from django.utils import translation
from playwright.sync_api import Page

DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
CHROMIUM_FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The first is the same browser without the windows that nobody would see, at two thirds of the work.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
REPORTED_BY_AXE = {"serious", "critical"}


def pytest_sessionstart(session: pytest.Session) -> None:
    gc.set_threshold(100_000, 20, 100)  # what thousands of tests leave is much, and little of it goes in circles
    if not hasattr(session.config, "workerinput") and settings.EMBEDDED:  # once, not in each of xdist's workers
        settings.EMBEDDED.start()


@pytest.hookimpl(trylast=True)  # when xdist's workers have dropped their databases
def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput") and settings.EMBEDDED:
        settings.EMBEDDED.stop()


@pytest.hookimpl(wrapper=True, tryfirst=True)  # pytest-django sorts by these markers, and xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> Generator[None]:
    for item in items:
        if "page" in getattr(item, "fixturenames", ()) or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            # The live server works in a thread of its own, so what it reads must be committed, and what the
            # migrations put in must be there again for the next test.
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True))
        asked = item.get_closest_marker("django_db")
        if asked and asked.kwargs.get("transaction") and not asked.kwargs.get("serialized_rollback"):
            # Its end would empty every table, and the tests after it would miss tiers, groups and rules.
            raise pytest.UsageError(f"{item.nodeid}: django_db(transaction=True) needs serialized_rollback=True")
        if _starts_everything(item):
            # Two whole programs starting at once would wait for each other beyond their patience.
            item.add_marker(pytest.mark.xdist_group("startup"))
    yield
    items.sort(key=_starts_everything, reverse=True)  # the long piece first, so that nobody waits for it at the end


def _starts_everything(item: pytest.Item) -> bool:
    return item.get_closest_marker("startup") is not None and item.get_closest_marker("django_db") is None


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """While Playwright's event loop runs, Django has other connection objects in the same thread.

    What `serialized_rollback` brings back is kept on the connection, so it is handed to all of them. Django's own
    permissions stay away: nothing here reads them, and they are more rows than all others together.
    """
    with django_db_blocker.unblock():
        contents = getattr(connection, "_test_serialized_contents", None)
        if contents is not None:
            rows = [row for row in json.loads(contents) if row["model"] != "auth.permission"]
            type(connections["default"])._test_serialized_contents = json.dumps(rows)  # type: ignore[attr-defined]
            del connection._test_serialized_contents  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def house_language() -> Iterator[None]:
    """Each test begins and ends in the house's language, whatever another one switched to."""
    with translation.override(settings.LANGUAGE_CODE):
        yield


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """pytest-playwright starts its browser with these: the system's Chromium, not a downloaded one."""
    found = _chromium()
    if not found:
        pytest.skip("no Chromium here: apt-get install chromium-headless-shell fonts-noto-cjk")
    return {"executable_path": found, "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": DESKTOP, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A browser page of 1440 x 900. The test fails when a script failed or the content policy stopped something."""
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
    page.set_default_timeout(10_000)
    yield page
    assert faults == []


@pytest.fixture
def shot(page: Page) -> Callable[[str], None]:
    """`shot("client")` keeps a picture of the page in $SALON_SHOTS, when that is set."""
    folder = os.environ.get("SALON_SHOTS")

    def take(name: str) -> None:
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return take


@pytest.fixture
def assert_accessible(page: Page) -> Callable[[], None]:
    """`assert_accessible()` fails when axe-core finds a serious fault on the page as it is."""

    def check() -> None:
        found = Axe().run(page).response["violations"]
        serious = [
            f"{one['id']}: {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
            for one in found
            if one["impact"] in REPORTED_BY_AXE
        ]
        assert serious == [], page.url

    return check
