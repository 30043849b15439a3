"""A disk that fills up under a server of the tests.

A small file system of its own, seen by that server alone: a mount in a namespace, which root may
make, and other accounts in a namespace of users. Where neither is allowed (in many containers), the
kernel is told how large a file of the server may become. It then fails at the same places with
EFBIG in place of ENOSPC, and the server treats both alike.
"""

import os
import pwd
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import psycopg

from tests.storage.own_server import KEEPER, OwnServer

MEGABYTES = 24
LARGEST_FILE_BYTES = 1 << 20
"""As large as a segment of the server's own log there, which therefore still fits."""

_MOUNT = "mount -t tmpfs -o size={}m,uid={},mode=0700 small {} && exec {} "


class SmallDisk(Protocol):
    before: tuple[str, ...]
    """What the server is started by."""

    def new_database(self, server: OwnServer) -> str: ...

    def fill(self, server: OwnServer) -> None: ...

    def make_room(self, server: OwnServer) -> None: ...


class Mounted:
    """The database lies there, and a table that takes the rest of the room."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.before = _namespace(folder)

    def new_database(self, server: OwnServer) -> str:
        server.sql(
            f"CREATE TABLESPACE small LOCATION '{self._folder}'",
            "CREATE DATABASE full_one TEMPLATE template0 ENCODING 'UTF8' TABLESPACE small",
        )
        return server.url("full_one")

    def fill(self, server: OwnServer) -> None:
        server.sql(
            "CREATE TABLE filler (x text) TABLESPACE small",
            "ALTER TABLE filler ALTER x SET STORAGE EXTERNAL",
        )
        for octets in (1 << 20, 1 << 16, 1 << 13, 1):
            try:
                while True:
                    server.sql(f"INSERT INTO filler VALUES (repeat('x', {octets}))")  # noqa: S608
            except psycopg.errors.DiskFull:
                continue

    def make_room(self, server: OwnServer) -> None:
        server.sql("DROP TABLE filler")


class Limited:
    before: tuple[str, ...] = ()

    def new_database(self, server: OwnServer) -> str:
        return server.new_database()

    def fill(self, server: OwnServer) -> None:
        self._limit(server, LARGEST_FILE_BYTES)

    def make_room(self, server: OwnServer) -> None:
        self._limit(server, "unlimited")

    def _limit(self, server: OwnServer, limit: object) -> None:
        for each in server.processes():
            with suppress(subprocess.CalledProcessError):  # it has ended
                server.run("prlimit", f"--pid={each}", f"--fsize={limit}:")


def small_disk(folder: Path) -> SmallDisk:
    """``folder`` is empty, and the server's account may go there."""
    may_mount = subprocess.run([*_namespace(folder), "true"], capture_output=True, check=False)
    return Mounted(folder) if may_mount.returncode == 0 else Limited()


def _namespace(folder: Path) -> tuple[str, ...]:
    """Runs what follows as the account that a server runs as."""
    if os.geteuid() == 0:
        owner = pwd.getpwnam(KEEPER).pw_uid
        account = f"setpriv --reuid={KEEPER} --regid={KEEPER} --clear-groups"
        outer = ["unshare", "--mount"]
    else:
        owner = 0
        account = f"unshare --user --map-user={os.geteuid()} --map-group={os.getegid()}"
        outer = ["unshare", "--user", "--map-root-user", "--mount"]
    return (*outer, "sh", "-c", _MOUNT.format(MEGABYTES, owner, folder, account) + '"$@"', "sh")
