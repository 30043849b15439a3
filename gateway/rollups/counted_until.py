"""How far the log is counted, told as a time: what an operator sees fall behind."""

from datetime import datetime

from tongxing.gateway.storage.columns import from_microseconds
from tongxing.gateway.storage.database import Database

_NEXT = """
    SELECT at FROM audit_entries
    WHERE idx >= (SELECT next_index FROM rollup_counted) ORDER BY idx LIMIT 1
"""


async def counted_until(database: Database, at: datetime) -> datetime:
    """When the first entry was written that is not counted yet; ``at``, which is now, if all are.
    Raises StorageUnavailable."""
    rows = await database.fetch(_NEXT)
    return from_microseconds(rows[0][0]) if rows else at
