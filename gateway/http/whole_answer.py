"""An answer whose bytes are all there: what most addresses give.

Starlette's Response does the same, and prepares each time what it needs for cookies, background
work and other character sets.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from starlette.types import Receive, Scope, Send

WHOLE = "tongxing.whole_answer"
"""The type of a message of our own: an answer in one piece. ``headers`` are those that many answers
have, as one tuple, ``own`` those of this answer alone. Only a server that puts this key into
``scope`` takes it; every other one gets ASGI's two messages."""

HEADS_REMEMBERED = 64
"""Sets of headers that differ; no client decides what is in them."""


class WholeAnswer:
    """Pure ASGI. ``headers`` have lower-case ASCII names; the length is added. Printing it shows
    nothing of its content."""

    def __init__(
        self, content: bytes, status: int, headers: Mapping[str, str], content_type: str
    ) -> None:
        self.status = status
        self.headers = {**headers, "content-type": content_type}
        self.content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        if WHOLE in scope:
            await send(self.message())
            return
        headers = _encoded(tuple(self.headers.items()))
        length = (b"content-length", b"%d" % len(self.content))
        headers = (*headers, length)
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.content})

    def message(self) -> dict[str, Any]:
        """For a server that takes an answer in one piece."""
        return {
            "type": WHOLE,
            "status": self.status,
            "headers": _encoded(tuple(self.headers.items())),
            "own": [(b"content-length", b"%d" % len(self.content))],
            "body": self.content,
        }

    def __repr__(self) -> str:
        return f"WholeAnswer({self.status})"


@lru_cache(HEADS_REMEMBERED)
def _encoded(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[bytes, bytes], ...]:
    return tuple((name.encode("ascii"), value.encode("ascii")) for name, value in headers)
