"""What the tests of figures share: a database of each kind, its log, and a worker that counts."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.back_ends import open_database, server_url
from tests.rollups.given import Counting, down
from tests.storage.disk import Disk
from tests.storage.records import SIGNER
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditLog


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    """What stands for the database; over a server, the file is never made."""
    path = tmp_path / "state" / "hub.sqlite3"
    server_url(path)
    return path


@pytest.fixture
def disk() -> Disk:
    return Disk()


@pytest.fixture
async def database(path: Path, disk: Disk) -> AsyncIterator[Database]:
    async with open_database(path, disk, signer=SIGNER) as opened:
        yield opened


@pytest.fixture
async def audit(database: Database) -> AuditLog:
    return await AuditLog.open(database)


@pytest.fixture
def counting(database: Database, audit: AuditLog) -> Counting:
    return Counting(database, audit, down)
