"""Proxies in front of the hub: who asks, and with which certificate, if a proxy ended TLS.

Responsible for believing one header about addresses (``X-Forwarded-For`` or ``Forwarded``, RFC
7239) and one about certificates (``Client-Cert``, RFC 9440), and both only from addresses that the
operator named as proxies. Refuses to learn from a header how the hub itself is called: that is a
setting (``hub.url``), so ``Host``, ``X-Forwarded-Host`` and ``X-Forwarded-Proto`` decide nothing.
"""

import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import unquote_to_bytes

from starlette.types import Scope

from tongxing.gateway.settings import ForwardedHeader, ProxySettings
from tongxing.keys.token_binding import certificate_thumbprint

CERTIFICATE = "tongxing.certificate"
"""The key of ``scope`` for the thumbprint of the client's certificate; without it none was
shown."""

HOPS_MAX = 16
"""Entries of an address header that are looked at, from the nearest on."""

CERTIFICATE_MAX_BYTES = 16 * 1024
"""Of the header with a certificate. A longer one shows none."""

CERTIFICATES_REMEMBERED = 256
"""Thumbprints by the header's exact bytes: a few MB at the most."""

Address = IPv4Address | IPv6Address
_Headers = Iterable[tuple[bytes, bytes]]

_CLIENT_CERT = b"client-cert"


class Proxies:
    """What the operator says about the proxies in front of the hub."""

    def __init__(self, settings: ProxySettings) -> None:
        self._networks = tuple(map(ip_network, settings.addresses))
        self._header = settings.header.value.encode("ascii")
        self._read = _forwarded if settings.header is ForwardedHeader.FORWARDED else _listed
        self._certificates = settings.client_certificates

    def trusts(self, address: str) -> bool:
        """Whether a connection from ``address`` is a proxy's."""
        if not self._networks:
            return False
        parsed = _address(address.partition("%")[0])
        return parsed is not None and self._is_proxy(parsed)

    def believe(self, scope: Scope) -> None:
        """Put into ``scope`` what a proxy, from which the request came, says of its client."""
        headers: Sequence[tuple[bytes, bytes]] = scope["headers"]
        client = self._client(headers)
        if client is not None:
            scope["client"] = (client, 0)
        if self._certificates:
            shown = [value for name, value in headers if name == _CLIENT_CERT]
            thumbprint = _thumbprint(shown[0]) if len(shown) == 1 else None
            if thumbprint is not None:
                scope[CERTIFICATE] = thumbprint

    def _client(self, headers: _Headers) -> str | None:
        """The nearest address that is no proxy's. Each proxy appends the one it was asked from, so
        what stands before that was written by anybody. None: the proxy itself stands for it,
        because it says nothing that can be read."""
        nearest: Address | None = None
        given = [value for name, value in headers if name == self._header]
        for position, entry in enumerate(reversed(self._read(b",".join(given)))):
            address = _node(entry)
            if address is None or position == HOPS_MAX:
                break
            nearest = address
            if not self._is_proxy(address):
                break
        return None if nearest is None else str(nearest)

    def _is_proxy(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _listed(value: bytes) -> list[bytes]:
    """``X-Forwarded-For``: addresses, separated by commas. Nothing else is in it."""
    return [entry for each in value.split(b",") if (entry := each.strip(b" \t"))]


_PAIR = re.compile(rb'[ \t]*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("(?:[^"\\]|\\.)*"|[^ \t;,"]+)[ \t]*')


def _forwarded(value: bytes) -> list[bytes]:
    """The node ``for`` of each element (RFC 7239 §4); b"" for an element that has none. If one of
    them cannot be read, all are lost: where it ends, and so what the others are, would be a
    guess."""
    try:
        return [element.get(b"for", b"") for element in _elements(value)] if value else []
    except ValueError:
        return []


def _elements(value: bytes) -> Iterator[dict[bytes, bytes]]:
    position, element = 0, dict[bytes, bytes]()
    while True:
        found = _PAIR.match(value, position)
        name = b"" if found is None else found[1].lower()
        if found is None or name in element:
            raise ValueError("not an element of Forwarded")
        element[name] = found[2].removeprefix(b'"').removesuffix(b'"')
        position = found.end() + 1
        end = value[found.end() : position]
        if end != b";":
            yield element
            element = {}
        if end not in (b";", b","):
            if end:
                raise ValueError("not an element of Forwarded")
            return


_NODE = re.compile(rb"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::[0-9]{1,5})?|([0-9A-Fa-f:.]+)")


def _node(entry: bytes) -> Address | None:
    """An address, with or without a port. A name, ``unknown``, ``_hidden`` and a zone, which means
    something on one machine only, are none."""
    found = _NODE.fullmatch(entry)
    text = b"" if found is None else found[1] or found[2] or found[3]
    return _address(text.decode("ascii"))


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


@lru_cache(CERTIFICATES_REMEMBERED)
def _thumbprint(value: bytes) -> str | None:
    der = _der(value.strip(b" \t")) if len(value) <= CERTIFICATE_MAX_BYTES else None
    return None if der is None else certificate_thumbprint(der)


_PEM = re.compile(
    rb"\s*-----BEGIN CERTIFICATE-----\s+([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----\s*"
)


def _der(value: bytes) -> bytes | None:
    """A byte sequence (RFC 9440 §2.2: base64 between colons), or PEM in percent encoding, as
    nginx's ``$ssl_client_escaped_cert`` has it."""
    if len(value) > 2 and value[:1] == value[-1:] == b":":  # noqa: PLR2004 - colons
        encoded = value[1:-1]
    else:
        pem = _PEM.fullmatch(unquote_to_bytes(value))
        if pem is None:
            return None
        encoded = b"".join(pem[1].split())
    try:
        return b64decode(encoded, validate=True) or None
    except ValueError:
        return None
