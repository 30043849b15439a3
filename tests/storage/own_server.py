"""A PostgreSQL server of the tests' own, which they kill, stop and start again as they like."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import psycopg
import pytest

KEEPER = "postgres"
"""The server does not run as root."""

_MEMORY = Path("/dev/shm")  # noqa: S108
"""What is killed here is a server and not a machine: where its files lie changes only the time."""

STARTS_WITHIN_SECONDS = 60


class OwnServer:
    """Reached over a socket in its own folder. Its log is ``log`` there."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder = folder
        self._programs = programs
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = count(1)

    def make(self, *options: str) -> None:
        self.run(
            *("initdb", "--auth=trust", f"--username={KEEPER}", "--pgdata", self._data), *options
        )

    def new_folder(self, name: str) -> Path:
        """An empty one of the server's account."""
        self.run("mkdir", self._folder / name)
        return self._folder / name

    def new_standby(self, name: str = "standby") -> "OwnServer":
        """One that follows this one, which runs; not started."""
        standby = OwnServer(self._folder / name, self._programs)
        self.new_folder(name)
        source = f"host={self._folder} user={KEEPER} application_name={name}"
        self.run(
            *("pg_basebackup", "--write-recovery-conf", "--checkpoint=fast"),
            *("--dbname", source, "--pgdata", standby._data),
        )
        return standby

    @contextmanager
    def being_copied(self) -> Iterator[None]:
        """By a program that takes all that is written here, as backups do, and answers nobody."""
        self.new_folder("copied")
        source = f"host={self._folder} user={KEEPER} application_name=copied"
        command = [str(self._programs / "pg_receivewal"), "--dbname", source, "--directory=copied"]
        with subprocess.Popen(command, cwd=self._folder, **_KEPT_BY) as copying:
            until = time.monotonic() + STARTS_WITHIN_SECONDS
            while self.sql(_COPIED) != [(1,)]:
                assert time.monotonic() < until, "it does not copy"
                time.sleep(0.02)
            try:
                yield
            finally:
                copying.terminate()

    def promote(self) -> None:
        """Returns once it takes writes."""
        ((is_promoted,),) = self.sql("SELECT pg_promote()")
        assert is_promoted

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    @property
    def log(self) -> Path:
        return self._folder / "log"

    @property
    def socket(self) -> Path:
        return self._folder / ".s.PGSQL.5432"

    def url(self, database: str = "postgres", *others: "OwnServer") -> str:
        """``others`` are named behind this one."""
        hosts = ",".join(str(each._folder) for each in (self, *others))
        return f"postgresql://{KEEPER}@/{database}?host={hosts}"

    def new_database(self) -> str:
        """The address of an empty one."""
        name = f"hub_{next(self._databases)}"
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'")
        return self.url(name)

    def sql(self, *statements: str) -> list[Any]:
        """The rows of the last."""
        with psycopg.connect(self.url(), autocommit=True) as session:
            for statement in statements:
                cursor = session.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def start(self, *settings: str, before: Sequence[str] = ()) -> None:
        """With ``settings`` as ``name=value``; returns once it answers. ``before`` is what it is
        started by, as root if the tests are."""
        options = [word for setting in settings for word in ("-c", setting)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [
                    *before,
                    self._programs / "postgres",
                    *("-D", self._data, "-k", self._folder, "-c", "listen_addresses="),
                    *("-c", "dynamic_shared_memory_type=mmap"),  # goes with the folder
                    *options,
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                **({} if before else _KEPT_BY),
            )
        self._wait_until_it_answers()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT is the server's fast way, SIGQUIT the immediate one, which writes nothing more. No
        harm if it does not run."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def kill(self) -> None:
        """All its processes at once: what they had not written is lost, and nothing is cleared
        up."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGSTOP)  # it starts no more
        running = self.processes()
        for each in running:
            with suppress(ProcessLookupError):
                os.kill(each, signal.SIGKILL)
        self._process.wait()
        self._process = None
        while any(Path(f"/proc/{each}").exists() for each in running):
            time.sleep(0.005)  # it does not start beside one of them

    @contextmanager
    def held(self) -> Iterator[None]:
        """It is there and does nothing: connections stay open, new ones are not answered."""
        self._send_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._send_all(signal.SIGCONT)

    def _send_all(self, sent: signal.Signals) -> None:
        for each in self.processes():
            with suppress(ProcessLookupError):  # one of its workers has just ended
                os.kill(each, sent)

    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def processes(self) -> list[int]:
        """The one that starts the others, and then those."""
        first = self._running().pid
        children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
        return [first, *map(int, children)]

    def _wait_until_it_answers(self) -> None:
        ends = time.monotonic() + STARTS_WITHIN_SECONDS
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=2).close()
            except psycopg.Error:
                if self._running().poll() is not None or time.monotonic() > ends:
                    raise
                time.sleep(0.05)
            else:
                return

    def run(self, program: str, *arguments: str | Path) -> None:
        beside = self._programs / program
        subprocess.run(
            [beside if beside.exists() else program, *arguments],
            check=True,
            capture_output=True,
            cwd=self._folder,
            **_KEPT_BY,
        )


_COPIED = """
    SELECT count(*) FROM pg_stat_replication
    WHERE application_name = 'copied' AND state = 'streaming'
"""

_KEPT_BY: dict[str, Any] = (
    {"user": KEEPER, "group": KEEPER, "extra_groups": []} if os.geteuid() == 0 else {}
)


def _programs() -> Path | None:
    """Where ``initdb`` and ``postgres`` are; distributions keep them out of the way."""
    found = shutil.which("initdb")
    beside = [Path(found).resolve()] if found else []
    kept = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return next((path.parent for path in [*beside, *reversed(kept)]), None)


@contextmanager
def new_server(*options: str) -> Iterator[OwnServer]:
    """Not started; made with ``options``. The test is skipped, or fails where CI is set, without
    the programs of one."""
    programs = _programs()
    if programs is None:
        reason = "no PostgreSQL answers at TONGXING_TEST_POSTGRES, and initdb is not installed"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    folder = Path(mkdtemp(prefix="tongxing-", dir=_MEMORY if _MEMORY.is_dir() else None))
    if _KEPT_BY:
        shutil.chown(folder, KEEPER, KEEPER)
    try:
        server = OwnServer(folder, programs)
        server.make(*options)
        try:
            yield server
        finally:
            server.kill()
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def _own_server() -> Iterator[OwnServer]:
    with new_server() as server:
        yield server


@pytest.fixture
def own_server(_own_server: OwnServer) -> Iterator[OwnServer]:
    """Not started: a test says with which settings."""
    yield _own_server
    _own_server.kill()
