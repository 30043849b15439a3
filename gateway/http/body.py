"""The body of a request, read up to a limit of size and of time."""

import asyncio

from starlette.datastructures import Headers
from starlette.types import Receive

from gateway.graphql.errors import ErrorCode, Refused

MAX_BODY_BYTES = 1_048_576
"""1 MiB: a manifest of 1,000 travelers is about 200 KB. Over: BODY_TOO_LARGE."""

BODY_DEADLINE_SECONDS = 10.0
"""From the head of the request to the last byte of the body. Over: BODY_TIMED_OUT."""


def check_declared_length(headers: Headers, limit_bytes: int = MAX_BODY_BYTES) -> None:
    """Refuse a body that says itself that it is too large, before any of it is read."""
    declared = headers.get("content-length", "0")
    if not (declared.isascii() and declared.isdigit()):
        raise Refused(ErrorCode.MALFORMED_REQUEST)
    if int(declared) > limit_bytes:
        raise Refused(ErrorCode.BODY_TOO_LARGE)


async def read_body(
    receive: Receive,
    limit_bytes: int = MAX_BODY_BYTES,
    deadline_seconds: float = BODY_DEADLINE_SECONDS,
) -> bytes:
    """The whole body, at most ``limit_bytes`` of it. Raises Refused."""
    try:
        async with asyncio.timeout(deadline_seconds):
            return await _read(receive, limit_bytes)
    except TimeoutError:
        raise Refused(ErrorCode.BODY_TIMED_OUT) from None


async def _read(receive: Receive, limit_bytes: int) -> bytes:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(ErrorCode.MALFORMED_REQUEST)
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit_bytes:
            raise Refused(ErrorCode.BODY_TOO_LARGE)
    return bytes(body)
