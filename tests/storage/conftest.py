"""What the tests of storage share: a place for files, and a store to use."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.back_ends import open_database, server_url
from tests.storage.records import AT, SIGNER
from tongxing.gateway.storage import Facts
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.clients import ClientRegistry
from tongxing.gateway.storage.document_registry import DocumentRegistry
from tongxing.gateway.storage.replay import ReplayList


@pytest.fixture
def path(tmp_path: Path, back_end: str) -> Path:
    """What stands for the database; over a server, the file is never made."""
    path = tmp_path / "state" / "hub.sqlite3"
    server_url(path)  # before a process looks there
    return path


@dataclass
class Store:
    """One of each store, over one database, as the gateway uses them; ``now`` is their clock."""

    audit: AuditLog
    clients: ClientRegistry
    replay: ReplayList
    facts: Facts
    documents: DocumentRegistry
    now: datetime = AT


@pytest.fixture
async def store(path: Path) -> AsyncIterator[Store]:
    async with open_database(path, signer=SIGNER) as database:
        audit = await AuditLog.open(database)
        made = Store(
            audit,
            ClientRegistry(database),
            ReplayList(database, lambda: made.now),
            Facts(database),
            DocumentRegistry(database),
        )
        yield made
