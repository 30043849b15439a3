"""Whom the hub takes for its client behind proxies, and which certificate for the client's."""

from base64 import b64encode
from urllib.parse import quote

import pytest
from starlette.types import Scope

from tests.keys.test_token_binding import CERTIFICATE, THUMBPRINT
from tongxing.gateway.addresses import network_fault
from tongxing.gateway.http.forwarding import CERTIFICATE as SHOWN
from tongxing.gateway.http.forwarding import CERTIFICATE_MAX_BYTES, Proxies
from tongxing.gateway.settings import ForwardedHeader, ProxySettings

PROXY = "10.0.0.5"
NETWORKS = (PROXY, "10.1.0.0/16", "fd00::/8")
Given = list[tuple[bytes, bytes]]


def proxies(header: ForwardedHeader = ForwardedHeader.X_FORWARDED_FOR) -> Proxies:
    return Proxies(ProxySettings(addresses=NETWORKS, header=header, client_certificates=True))


def believed(headers: Given, by: Proxies) -> Scope:
    scope: Scope = {"client": (PROXY, 4_711), "headers": headers}
    by.believe(scope)
    return scope


PEERS = {
    "the one that is named": (PROXY, True),
    "one of a network": ("10.1.2.3", True),
    "one of a network of IPv6": ("fd00::1", True),
    "with its zone": ("fd00::1%eth0", True),
    "IPv4 as IPv6": ("::ffff:10.0.0.5", True),
    "its neighbour": ("10.0.0.6", False),
    "another network": ("10.2.0.1", False),
    "no address": ("unix:", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("peer", "is_trusted"), PEERS.values(), ids=PEERS)
def test_only_what_is_named_is_a_proxy(peer: str, *, is_trusted: bool) -> None:
    assert proxies().trusts(peer) is is_trusted


def test_without_a_name_nobody_is_a_proxy() -> None:
    assert not Proxies(ProxySettings()).trusts("127.0.0.1")


def listed(*values: bytes) -> Given:
    return [(b"x-forwarded-for", value) for value in values]


LISTED: dict[str, tuple[Given, str]] = {
    "one": (listed(b"203.0.113.7"), "203.0.113.7"),
    "with a port": (listed(b"203.0.113.7:4711"), "203.0.113.7"),
    "IPv6": (listed(b"2001:db8::1"), "2001:db8::1"),
    "IPv6 in brackets": (listed(b"[2001:db8::1]"), "2001:db8::1"),
    "IPv6 with a port": (listed(b"[2001:DB8::1]:4711"), "2001:db8::1"),
    "IPv4 as IPv6": (listed(b"::ffff:203.0.113.7"), "203.0.113.7"),
    "what the client wrote itself": (listed(b"198.51.100.1, 203.0.113.7"), "203.0.113.7"),
    "a proxy that the client wrote itself": (
        listed(b"10.1.0.9, 198.51.100.1, 203.0.113.7"),
        "203.0.113.7",
    ),
    "through a second proxy": (listed(b"203.0.113.7, 10.1.0.9"), "203.0.113.7"),
    "through many": (listed(b"203.0.113.7" + b", 10.1.0.9" * 8), "203.0.113.7"),
    "a client within the network of proxies": (listed(b"10.1.0.7, 10.1.0.9"), "10.1.0.7"),
    "in two headers": (listed(b"198.51.100.1", b"203.0.113.7, 10.1.0.9"), "203.0.113.7"),
    "without spaces": (listed(b"198.51.100.1,203.0.113.7"), "203.0.113.7"),
    "empty places": (listed(b"203.0.113.7, ,", b""), "203.0.113.7"),
    "too many to look at": (listed(b"203.0.113.7" + b", 10.1.0.9" * 40), "10.1.0.9"),
    "nothing": ([], PROXY),
    "empty": (listed(b""), PROXY),
    "a name": (listed(b"client.example"), PROXY),
    "unknown": (listed(b"unknown"), PROXY),
    "a zone": (listed(b"fe80::1%eth0"), PROXY),
    "a name beyond a proxy": (listed(b"203.0.113.7, unknown, 10.1.0.9"), "10.1.0.9"),
    "a number": (listed(b"3405803783"), PROXY),
    "an address with zeros in front": (listed(b"203.0.113.007"), PROXY),
    "a port that is none": (listed(b"203.0.113.7:port"), PROXY),
    "quotes": (listed(b'"203.0.113.7"'), PROXY),
    "bytes that are no text": (listed(b"\xff\xfe"), PROXY),
    "another header, with an underscore": ([(b"x_forwarded_for", b"203.0.113.7")], PROXY),
    "the header that this proxy does not write": ([(b"forwarded", b"for=203.0.113.7")], PROXY),
    "another proxy's header": ([(b"x-real-ip", b"203.0.113.7")], PROXY),
}


@pytest.mark.parametrize(("headers", "client"), LISTED.values(), ids=LISTED)
def test_the_client_is_the_nearest_that_is_no_proxy(headers: Given, client: str) -> None:
    assert believed(headers, proxies())["client"][0] == client


def elements(*values: bytes) -> Given:
    return [(b"forwarded", value) for value in values]


FORWARDED: dict[str, tuple[Given, str]] = {
    "one": (elements(b"for=203.0.113.7"), "203.0.113.7"),
    "of RFC 7239 §4": (
        elements(b'For="[2001:db8:cafe::17]:4711"'),
        "2001:db8:cafe::17",
    ),
    "with more about it": (
        elements(b"for=203.0.113.43;proto=http;by=203.0.113.43;host=hub.example"),
        "203.0.113.43",
    ),
    "several": (elements(b"for=198.51.100.1, for=203.0.113.7"), "203.0.113.7"),
    "a comma within quotes": (
        elements(b'for=203.0.113.7;host="a,for=198.51.100.1"'),
        "203.0.113.7",
    ),
    "a quote within quotes": (
        elements(b'host="\\",for=198.51.100.1";for=203.0.113.7'),
        "203.0.113.7",
    ),
    "through a second proxy": (elements(b"for=203.0.113.7", b"for=10.1.0.9"), "203.0.113.7"),
    "hidden": (elements(b"for=_hidden"), PROXY),
    "unknown": (elements(b"for=unknown"), PROXY),
    "only by": (elements(b"by=203.0.113.7"), PROXY),
    "twice in one element": (elements(b"for=198.51.100.1;for=203.0.113.7"), PROXY),
    "quotes that do not end": (elements(b'for="203.0.113.7'), PROXY),
    "what a client broke off": (elements(b'for="', b"for=203.0.113.7"), PROXY),
    "IPv6 without brackets and quotes": (elements(b"for=2001:db8::1;by=x"), "2001:db8::1"),
    "no pair": (elements(b"203.0.113.7"), PROXY),
    "the list of others": (listed(b"203.0.113.7"), PROXY),
}


@pytest.mark.parametrize(("headers", "client"), FORWARDED.values(), ids=FORWARDED)
def test_forwarded_is_read_as_rfc_7239_says(headers: Given, client: str) -> None:
    by = proxies(ForwardedHeader.FORWARDED)
    assert believed(headers, by)["client"][0] == client


def test_a_long_header_is_read_in_no_time() -> None:
    given = elements(b'for="' + b"\\a" * 30_000)
    assert believed(given, proxies(ForwardedHeader.FORWARDED))["client"][0] == PROXY


def shown(*values: bytes, name: bytes = b"client-cert") -> Given:
    return [(name, value) for value in values]


BYTES = b":" + b64encode(CERTIFICATE) + b":"
PEM = (
    "-----BEGIN CERTIFICATE-----\n"
    + b64encode(CERTIFICATE).decode()
    + "\n-----END CERTIFICATE-----\n"
)
ESCAPED = quote(PEM).encode()

CERTIFICATES: dict[str, tuple[Given, str | None]] = {
    "RFC 9440": (shown(BYTES), THUMBPRINT),
    "as nginx writes it": (shown(ESCAPED), THUMBPRINT),
    "none": ([], None),
    "empty": (shown(b""), None),
    "two": (shown(BYTES, BYTES), None),
    "two, one of them empty": (shown(b"", BYTES), None),
    "two in one": (shown(BYTES + b", " + BYTES), None),
    "two in PEM": (shown(ESCAPED + ESCAPED), None),
    "not base64": (shown(b":-:"), None),
    "nothing between colons": (shown(b"::"), None),
    "one colon": (shown(b":"), None),
    "too long": (shown(b":" + b"A" * CERTIFICATE_MAX_BYTES + b":"), None),
    "with an underscore": (shown(BYTES, name=b"client_cert"), None),
    "the chain": (shown(BYTES, name=b"client-cert-chain"), None),
}


@pytest.mark.parametrize(("headers", "thumbprint"), CERTIFICATES.values(), ids=CERTIFICATES)
def test_one_certificate_in_one_header_is_the_clients(
    headers: Given, thumbprint: str | None
) -> None:
    assert believed(headers, proxies()).get(SHOWN) == thumbprint


def test_a_proxy_that_hands_on_no_certificates_is_not_asked_for_them() -> None:
    by = Proxies(ProxySettings(addresses=(PROXY,)))
    assert SHOWN not in believed(shown(BYTES), by)


NAMES = {
    "an address": ("10.0.0.5", True),
    "a network": ("10.0.0.0/8", True),
    "of IPv6": ("2001:db8::/32", True),
    "a name": ("proxy.example", False),
    "a network with an address in it": ("10.0.0.5/8", False),
    "everybody": ("0.0.0.0/0", False),
    "everybody with IPv6": ("::/0", False),
    "IPv4 as IPv6": ("::ffff:10.0.0.5", False),
    "a zone": ("fe80::1%eth0", False),
    "nothing": ("", False),
}


@pytest.mark.parametrize(("text", "is_good"), NAMES.values(), ids=NAMES)
def test_what_can_name_a_proxy(text: str, *, is_good: bool) -> None:
    assert (network_fault(text) == "") is is_good
