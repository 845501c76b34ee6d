"""One HTTP call to a provider, which knows whether a failure came before or after the request left the house."""

import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from outreach.channels.outgoing import NotSent, Unclear

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0  # for the whole answer: a server that drips is given up like one that is silent
LONGEST_ANSWER = 64 * 1024  # bytes
SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class Server:
    """Where a provider is reached."""

    host: str
    port: int
    is_encrypted: bool

    @property
    def name(self) -> str:
        """As it stands in the Host header."""
        usual = self.port == (443 if self.is_encrypted else 80)
        return self.host if usual else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider said."""

    status: int
    body: bytes

    def told(self) -> dict[str, Any]:
        """The JSON object of the answer. Raises Unclear when it is none: the request has left the house."""
        try:
            told = json.loads(self.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise Unclear(f"http.{self.status}")
        return told


def server(written: str) -> Server:
    """The server of a setting such as `dysmsapi.aliyuncs.com`: encrypted, unless `http://` names this machine.

    Raises NotSent when it cannot be an address, or would send unencrypted over the network.
    """
    refused = NotSent("address", may_retry=True, whole_channel=True)
    try:
        parts = urlsplit(written if "://" in written else f"https://{written}")
        host, port, encrypted = parts.hostname or "", parts.port, parts.scheme == "https"
    except ValueError:
        raise refused from None
    plain = host.isascii() and parts.scheme in ("http", "https") and not (parts.path.strip("/") or parts.query)
    if not host or not plain or parts.username or not (encrypted or is_this_machine(host)):
        raise refused
    return Server(host, port or (443 if encrypted else 80), encrypted)


def is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def call(at: Server, method: str, path: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Ask the server once. Raises NotSent while nothing was written, Unclear from the first byte on."""
    wire = _wire(at)
    with closing(wire):
        try:
            wire.connect()
        except ssl.SSLError:
            raise NotSent("tls", may_retry=True, whole_channel=True) from None
        except OSError:
            raise NotSent("no_connection", may_retry=True, whole_channel=True) from None
        try:
            wire.sock.settimeout(ANSWER_SECONDS)
            wire.request(method, path, body or None, dict(headers or {}))
            return _read(wire, time.monotonic() + ANSWER_SECONDS)
        except TimeoutError:
            raise Unclear("timeout") from None
        except (OSError, http.client.HTTPException):
            raise Unclear("broke_off") from None


def _wire(at: Server) -> http.client.HTTPConnection:
    if at.is_encrypted:
        trusted = ssl.create_default_context()
        return http.client.HTTPSConnection(at.host, at.port, timeout=CONNECT_SECONDS, context=trusted)
    return http.client.HTTPConnection(at.host, at.port, timeout=CONNECT_SECONDS)


def _read(wire: http.client.HTTPConnection, until: float) -> Answer:
    response = wire.getresponse()
    body = b""
    while piece := response.read1(LONGEST_ANSWER):
        body += piece
        if len(body) > LONGEST_ANSWER:
            raise Unclear("answer_too_long")
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if isinstance(wire.sock, socket.socket):  # none once the server has closed its side
            wire.sock.settimeout(left)
    if response.length:  # less came than was announced
        raise Unclear("broke_off")
    return Answer(response.status, body)
