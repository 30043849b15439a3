"""Issuers without a cost of their own: what the three answered once, repeated to everybody.

For engines that keep nothing and ask three times for each question: the reference issuers sign
every answer and would be slower than the engine, and then they would be what is measured. The
answers are real ones, signatures included; the questions are not looked at, so an engine that
cannot sign its requests (the national platform wants SM2) is answered too. That favors the engine.

``python -m benchmarks.replaying <file>``: JSON of the answers, ``{path: {"headers", "body"}}``.
Counts calls like a reference issuer: ``GET /sandbox/calls``.
"""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import uvloop

_HEAD_END = b"\r\n\r\n"
_LENGTH = b"content-length:"
_COUNTED = b"/sandbox/calls"
_NOT_FOUND = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n"

Answers = Mapping[bytes, bytes]
"""The whole answer, head and body, by path."""


class _Repeating(asyncio.Protocol):
    def __init__(self, answers: Answers, calls: Counter[str]) -> None:
        self._answers = answers
        self._calls = calls
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Head and body may come apart, and several requests at once."""
        assert self._transport is not None
        self._received += data
        while (end := self._received.find(_HEAD_END)) >= 0:
            head = self._received[:end]
            whole = end + len(_HEAD_END) + _body_bytes(head)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            self._transport.write(self._answer(head.split(b" ", 2)[1]))

    def _answer(self, path: bytes) -> bytes:
        if path == _COUNTED:
            return answer({}, json.dumps({"calls": self._calls}).encode())
        self._calls[path.decode()] += 1
        return self._answers.get(path, _NOT_FOUND)


def _body_bytes(head: bytes) -> int:
    lowered = head.lower()
    begin = lowered.find(_LENGTH)
    if begin < 0:
        return 0
    begin += len(_LENGTH)
    end = lowered.find(b"\r\n", begin)
    return int(lowered[begin:] if end < 0 else lowered[begin:end])


def answer(headers: Mapping[str, str], body: bytes) -> bytes:
    """A 200 of these bytes."""
    lines = [
        "HTTP/1.1 200 OK",
        "content-type: application/json",
        f"content-length: {len(body)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join(lines).encode("ascii") + _HEAD_END + body


async def _serve(answers: Answers) -> None:
    calls: Counter[str] = Counter()
    server = await asyncio.get_running_loop().create_server(
        lambda: _Repeating(answers, calls), "127.0.0.1", backlog=1_024
    )
    host, port = server.sockets[0].getsockname()
    print(json.dumps({"url": f"http://{host}:{port}"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    recorded = json.loads(Path(sys.argv[1]).read_text("utf-8"))
    uvloop.run(
        _serve(
            {
                path.encode(): answer(said["headers"], said["body"].encode())
                for path, said in recorded.items()
            }
        )
    )
