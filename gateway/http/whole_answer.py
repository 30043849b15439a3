"""An answer whose bytes are all there: what most addresses give.

Starlette's Response does the same, and prepares each time what it needs for cookies, background
work and other character sets.
"""

from collections.abc import Mapping

from starlette.types import Receive, Scope, Send


class WholeAnswer:
    """Pure ASGI. ``headers`` have lower-case ASCII names; the length is added. Printing it shows
    nothing of its content."""

    def __init__(
        self, content: bytes, status: int, headers: Mapping[str, str], content_type: str
    ) -> None:
        self.status = status
        self.headers = {**headers, "content-type": content_type}
        self._content = content

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's
        headers = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        headers.append((b"content-length", b"%d" % len(self._content)))
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._content})

    def __repr__(self) -> str:
        return f"WholeAnswer({self.status})"
