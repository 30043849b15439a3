"""A way to a server that remembers what was sent to it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from urllib.parse import urlsplit

PIECE = 65_536


class RecordingProxy:
    def __init__(self, url: str) -> None:
        to = urlsplit(url)
        self._to = (str(to.hostname), int(to.port or 80))
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.sent = bytearray()
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._door.close()

    def header_lines(self, name: str) -> list[str]:
        """The values of this header in all requests so far, in order."""
        begin = name.encode() + b": "
        lines = bytes(self.sent).split(b"\r\n")
        found = [line[len(begin) :] for line in lines if line.lower().startswith(begin)]
        return [line.decode() for line in found]

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._door.accept()
                server = socket.create_connection(self._to)
                Thread(target=self._pass_on, args=(client, server, True), daemon=True).start()
                Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, kept: bool) -> None:  # noqa: FBT001
        with suppress(OSError), source, target:
            while octets := source.recv(PIECE):
                if kept:
                    self.sent += octets
                target.sendall(octets)


@contextmanager
def recording_proxy(url: str) -> Iterator[RecordingProxy]:
    proxy = RecordingProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
