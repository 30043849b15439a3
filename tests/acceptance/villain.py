"""An issuer's address behind which somebody sends whatever bytes he likes.

Below HTTP: the reference issuers misbehave within what their server can say; this one does not.
"""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

Script = Callable[[], Iterable[bytes]]
"""The pieces that one connection is answered with, without end if need be."""

REQUEST_MAX_BYTES = 65_536


class Villain:
    """Answers every connection by the script of the moment, and counts what was taken of it."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        self.script: Script = lambda: ()
        self.sent_bytes = 0

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                threading.Thread(target=self._answer, args=(visitor,), daemon=True).start()

    def _answer(self, visitor: socket.socket) -> None:
        with visitor, suppress(OSError):
            visitor.recv(REQUEST_MAX_BYTES)
            for piece in self.script():
                visitor.sendall(piece)
                self.sent_bytes += len(piece)


@contextmanager
def villain_listening() -> Iterator[Villain]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        villain = Villain(listener)
        thread = threading.Thread(target=villain.listen)
        thread.start()
        try:
            yield villain
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def once(*pieces: bytes) -> Script:
    return lambda: pieces


def without_end(head: bytes, piece: bytes) -> Script:
    def script() -> Iterator[bytes]:
        yield head
        yield from repeat(piece)

    return script
