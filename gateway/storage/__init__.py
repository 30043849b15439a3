"""What must be durable, on one SQLite file; PostgreSQL will stand behind the same seams.

Responsible for the file, its tables, group commit and reads beside it. Refuses to know what the
records mean: the audit log, the client registry and the replay list bring their own SQL.
"""

from gateway.storage.database import Database
from gateway.storage.durability import Durability, durability
from gateway.storage.errors import Refusal, StorageFault, StorageRefused, StorageUnavailable
from gateway.storage.facts import Fact, Facts, Mark
from gateway.storage.writer import Transaction

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
