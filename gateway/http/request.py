"""A GraphQL request as it comes in: its media types, its body, its parameters.

Responsible for ``Host``, ``Content-Type``, ``Content-Encoding`` and ``Accept`` (GraphQL over HTTP,
RFC 9110 §12.5.1), for the limits of size and time on a body, and for the parameters of GraphQL over
HTTP (§ Request Parameters) and their types. Refuses to look into the GraphQL document.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from email.message import Message
from functools import _lru_cache_wrapper, lru_cache, partial
from ipaddress import AddressValueError, IPv6Address
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.datastructures import Headers
from starlette.types import Receive, Scope

from tongxing.gateway.errors import Details, ErrorCode, Refused
from tongxing.gateway.http.first_step import limited
from tongxing.gateway.http.stream_forms import EVENT_STREAM, MULTIPART
from tongxing.keys.strict_json import without_byte_order_mark

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
FORM = "application/x-www-form-urlencoded"

_OF_SUBSCRIPTIONS = "subscriptionspec=1.0"

_OFFERED = {
    GRAPHQL: GRAPHQL,
    JSON: JSON,
    EVENT_STREAM: EVENT_STREAM,
    f"{MULTIPART};{_OF_SUBSCRIPTIONS}": MULTIPART,
    "application/*": JSON,
    "*/*": JSON,
}
"""What each range of ``Accept`` gets. A client that sends no ``Accept`` is taken for an old one
that understands application/json only."""


HEADERS_REMEMBERED = 256
HEADER_REMEMBERED_CHARACTERS = 256
"""Clients send the same few headers again and again. What is longer is read each time, so that this
memory has at most some 100 KB."""

T = TypeVar("T")
_read_once = lru_cache(HEADERS_REMEMBERED)


def _remembered(read: "_lru_cache_wrapper[T]", *given: str | bytes) -> T:
    """What ``read`` makes of headers, as before if it has seen them lately."""
    is_short = sum(map(len, given)) <= HEADER_REMEMBERED_CHARACTERS
    return read(*given) if is_short else read.__wrapped__(*given)


_HOST = re.compile(
    rb"(?:\[([0-9A-Fa-f:.]+)\]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::([0-9]{0,5}))?"
)
"""RFC 9110 §7.2 and RFC 3986 §3.2.2. In an ``http`` address the host is not empty (§4.2.1)."""

_LAST_PORT = 65_535


def names_one_host(scope: Scope) -> bool:
    """Whether the request has exactly one valid ``Host``, as RFC 9112 §3.2 asks. If it had two, the
    hub and a proxy in front of it could each believe another one."""
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts:
        return bool(scope.get("http_version", "1.0") == "1.0")
    return len(hosts) == 1 and _remembered(_is_host, hosts[0])


@_read_once
def _is_host(value: bytes) -> bool:
    match = _HOST.fullmatch(value.strip(b" \t"))
    if match is None or int(match[2] or 0) > _LAST_PORT:
        return False
    return match[1] is None or _is_ipv6(match[1].decode("ascii"))


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return True


def check_body_type(headers: Headers, media_type: str) -> None:
    """Raises Refused if the body is compressed, or is not ``media_type`` in UTF-8. Two types are
    refused, because two readers could choose different ones."""
    if _is_encoded(headers.getlist("content-encoding")):
        raise Refused(ErrorCode.UNSUPPORTED_ENCODING)
    types = headers.getlist("content-type")
    if len(types) > 1 or not _remembered(_is_of_type, types[0] if types else "", media_type):
        raise Refused(ErrorCode.UNSUPPORTED_MEDIA_TYPE)


@_read_once
def _is_of_type(content_type: str, media_type: str) -> bool:
    declared = _parsed(content_type)
    charset = str(declared.get_param("charset", "utf-8")).lower()
    return declared.get_content_type() == media_type and charset in {"utf-8", "utf8"}


def _is_encoded(lines: Iterable[str]) -> bool:
    """RFC 9110 §8.4.1: names in any case, in a list, which may have empty elements (§5.6.1)."""
    codings = {coding.strip(" \t").lower() for line in lines for coding in line.split(",")}
    return not codings <= {"", "identity"}


def answer_type(headers: Headers) -> str:
    """The media type that the client likes best of those offered. Raises Refused."""
    best = _remembered(_best_offer, ",".join(headers.getlist("accept")))
    if best is None:
        raise Refused(ErrorCode.NOT_ACCEPTABLE)
    return best


@_read_once
def _best_offer(accept: str) -> str | None:
    ranges = [part for part in accept.split(",") if part.strip()]
    if not ranges:
        return JSON
    liked = [
        (quality, _OFFERED[name]) for name, quality in map(_weighed, ranges) if name in _OFFERED
    ]
    quality, offer = max(liked, key=lambda pair: pair[0], default=(0.0, JSON))
    return offer if quality > 0 else None


def _weighed(media_range: str) -> tuple[str, float]:
    """A range and its quality, which is 0 if it cannot be read. Of other parameters only the one
    counts that says what the parts of a multipart answer hold."""
    name, *parameters = (part.strip().lower() for part in media_range.split(";"))
    if name == MULTIPART and _OF_SUBSCRIPTIONS in (each.replace('"', "") for each in parameters):
        name = f"{name};{_OF_SUBSCRIPTIONS}"
    for parameter in parameters:
        if parameter.startswith("q="):
            return name, _quality(parameter[2:])
    return name, 1.0


def _quality(text: str) -> float:
    digits = text.replace(".", "", 1)
    return min(float(text), 1.0) if digits.isascii() and digits.isdigit() else 0.0


def _parsed(content_type: str) -> Message:
    message = Message()
    message["content-type"] = content_type or "application/octet-stream"
    return message


MAX_BODY_BYTES = 1_048_576
"""1 MiB: a manifest of 1,000 travelers is about 200 KB. Over: BODY_TOO_LARGE."""

ARRIVAL_SECONDS = 5.0
"""From the first byte of a request to the last byte of its body. Over: BODY_TIMED_OUT, or the
connection ends if not even the head is there."""

FIRST_BYTE_AT = "tongxing.first_byte_at"
"""The key of ``scope`` under which the server says when the request began to come, in the event
loop's seconds."""

WHOLE_AT = "tongxing.whole_at"
"""The same for when it was whole. A request that has no such key has waited for nothing."""


def seconds_since_whole(scope: Scope) -> float:
    whole_at: float | None = scope.get(WHOLE_AT)
    return 0.0 if whole_at is None else asyncio.get_running_loop().time() - whole_at


ROOM_STEP_BYTES = 65_536
"""Bodies take their room in steps of this; smaller ones take none."""

LONG_BODY_BYTES = 65_536
"""Bodies that are read on the event loop: a few milliseconds at the worst. Longer ones go to a
thread."""

BODIES_MAX_BYTES = 67_108_864
"""64 MiB: all bodies that are being read, a share for each client. Over: OVERLOADED."""

Grow = Callable[[int], None]
"""Takes room for so many bytes more. Raises Refused(OVERLOADED)."""


def check_graphql_form(method: str, headers: Headers, *, by_address: bool) -> None:
    """Raises Refused. ``by_address`` allows a question in the address of a GET. In production it is
    false: proxies between client and hub write addresses down, and questions name people."""
    if method == "GET" and by_address:
        return
    if method != "POST":
        raise Refused(ErrorCode.METHOD_NOT_ALLOWED)
    check_body_type(headers, JSON)
    check_declared_length(headers)


def check_declared_length(headers: Headers, limit_bytes: int = MAX_BODY_BYTES) -> None:
    """Raises Refused if the head already says that the body is too large."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise Refused(ErrorCode.MALFORMED_REQUEST)
    if int(declared) > limit_bytes:
        raise _too_large(limit_bytes)


def _too_large(limit_bytes: int) -> Refused:
    return Refused(ErrorCode.BODY_TOO_LARGE, Details(limit=limit_bytes, unit="bytes"))


async def read_body(
    scope: Scope, receive: Receive, grow: Grow, limit_bytes: int = MAX_BODY_BYTES
) -> bytes:
    """The whole body, at most ``limit_bytes`` of it. Raises Refused."""
    began: float = scope.get(FIRST_BYTE_AT) or asyncio.get_running_loop().time()
    try:
        limit = partial(asyncio.timeout_at, began + ARRIVAL_SECONDS)
        return await limited(_read(receive, grow, limit_bytes), limit)
    except TimeoutError:
        raise Refused(ErrorCode.BODY_TIMED_OUT) from None


async def _read(receive: Receive, grow: Grow, limit_bytes: int) -> bytes:
    body, room = bytearray(), ROOM_STEP_BYTES
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(ErrorCode.CLIENT_LEFT)
        octets: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        if not (more or body) and len(octets) <= min(ROOM_STEP_BYTES, limit_bytes):
            return octets  # most bodies come whole
        body += octets
        if len(body) > limit_bytes:
            raise _too_large(limit_bytes)
        while len(body) > room:
            grow(ROOM_STEP_BYTES)
            room += ROOM_STEP_BYTES
    return bytes(body)


MAX_JSON_NESTING = 32
"""Brackets open at once in a body; the schema's deepest input type needs six. Over:
MALFORMED_REQUEST."""

MAX_JSON_COMMAS = 65_536
MAX_JSON_BRACKETS = 65_536
MAX_JSON_QUOTES = 131_072
"""In a body, also inside its strings; a manifest of 1,000 travelers has 6,000, 4,000 and 26,000.
A megabyte of nothing else takes many times longer to read than one of text. Over:
BODY_TOO_COMPLEX."""

MAX_QUERY_STRING_BYTES = 16_384

_QUOTE = b'"'
_NOT_STRUCTURE = bytes(byte for byte in range(256) if byte not in b'[]{}"')
_OPENING = b"[{"
_BRACKETS = (b"[", b"]", b"{", b"}")


class GraphQLRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The parameters as given: ``query`` or ``document_id`` (Appendix A, Persisted Documents), and
    never both, because two readers could choose different ones. Unknown members are ignored, as the
    specification asks; ``extensions`` must be a map, and is used only where neither of the two is
    given. Printing it shows nothing of a traveler."""

    query: str | None = None
    document_id: str | None = None
    operation_name: str | None = None
    variables: dict[str, object] | None = None
    extensions: dict[str, object] | None = None

    @property
    def hash_alone(self) -> str | None:
        """The SHA-256 that a client names in place of the document, as Apollo's libraries do
        (``extensions.persistedQuery.sha256Hash``); None if it names none, or sends the document."""
        if self.query is not None or self.document_id is not None:
            return None
        named = (self.extensions or {}).get("persistedQuery")
        digest = named.get("sha256Hash") if isinstance(named, dict) else None
        return digest if isinstance(digest, str) else None

    def __repr__(self) -> str:
        return "GraphQLRequest()"


def read_json(body: bytes) -> GraphQLRequest:
    """The request in a POST body, which may be a file that a person saved. Raises Refused."""
    body = without_byte_order_mark(body)
    if body.lstrip(b" \t\r\n").startswith(b"["):
        raise Refused(ErrorCode.ARRAY_OF_OPERATIONS)
    return _decoded(body)


def read_query_string(query_string: bytes) -> GraphQLRequest:
    """The request in a GET's query string, each parameter at most once. Raises Refused."""
    if len(query_string) > MAX_QUERY_STRING_BYTES:
        raise Refused(ErrorCode.MALFORMED_REQUEST)
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8
        )
    except ValueError:
        raise Refused(ErrorCode.MALFORMED_REQUEST) from None
    given = dict(pairs)
    if len(given) != len(pairs):
        raise Refused(ErrorCode.MALFORMED_REQUEST)
    return _from_text(given)


def _from_text(given: Mapping[str, str]) -> GraphQLRequest:
    """``variables`` and ``extensions`` are JSON text here. They are put into one JSON text, so that
    one set of rules holds for GET and POST."""
    members = [
        msgspec.json.encode(name) + b":" + msgspec.json.encode(given[name])
        for name in ("query", "documentId", "operationName")
        if given.get(name)
    ]
    for name in ("variables", "extensions"):
        if given.get(name):
            _check_nesting(given[name].encode())
            members.append(msgspec.json.encode({name: _json(given[name].encode())})[1:-1])
    return _decoded(b"{" + b",".join(members) + b"}")


def _json(text: bytes) -> object:
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(ErrorCode.MALFORMED_REQUEST) from None


def _decoded(body: bytes) -> GraphQLRequest:
    _check_nesting(body)
    try:
        request = msgspec.json.decode(body, type=GraphQLRequest)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(ErrorCode.MALFORMED_REQUEST) from None
    if (request.query is None) == (request.document_id is None) and request.hash_alone is None:
        raise Refused(ErrorCode.MALFORMED_REQUEST)
    return request


def _check_nesting(body: bytes) -> None:
    """Most bodies have fewer brackets than the limit allows levels, and are not scanned."""
    brackets = sum(map(body.count, _BRACKETS))
    _bound(body, brackets)
    if brackets <= MAX_JSON_NESTING:
        return
    depth = 0
    for bracket in _outside_strings(body):
        depth += 1 if bracket in _OPENING else -1
        if depth > MAX_JSON_NESTING:
            raise Refused(ErrorCode.MALFORMED_REQUEST)


def _outside_strings(body: bytes) -> bytes:
    """The brackets of ``body`` that stand in no string. Without escaped characters, which are taken
    from the left, each quotation mark begins or ends one. What is no JSON is refused later."""
    plain = body.replace(b"\\\\", b"").replace(b'\\"', b"").translate(None, _NOT_STRUCTURE)
    return b"".join(plain.split(_QUOTE)[::2])


def _bound(body: bytes, brackets: int) -> None:
    for count, limit, unit in (
        (brackets, MAX_JSON_BRACKETS, "brackets"),
        (body.count(b","), MAX_JSON_COMMAS, "commas"),
        (body.count(b'"'), MAX_JSON_QUOTES, "quotationMarks"),
    ):
        if count > limit:
            raise Refused(ErrorCode.BODY_TOO_COMPLEX, Details(limit=limit, unit=unit))
