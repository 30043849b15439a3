"""The messages of ``graphql-transport-ws``, and the codes with which its socket closes.

Responsible for their form (the protocol of enisdenjo/graphql-ws) and for the limits on what one may
hold. Refuses to know clients and operations.
"""

from collections.abc import Mapping, Sequence
from enum import IntEnum, unique
from typing import Any

import msgspec
from starlette.datastructures import Headers

from tongxing.gateway.errors import Refused
from tongxing.gateway.http.credentials_shown import ShownCredential, credential_of
from tongxing.gateway.http.request import GraphQLRequest, read_json
from tongxing.gateway.http.stream_forms import StreamResult

ID_MAX_CHARACTERS = 128
"""Of what a client names an operation. Over: 4400."""


@unique
class CloseCode(IntEnum):
    """Those from 4400 on are the protocol's; the others are WebSocket's (RFC 6455 §7.4.1)."""

    DONE = 1000
    GOING_AWAY = 1001
    TRY_AGAIN_LATER = 1013
    BAD_MESSAGE = 4400
    NOT_ACKNOWLEDGED = 4401
    FORBIDDEN = 4403
    NO_SUBPROTOCOL = 4406
    INIT_TIMEOUT = 4408
    OPERATION_EXISTS = 4409
    TOO_MANY_INITS = 4429


class Closed(Exception):
    """The socket closes with ``code``; the reason is for the client's log and names nothing of
    ours."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class SocketMessage(msgspec.Struct, frozen=True):
    """As the client sent it. Printing it shows nothing of its payload."""

    type: str
    id: str | None = None
    payload: msgspec.Raw = msgspec.Raw(b"null")

    def __repr__(self) -> str:
        return "SocketMessage()"


def read_message(text: str) -> SocketMessage:
    """Raises Closed."""
    try:
        message = msgspec.json.decode(text, type=SocketMessage)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise Closed(CloseCode.BAD_MESSAGE, "Invalid message") from None
    if message.id is not None and not 0 < len(message.id) <= ID_MAX_CHARACTERS:
        raise Closed(CloseCode.BAD_MESSAGE, "Invalid message")
    return message


def credential_in(message: SocketMessage) -> ShownCredential | None:
    """What ``connection_init`` shows: the members Authorization and DPoP of its payload, in any
    case. A browser cannot send headers with a WebSocket."""
    payload = msgspec.json.decode(message.payload)
    shown = payload.items() if isinstance(payload, dict) else ()
    named = {name.lower(): value for name, value in shown if isinstance(value, str)}
    try:
        return credential_of(
            Headers({name: named[name] for name in ("authorization", "dpop") if name in named})
        )
    except UnicodeError:
        return None


def operation_in(message: SocketMessage) -> tuple[str, GraphQLRequest]:
    """The id and the operation of ``subscribe``. Raises Closed."""
    try:
        request = read_json(bytes(message.payload))
    except Refused:
        raise Closed(CloseCode.BAD_MESSAGE, "Invalid message") from None
    return id_of(message), request


def id_of(message: SocketMessage) -> str:
    """Raises Closed."""
    if message.id is None:
        raise Closed(CloseCode.BAD_MESSAGE, "Invalid message")
    return message.id


ACKNOWLEDGED = '{"type":"connection_ack"}'
PONG = '{"type":"pong"}'


def next_message(of: str, body: Mapping[str, object] | msgspec.Raw) -> str:
    return _text({"id": of, "type": "next", "payload": body})


def error_message(of: str, errors: Sequence[Any]) -> str:
    """Ends the operation."""
    return _text({"id": of, "type": "error", "payload": errors})


def complete_message(of: str) -> str:
    return _text({"id": of, "type": "complete"})


def result_message(of: str, result: StreamResult) -> str:
    if result.is_failure:
        return error_message(of, msgspec.convert(result.body["errors"], list))
    return next_message(of, result.body)


def _text(message: Mapping[str, object]) -> str:
    return msgspec.json.encode(message).decode("utf-8")
