"""What happens to every request before the house sees it."""

import secrets
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from salon_crm.health import healthz, readyz
from salon_crm.logs import request_id

Handler = Callable[[HttpRequest], HttpResponse]


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
