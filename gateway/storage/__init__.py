"""What must be durable, on one SQLite file; PostgreSQL will stand behind the same seams.

Responsible for the file, its tables, group commit and reads beside it. Refuses to know what the
records mean: the audit log, the client registry and the replay list bring their own SQL.
"""

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.errors import (
    Refusal,
    StorageFault,
    StorageRefused,
    StorageUnavailable,
)
from tongxing.gateway.storage.facts import Fact, Facts, Mark
from tongxing.gateway.storage.sqlite import Durability, durability
from tongxing.gateway.storage.writer import Transaction

__all__ = [
    "Database",
    "Durability",
    "Fact",
    "Facts",
    "Mark",
    "Refusal",
    "StorageFault",
    "StorageRefused",
    "StorageUnavailable",
    "Transaction",
    "durability",
]
