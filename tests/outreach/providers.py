"""Providers on this machine: servers that speak the published interfaces and check what they are sent."""

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

KEY_ID, SECRET = "LTAI-salon", "s3cret/+秘密"
Reply = tuple[int, dict[str, Any]]


@dataclass
class Request:
    """What arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Provider:
    """A running server: `answer` says what it replies, `asked` keeps what arrived."""

    answer: Callable[[Request], Reply]
    asked: list[Request] = field(default_factory=list)
    address: str = ""
    slow: float = 0  # seconds before it answers


@contextmanager
def serving(answer: Callable[[Request], Reply], *, keep: bool = True) -> Iterator[Provider]:
    """A provider on a port of this machine. `keep`: what arrived is kept in `asked`."""
    provider = Provider(answer)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._do()

        def do_GET(self) -> None:
            self._do()

        def _do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Request(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body)
            if keep:
                provider.asked.append(asked)
            status, told = provider.answer(asked)
            time.sleep(provider.slow)
            sent = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_told: object) -> None:
            """The tests say what went wrong."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_told: object) -> None:
            """Who asked was killed, or hung up."""

    server = Server(("127.0.0.1", 0), Handler)
    provider.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def breaking_off(after: bytes = b"") -> Iterator[str]:
    """A server that takes a request, says `after`, and hangs up. Gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            connection, _whence = listening.accept()
            connection.recv(65536)
            connection.sendall(after)
            connection.close()

        thread = threading.Thread(target=take)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(5)


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes everything and never answers. Gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def alibaba_signature(asked: Request, secret: str = SECRET) -> str:
    """The Authorization header that this request must have: written anew after Alibaba Cloud's page on V3 signatures.

    https://www.alibabacloud.com/help/en/sdk/product-overview/v3-request-structure-and-signature
    """
    named = asked.headers["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    must = {"host"} | {name for name in asked.headers if name.startswith("x-acs-") or name == "content-type"}
    assert named == sorted(must), "every x-acs header, host and content-type are signed, in order"
    encoded = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in asked.query.items())
    payload = hashlib.sha256(asked.body).hexdigest()
    assert asked.headers["x-acs-content-sha256"] == payload
    lines = [asked.method, asked.path, "&".join("=".join(pair) for pair in encoded)]
    lines += [f"{name}:{asked.headers[name].strip()}" for name in named]
    lines += ["", ";".join(named), payload]
    to_sign = "ACS3-HMAC-SHA256\n" + hashlib.sha256("\n".join(lines).encode("utf-8")).hexdigest()
    signature = hmac.new(secret.encode("utf-8"), to_sign.encode("utf-8"), hashlib.sha256).hexdigest()
    return f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={';'.join(named)},Signature={signature}"
