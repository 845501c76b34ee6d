"""Calls to providers: where they may go, and whether a failure came before or after the request left the house."""

import socket

import pytest

from outreach.channels import NotSent, Unclear, web
from tests.outreach.providers import breaking_off, serving, silent


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("dysmsapi.aliyuncs.com", web.Server("dysmsapi.aliyuncs.com", 443, True)),
        ("https://qyapi.weixin.qq.com/", web.Server("qyapi.weixin.qq.com", 443, True)),
        ("proxy.salon.cn:8443", web.Server("proxy.salon.cn", 8443, True)),
        ("http://127.0.0.1:8080", web.Server("127.0.0.1", 8080, False)),
        ("http://[::1]:8080", web.Server("::1", 8080, False)),
        ("http://localhost", web.Server("localhost", 80, False)),
    ],
)
def test_servers_as_they_are_written(written: str, found: web.Server) -> None:
    assert web.server(written) == found


@pytest.mark.parametrize(
    "written",
    [
        "http://dysmsapi.aliyuncs.com",
        "http://192.168.1.5",
        "ftp://127.0.0.1",
        "https://user:word@qyapi.weixin.qq.com",
        "https://qyapi.weixin.qq.com/proxy",
        "qyapi.weixin.qq.com?x=1",
        "host:99999",
        "[::1",
        "例子.中国",
        "https://",
        "",
    ],
)
def test_what_is_no_server_or_not_encrypted(written: str) -> None:
    with pytest.raises(NotSent, match="address"):
        web.server(written)


def test_nobody_listens() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        at = web.Server("127.0.0.1", closed.getsockname()[1], False)

        with pytest.raises(NotSent) as caught:
            web.call(at, "GET", "/")

    assert (caught.value.reason, caught.value.whole_channel) == ("no_connection", True)


def test_no_such_host() -> None:
    with pytest.raises(NotSent, match="no_connection"):
        web.call(web.Server("salon.invalid", 443, True), "GET", "/")


def test_a_server_without_encryption() -> None:
    with serving(lambda _asked: (200, {})) as provider:
        plain = web.server(provider.address)

        with pytest.raises(NotSent, match="tls"):
            web.call(web.Server(plain.host, plain.port, True), "GET", "/")
        assert provider.asked == []


def test_silence_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.2)

    with silent() as address, pytest.raises(Unclear, match="timeout"):
        web.call(web.server(address), "GET", "/")


@pytest.mark.parametrize(
    "said",
    [b"", b"HTTP/1.1 200 OK\r\n", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}"],
)
def test_hanging_up_in_the_middle_is_unclear(said: bytes) -> None:
    with breaking_off(said) as address, pytest.raises(Unclear):
        web.call(web.server(address), "GET", "/").told()


def test_a_server_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "ANSWER_SECONDS", 0.0)

    with pytest.raises(Unclear), serving(lambda _asked: (200, {"a": 1})) as provider:
        web.call(web.server(provider.address), "GET", "/")


def test_an_endless_answer_is_given_up() -> None:
    with serving(lambda _asked: (200, {"a": "x" * 100_000})) as provider, pytest.raises(Unclear, match="too_long"):
        web.call(web.server(provider.address), "GET", "/")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff\xfe"])
def test_what_is_no_object_is_unclear(body: bytes) -> None:
    with pytest.raises(Unclear, match=r"http\.200"):
        web.Answer(200, body).told()
