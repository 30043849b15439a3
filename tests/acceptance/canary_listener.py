"""An address that nobody has any business with: it counts who comes."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class CanaryListener:
    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.visitors = 0
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                visitor, _ = self._listener.accept()
                self.visitors += 1
                visitor.close()


@contextmanager
def canary_listening() -> Iterator[CanaryListener]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        canary = CanaryListener(listener)
        thread = threading.Thread(target=canary.listen)
        thread.start()
        try:
            yield canary
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
