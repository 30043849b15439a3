"""What must be durable, in one SQLite file or on one PostgreSQL server.

Responsible for the database, its tables, the unit of work (a change and its audit record in one
commit), group commit and reads beside it. Refuses to know what the rows mean: each store brings
its own SQL, in what both understand. The seam is the unit of work
(``docs/decisions/0006-unit-of-work.md``).
"""

from tongxing.gateway.storage.cursors import InvalidCursor
from tongxing.gateway.storage.database import Database, ReadSession
from tongxing.gateway.storage.faults import (
    StorageFault,
    StorageRefusal,
    StorageRefused,
    StorageUnavailable,
)
from tongxing.gateway.storage.seen_versions import Mark
from tongxing.gateway.storage.sqlite import Durability, durability
from tongxing.gateway.storage.version_marks import Fact, Facts, JudgedByOthers, Under
from tongxing.gateway.storage.writer import UnitOfWork, Work

__all__ = [
    "Database",
    "Durability",
    "Fact",
    "Facts",
    "InvalidCursor",
    "JudgedByOthers",
    "Mark",
    "ReadSession",
    "StorageFault",
    "StorageRefusal",
    "StorageRefused",
    "StorageUnavailable",
    "Under",
    "UnitOfWork",
    "Work",
    "durability",
]
