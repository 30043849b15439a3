"""A Redis server of the soak's own, which it kills, stops and empties as it likes."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 60.0


class OwnRedis:
    """Keeps nothing on disk. The port stays the same over restarts."""

    def __init__(self, program: str, log: Path) -> None:
        self._program = program
        self._log = log
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Returns once it answers."""
        bounds = ("--save", "", "--appendonly", "no", "--dir", str(self._log.parent))
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [self._program, "--port", str(self._port), "--bind", "127.0.0.1", *bounds],
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
            )
        until = time.monotonic() + PATIENCE_SECONDS
        while not self._answers():
            assert time.monotonic() < until, "Redis did not start"
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def empty(self) -> None:
        assert self._says(b"FLUSHALL\r\n").startswith(b"+OK")

    def hold(self, seconds: float) -> None:
        """It is there and does nothing."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def _answers(self) -> bool:
        try:
            return self._says(b"PING\r\n").startswith(b"+PONG")
        except OSError:
            return False

    def _says(self, command: bytes) -> bytes:
        with socket.create_connection(("127.0.0.1", self._port), PATIENCE_SECONDS) as connection:
            connection.sendall(command)
            return connection.recv(64)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def new_redis(log: Path) -> Iterator[OwnRedis]:
    """Started, and gone when the block ends."""
    program = shutil.which("redis-server")
    assert program is not None, "redis-server is not installed"
    server = OwnRedis(program, log)
    server.start()
    try:
        yield server
    finally:
        server.kill()
