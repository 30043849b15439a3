"""``Host`` names one host, or the request is refused (RFC 9112 §3.2)."""

import asyncio
import socket
from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.http.small_hub import SmallHub, serving
from tongxing.gateway.errors import ErrorCode
from tongxing.gateway.http.request import names_one_host

ONE = {
    "a name": "hub",
    "a name with dots": "hub.example.gov.cn",
    "a name with an underscore": "tongxing_hub",
    "a port": "hub:8080",
    "an empty port": "hub:",
    "the last port": "hub:65535",
    "an IPv4 address": "10.0.0.1:8080",
    "an IPv6 address": "[::1]",
    "an IPv6 address and a port": "[2001:db8::1]:8080",
    "an IPv6 address with an IPv4 end": "[::ffff:10.0.0.1]",
    "a name in percent": "%E6%A1%A5:80",
}
NONE = {
    "nothing": "",
    "only a port": ":8080",
    "a space": "a b",
    "two in a list": "hub, other",
    "a user": "me@hub",
    "a path": "hub/graphql",
    "a query": "hub?a",
    "a fragment": "hub#a",
    "an address": "http://hub",
    "a port that is none": "hub:http",
    "a port beyond the last": "hub:65536",
    "a port of many digits": "hub:" + "0" * 30 + "1",
    "two ports": "hub:80:80",
    "an open bracket": "[::1",
    "an IPv6 address without brackets": "::1",
    "no IPv6 address": "[::g]",
    "an IPv6 address and a name": "[::1]hub",
    "a percent sign": "hub%",
    "an umlaut": "h\xfcb",
    "a line feed": "hub\n",
    "a NUL": "hub\0",
    "a backslash": "hub\\a",
}


def head(version: str, *hosts: str) -> MutableMapping[str, Any]:
    headers = [(b"host", host.encode("latin-1")) for host in hosts]
    return {"http_version": version, "headers": [(b"accept", b"*/*"), *headers]}


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("host", ONE.values(), ids=ONE)
def test_a_valid_host_is_one(host: str, version: str) -> None:
    assert names_one_host(head(version, host))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("host", NONE.values(), ids=NONE)
def test_an_invalid_host_is_none(host: str, version: str) -> None:
    assert not names_one_host(head(version, host))


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("hosts", [("hub", "other"), ("hub", "hub"), ("hub", "")])
def test_two_hosts_are_none_even_if_they_are_equal(hosts: tuple[str, str], version: str) -> None:
    assert not names_one_host(head(version, *hosts))


def test_only_a_request_of_http_1_0_may_have_no_host() -> None:
    assert names_one_host(head("1.0"))
    assert not names_one_host(head("1.1"))


@pytest.mark.parametrize("path", ["/livez", "/graphql", "/oauth/token", "/metrics", "/nowhere"])
def test_every_address_refuses_two_hosts_and_writes_it_down(path: str) -> None:
    hub = SmallHub()
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": b"",
        **head("1.1", "hub", "other"),
    }
    asyncio.run(_called(hub, scope, receive, send))
    assert sent[0]["status"] == 400
    assert ErrorCode.INVALID_HOST.value.encode() in sent[1]["body"]
    assert b'code="INVALID_HOST"' in hub.metrics.text()
    assert [event["status"] for event in hub.events()] == [400]


async def _called(hub: SmallHub, scope: Scope, receive: Receive, send: Send) -> None:
    await hub.app()(scope, receive, send)


RAW = {
    "one": ("HTTP/1.1", ["Host: hub"], b"200"),
    "two": ("HTTP/1.1", ["Host: hub", "HOST: hub"], b"400"),
    "none": ("HTTP/1.1", [], b"400"),
    "an empty one": ("HTTP/1.1", ["Host:"], b"400"),
    "none in HTTP/1.0": ("HTTP/1.0", [], b"200"),
}


def test_the_real_server_hands_on_every_host() -> None:
    with serving(SmallHub().app()) as address:
        for name, (version, hosts, status) in RAW.items():
            assert _asked(address, version, hosts).split()[1] == status, name


def _asked(address: str, version: str, hosts: list[str]) -> bytes:
    request = "\r\n".join([f"GET /livez {version}", *hosts, "connection: close", "", ""])
    to = urlsplit(address)
    with socket.create_connection((to.hostname or "", to.port or 0), timeout=60) as connection:
        connection.sendall(request.encode())
        return connection.makefile("rb").read()
