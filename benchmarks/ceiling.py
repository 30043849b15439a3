"""A server that does nothing: run as a process, it shows how fast the asking side can be.

It answers every request with as many bytes as a hub's answer has, from a protocol of a dozen lines.
"""

import asyncio
import json
import sys
from typing import cast

import uvloop


class _Answering(asyncio.Protocol):
    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, _data: bytes) -> None:
        """A request of ours always arrives whole: it is shorter than a segment of loopback."""
        assert self._transport is not None
        self._transport.write(self._answer)


async def _serve(body_bytes: int) -> None:
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {body_bytes}\r\n\r\n".encode("ascii")
    answer = head + b"x" * body_bytes
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(answer), "127.0.0.1")
    host, port = server.sockets[0].getsockname()
    print(json.dumps({"url": f"http://{host}:{port}/"}), flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
