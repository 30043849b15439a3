"""A Redis server of the tests' own, which they kill, pause, flush and refuse with as they like."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import RedisError

STARTS_WITHIN_SECONDS = 60

_PROGRAMS = ("redis-server", "valkey-server")


class OwnRedis:
    """At a socket in its own folder; with ``port`` on this machine, too. Keeps nothing on disk."""

    def __init__(self, folder: Path, program: str) -> None:
        self._folder = folder
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None
        self.port = _free_port()

    @property
    def _socket(self) -> Path:
        return self._folder / "s"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def socket_url(self) -> str:
        return f"unix://{self._socket}?db=1"

    def start(self, *settings: str) -> None:
        """With ``settings`` as words of its command line; returns once it answers."""
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._program,
                    *("--bind", "127.0.0.1", "--port", str(self.port)),
                    *("--unixsocket", str(self._socket), "--save", "", "--appendonly", "no"),
                    *settings,
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
            )
        ends = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            try:
                self.run("PING")
            except RedisError as error:
                if "NOAUTH" in str(error):
                    return
                assert self._process.poll() is None, "the server did not start"
                assert time.monotonic() < ends, "the server did not answer"
                time.sleep(0.02)
            else:
                return

    def run(self, *command: str | int, user: str | None = None, password: str | None = None) -> Any:
        """What any other program could do; over the socket, so a held port does not hold it."""
        path = str(self._socket)
        with Redis(unix_socket_path=path, username=user, password=password) as server:
            return server.execute_command(*command)

    def kill(self) -> None:
        """No harm if it does not run."""
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.kill()
            self._process.wait()
            self._process = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """It is there and does nothing: connections stay open, new ones are accepted by the
        system, and nothing is answered."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def new_redis() -> Iterator[OwnRedis]:
    """Not started. The test is skipped, or fails where CI is set, without the program of one."""
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        reason = "redis-server is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(mkdtemp(prefix="tongxing-redis-"))
    server = OwnRedis(folder, program)
    try:
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _own_redis() -> Iterator[OwnRedis]:
    with new_redis() as server:
        yield server


@pytest.fixture
def own_redis(_own_redis: OwnRedis) -> Iterator[OwnRedis]:
    """Not started: a test says with which settings."""
    yield _own_redis
    _own_redis.kill()
