"""A way to a PostgreSQL server on which nobody can listen: it ends each connection that tries to,
and passes on all else."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

LISTENING = b"LISTEN "
PIECE = 65_536


class DeafProxy:
    """In front of the server of ``url``; ``is_deaf`` can be changed, for new connections."""

    def __init__(self, url: str) -> None:
        self._to = conninfo_to_dict(url)
        self._door = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.is_deaf = True
        self.was_asked = Event()
        Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        user, name = self._to["user"], self._to["dbname"]
        secret = self._to.get("password")
        who = f"{user}:{quote(str(secret))}" if secret else f"{user}"
        port = self._door.getsockname()[1]
        plain = "sslmode=disable&gssencmode=disable"
        return f"postgresql://{who}@127.0.0.1:{port}/{name}?{plain}"

    def close(self) -> None:
        self._door.close()
        for each in self._open:
            _end(each)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._door.accept()
            except OSError:
                return
            server = self._server()
            self._open += [client, server]
            Thread(target=self._pass_on, args=(client, server, self.is_deaf), daemon=True).start()
            Thread(target=self._pass_on, args=(server, client, False), daemon=True).start()

    def _server(self) -> socket.socket:
        host, port = str(self._to.get("host", "")), str(self._to.get("port", "5432"))
        if not host.startswith("/"):
            return socket.create_connection((host, int(port)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pass_on(self, source: socket.socket, target: socket.socket, watched: bool) -> None:  # noqa: FBT001
        with suppress(OSError):
            while octets := source.recv(PIECE):
                if watched and LISTENING in octets:
                    self.was_asked.set()
                    break
                target.sendall(octets)
        _end(source)
        _end(target)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()


@contextmanager
def deaf_proxy(url: str) -> Iterator[DeafProxy]:
    proxy = DeafProxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
