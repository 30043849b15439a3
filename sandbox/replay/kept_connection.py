"""A connection that is kept, for one request at a time: bare HTTP/1.1 over asyncio's streams.

So small that whoever asks is not what bounds the replay. Servers close what is idle: a request that
meets such a connection is sent on a new one. Refuses to try anything else again; that is the gate's
business.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlsplit

PATIENCE_SECONDS = 30.0
"""For one answer: ten times a hub's own deadline."""

_STREAM_BYTES = 1024 * 1024
_HEAD_END = b"\r\n\r\n"


class ConnectionLost(Exception):
    """No whole answer came. Whether the request was answered is not known."""


class _HadEnded(ConnectionLost):
    """Nothing came at all."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """``retry_after_seconds`` is zero if the server named no time."""

    status: int
    retry_after_seconds: int
    body: bytes

    @property
    def is_ok(self) -> bool:
        return self.status == HTTPStatus.OK


class KeptConnection:
    """To the server at ``url``; opened by the first request, and anew after one that was lost."""

    def __init__(self, url: str) -> None:
        where = urlsplit(url)
        self._host, self._port, self._named = where.hostname, where.port, where.netloc
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, bearer: str, body: bytes) -> HttpReply:
        """Raises ConnectionLost."""
        head = (
            f"POST {path} HTTP/1.1\r\nhost: {self._named}\r\nauthorization: Bearer {bearer}\r\n"
            f"content-type: application/json\r\naccept: application/json\r\n"
            f"content-length: {len(body)}\r\n\r\n"
        )
        return await self._asked(head.encode("ascii") + body)

    async def get(self, path: str) -> HttpReply:
        """Without a credential. Raises ConnectionLost."""
        return await self._asked(f"GET {path} HTTP/1.1\r\nhost: {self._named}\r\n\r\n".encode())

    async def close(self) -> None:
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()

    async def _asked(self, request: bytes) -> HttpReply:
        if self._streams is not None:
            with suppress(_HadEnded):
                return await self._answered(request)
        return await self._answered(request)

    async def _answered(self, request: bytes) -> HttpReply:
        """Raises ConnectionLost."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await self._open()
                writer.write(request)
                return await _reply(reader)
        except (OSError, EOFError, ValueError, asyncio.LimitOverrunError) as error:
            await self.close()
            raise (_HadEnded if _is_nothing(error) else ConnectionLost) from error
        except asyncio.CancelledError:
            await self.close()
            raise

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is None:
            self._streams = await asyncio.open_connection(
                self._host, self._port, limit=_STREAM_BYTES
            )
        return self._streams


def _is_nothing(error: Exception) -> bool:
    """Whether the connection ended before the first octet of an answer."""
    if isinstance(error, asyncio.IncompleteReadError):
        return not error.partial
    return isinstance(error, ConnectionError)


async def _reply(reader: asyncio.StreamReader) -> HttpReply:
    """Raises ValueError for what is no answer with a length."""
    head = (await reader.readuntil(_HEAD_END)).lower()
    status = int(head[9:12])
    body = await reader.readexactly(int(_member(head, b"content-length") or b"none"))
    return HttpReply(status, int(_member(head, b"retry-after") or b"0"), body)


def _member(head: bytes, name: bytes) -> bytes:
    """Its value, empty if the head has no such member; ``head`` is in lower case."""
    begin = head.find(b"\r\n" + name + b":")
    if begin < 0:
        return b""
    begin += len(name) + 3
    return head[begin : head.index(b"\r\n", begin)].strip()
