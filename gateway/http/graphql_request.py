"""What a GraphQL request says, read from a JSON body or from a query string.

Responsible for the four parameters of GraphQL over HTTP (§ Request Parameters) and their types.
Refuses to look into the document.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

import msgspec

from gateway.graphql.errors import ErrorCode, Refused

MAX_JSON_NESTING = 32
"""Brackets open at once in a body; the deepest input type of the schema needs six. Over:
MALFORMED_REQUEST."""

MAX_QUERY_STRING_BYTES = 16_384

_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_NOT_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_OPENING = b"[{"


class GraphQLRequest(msgspec.Struct, frozen=True, rename="camel"):
    """The parameters as they were given; unknown members are ignored, as the specification asks.
    ``extensions`` is checked to be a map and not used."""

    query: str
    operation_name: str | None = None
    variables: dict[str, object] | None = None
    extensions: dict[str, object] | None = None

    def __repr__(self) -> str:
        return "GraphQLRequest()"


def read_json(body: bytes) -> GraphQLRequest:
    """The request in a POST body. Raises Refused."""
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
    """``variables`` and ``extensions`` are JSON text here; they are put into one JSON text, so
    that there is one set of rules."""
    members = [
        msgspec.json.encode(name) + b":" + msgspec.json.encode(given[name])
        for name in ("query", "operationName")
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
        return msgspec.json.decode(body, type=GraphQLRequest)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Refused(ErrorCode.MALFORMED_REQUEST) from None


def _check_nesting(body: bytes) -> None:
    """Most bodies have fewer brackets than the limit has levels, and are not scanned."""
    if body.count(b"[") + body.count(b"{") <= MAX_JSON_NESTING:
        return
    depth = 0
    for bracket in _STRING.sub(b"", body).translate(None, _NOT_BRACKETS):
        depth += 1 if bracket in _OPENING else -1
        if depth > MAX_JSON_NESTING:
            raise Refused(ErrorCode.MALFORMED_REQUEST)
