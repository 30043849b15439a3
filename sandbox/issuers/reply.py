"""What an issuer answers over HTTP, before anything goes wrong with the connection."""

from collections.abc import Callable
from dataclasses import dataclass

import msgspec

from tongxing.sandbox.issuers.misbehavior import Misbehavior

Headers = tuple[tuple[bytes, bytes], ...]
JSON_HEADERS: Headers = ((b"content-type", b"application/json"),)


@dataclass(frozen=True, slots=True)
class Reply:
    """``misbehavior`` is what the connection is to do wrong with this answer."""

    body: bytes
    status: int = 200
    headers: Headers = JSON_HEADERS
    misbehavior: Misbehavior | None = None


Endpoint = Callable[[bytes], Reply]
"""What takes a request body and answers it."""


def json_reply(content: object, status: int = 200) -> Reply:
    return Reply(msgspec.json.encode(content), status)


def error_reply(status: int, code: str) -> Reply:
    return json_reply({"error": code}, status)
