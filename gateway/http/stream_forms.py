"""The forms in which the results of one operation go over one HTTP answer, as they come.

Responsible for the bytes around each result. Refuses to know what makes results, and for how long
a stream goes on (``event_stream``).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

EVENT_STREAM = "text/event-stream"
MULTIPART = "multipart/mixed"
SOCKET = "graphql-transport-ws"
"""No media type: a WebSocket's subprotocol, whose messages are ``socket_messages``."""


class StreamResult(NamedTuple):
    """``body`` is an answer as GraphQL knows it; ``is_failure``: only errors, which end the stream
    and are no result of the operation."""

    body: Mapping[str, object]
    is_failure: bool = False


class StreamForm(NamedTuple):
    """``opening`` begins the answer and ``closing`` ends it in order; ``heartbeat`` is a sign of
    life."""

    content_type: str
    opening: bytes
    heartbeat: bytes
    framed: Callable[[StreamResult], bytes]
    closing: bytes


KEEP_ALIVE = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
"""With an empty ``data`` field, because a browser does not dispatch an event without one."""


def next_frame(result: bytes) -> bytes:
    """``result`` is JSON without line breaks. Lines end with LF alone: the HTML standard also
    allows CRLF, but a widely used gateway drops such events."""
    return b"event: next\ndata: " + result + b"\n\n"


def _event(result: StreamResult) -> bytes:
    return next_frame(msgspec.json.encode(result.body))


_BOUNDARY = b"\r\n--graphql"
"""Also behind each part: clients read a part once they see where it ends."""


def _part(body: Mapping[str, object]) -> bytes:
    head = b"\r\ncontent-type: application/json\r\n\r\n"
    return head + msgspec.json.encode(body) + _BOUNDARY


def _payload(result: StreamResult) -> bytes:
    """What ends the stream stands beside ``payload``, and is no result of the operation."""
    if result.is_failure:
        return _part({"payload": None, **result.body})
    return _part({"payload": result.body})


FORMS: Mapping[str, StreamForm] = MappingProxyType(
    {
        EVENT_STREAM: StreamForm(
            "text/event-stream; charset=utf-8", KEEP_ALIVE, KEEP_ALIVE, _event, COMPLETE
        ),
        MULTIPART: StreamForm(
            'multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"',
            _BOUNDARY + _part({}),
            _part({}),
            _payload,
            b"--\r\n",
        ),
    }
)
"""By media type: the distinct connections mode of GraphQL over server-sent events (the protocol of
enisdenjo/graphql-sse), and Apollo's multipart protocol for subscriptions over HTTP, version 1.0."""

STREAMED = (*FORMS, SOCKET)
"""By which subscriptions are answered."""
