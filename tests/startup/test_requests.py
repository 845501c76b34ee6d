"""What happens to every request, and what the health checks and the logs tell."""

import json
import logging
import sys
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from salon_crm.logs import JsonLines
from salon_crm.middleware import OnlyUtf8, TrustedProxies, with_readable_type
from salon_crm.tasks import tick
from staff.jobs import TICK
from staff.models import JobRun, User

PHONE = "13800138000"


def seen_address(**meta: str) -> str:
    seen: list[str] = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append(request.META["REMOTE_ADDR"])
        return HttpResponse()

    TrustedProxies(page)(RequestFactory().get("/", **meta))  # type: ignore[arg-type]
    return seen[0]


def test_a_stranger_cannot_make_up_an_address() -> None:
    assert seen_address(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="1.2.3.4") == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 172.18.0.4", "203.0.113.9"),
        ("1.2.3.4, nonsense", "172.18.0.1"),
        ("", "172.18.0.1"),
    ],
)
def test_a_trusted_proxy_is_believed_about_the_last_hop_only(settings: Settings, forwarded: str, address: str) -> None:
    settings.TRUSTED_PROXIES = ["172.16.0.0/12"]

    assert seen_address(REMOTE_ADDR="172.18.0.1", HTTP_X_FORWARDED_FOR=forwarded) == address


def test_every_answer_carries_the_headers(client: Client) -> None:
    answer = client.get("/healthz", headers={"host": "10.0.0.7"})  # a name that ALLOWED_HOSTS does not know

    assert answer.status_code == 200
    policy = answer["Content-Security-Policy"]
    for rule in ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"):
        assert rule in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Request-ID"]


def served(content_type: str, method: str = "GET") -> tuple[str, str]:
    """Status and page of such a request, as gunicorn gets them."""
    told: list[str] = []

    def start_response(status: str, *headers: object) -> Callable[[bytes], object]:
        told.append(status)
        return told.__contains__

    environ = {"REQUEST_METHOD": method, "PATH_INFO": "/healthz", "QUERY_STRING": "q=1", "CONTENT_TYPE": content_type}
    setup_testing_defaults(environ)
    page = b"".join(with_readable_type(WSGIHandler())(environ, start_response))
    return told[0], page.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "content_type",
    [
        "x; charset=hex",
        "multipart/form-data; boundary=b; charset=rot13",
        "application/x-www-form-urlencoded; charset=utf-16",
        "x; charset=utf-8-sig",
        "x; charset=gb18030",
        "x; charset=no-such",
        "x; charset=",
        "x; charset*=utf-8''a%00b",
        "x; other*=no-such''%41",
    ],
)
def test_only_utf8_is_read(content_type: str, method: str) -> None:
    status, page = served(content_type, method)

    assert status == "400 Bad Request"
    assert "无法识别的字符" in page


@pytest.mark.django_db
@pytest.mark.parametrize("spelling", ["utf-8", "UTF8", "U8", '"utf-8"'])
def test_utf8_may_be_spelled_in_any_way(spelling: str) -> None:
    assert served(f"application/x-www-form-urlencoded; charset={spelling}")[0] == "200 OK"
    request = RequestFactory().post("/", "q=%E4%BD%A0", f"application/x-www-form-urlencoded; charset={spelling}")
    read = OnlyUtf8(lambda request: HttpResponse(request.POST["q"]))(request)
    assert read.content.decode() == "你"


@pytest.mark.django_db
@pytest.mark.parametrize(("minutes", "status"), [(0, 200), (4, 200), (6, 503)])
def test_ready_means_that_scheduled_work_is_being_done(client: Client, minutes: int, status: int) -> None:
    tick()
    JobRun.objects.filter(job=TICK).update(finished_at=timezone.now() - timedelta(minutes=minutes))

    answer = client.get("/readyz")

    assert answer.status_code == status, answer.content
    assert answer.json()["parts"]["tick"] == ("ok" if status == 200 else "failing")
    assert answer.json()["parts"]["database"] == "ok"
    assert answer.json()["parts"]["migrations"] == "ok"


@pytest.mark.django_db
def test_without_the_broker_it_is_ready_but_degraded(client: Client, settings: Settings) -> None:
    tick()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["parts"]["broker"] == "degraded"


@pytest.mark.django_db
def test_ticking_twice_leaves_one_row() -> None:
    tick()
    tick()

    assert JobRun.objects.filter(job=TICK).count() == 1


def test_a_log_line_tells_where_an_error_was_but_not_what_it_quotes() -> None:
    try:
        raise ValueError(f"Key (phone)=({PHONE}) already exists")
    except ValueError as error:
        record = logging.LogRecord("loyalty", logging.ERROR, __file__, 1, "failed: %r", (error,), sys.exc_info())

    line = JsonLines().format(record)

    assert PHONE not in line
    assert json.loads(line)["error"] == "ValueError"
    assert json.loads(line)["message"] == "failed: ValueError"
    assert "test_requests.py" in json.loads(line)["where"][0]


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (("Invalid request from ip=%s: %s", "192.0.2.7", f"Invalid HTTP request line: 'GET /search/?q={PHONE}'"),
         "Invalid request from ip=192.0.2.7: Invalid HTTP request line: "),
        (("Error handling request %s %s", "GET", f"/search/?q={PHONE[:3]}%20{PHONE[3:]}"),
         "Error handling request GET /search/"),
        ((f"Invalid chunk size: b'phone={PHONE}%'",), "Invalid chunk size: b"),
        (("Booting worker with pid: %s", 7), "Booting worker with pid: 7"),
    ],
)  # fmt: skip
def test_what_gunicorn_cannot_read_is_not_quoted_in_its_log(
    caplog: pytest.LogCaptureFixture, told: tuple[Any, ...], kept: str
) -> None:
    logging.getLogger("gunicorn.error").warning(*told)

    assert [record.getMessage() for record in caplog.records] == [kept]


@pytest.mark.django_db
def test_a_form_too_large_is_a_bad_request_and_no_failure(client: Client) -> None:
    User.objects.create(username="owner")  # else everything leads to the owner's first page
    too_many = {f"field{number}": "x" for number in range(1001)}
    too_long = "x=" + "x" * 3_000_000

    assert client.post("/login/", too_many).status_code == 400
    answer = client.post("/login/", too_long, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 400
