"""What happens to every request before the house sees it."""

import codecs
import secrets
from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import parse_header_parameters

from salon_crm.health import healthz, readyz
from salon_crm.logs import request_id

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

Handler = Callable[[HttpRequest], HttpResponse]
UNREADABLE = "text/plain; charset=unreadable"


class TrustedProxies:
    """Makes REMOTE_ADDR the visitor's address. Forwarding headers count only when a trusted proxy sent them."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.trusted = [ip_network(words, strict=False) for words in settings.TRUSTED_PROXIES]

    def __call__(self, request: HttpRequest) -> HttpResponse:
        forwarded = request.META.pop("HTTP_X_FORWARDED_FOR", "")
        if self._is_trusted(request.META.get("REMOTE_ADDR", "")):
            # Read from the right: each proxy appends the address it saw; what lies further left may be made up.
            hops = [hop.strip() for hop in forwarded.split(",")]
            visitor = next((hop for hop in reversed(hops) if not self._is_trusted(hop)), "")
            if _is_address(visitor):
                request.META["REMOTE_ADDR"] = visitor
        else:
            request.META.pop("HTTP_X_FORWARDED_PROTO", None)
        return self.get_response(request)

    def _is_trusted(self, address: str) -> bool:
        return _is_address(address) and any(ip_address(address) in network for network in self.trusted)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


class RequestId:
    """Gives each request an id that stands in every log line and in the answer's X-Request-ID."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class OnlyUtf8:
    """Refuses whoever says to write in anything but UTF-8: Django would read every form and address in that code."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_utf8(request.META.get("CONTENT_TYPE", "")):
            request.encoding = "utf-8"
            return render(request, "400.html", {"unreadable": True}, status=400)
        if request.encoding:
            request.encoding = "utf-8"  # in the one spelling that Django knows
        return self.get_response(request)


def with_readable_type(application: "WSGIApplication") -> "WSGIApplication":
    """`application`, to which a Content-Type in another code than UTF-8 is handed as one that `OnlyUtf8` refuses.

    Some of them Django cannot even make a request of: no middleware would ever see it.
    """

    def guarded(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not is_utf8(environ.get("CONTENT_TYPE", "")):
            environ["CONTENT_TYPE"] = UNREADABLE
        return application(environ, start_response)

    return guarded


def is_utf8(content_type: str) -> bool:
    """Whether a Content-Type names UTF-8, in whatever spelling, or no charset at all."""
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
        return codecs.lookup(charset).name == "utf-8"
    except (LookupError, ValueError):
        return False


class HealthChecks:
    """Answers /healthz and /readyz before any name, session or account is looked at.

    Whoever asks them calls the machine by its bare address, which ALLOWED_HOSTS need not name.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return healthz(request)
        if request.path == "/readyz":
            return readyz(request)
        return self.get_response(request)
