"""Rows past their time leave the disk in pieces, so that no answer waits behind a large deletion.

Refuses to know what a row is and when its time ends: each store brings both.
"""

from tongxing.gateway.storage.database import Database

SWEPT_AT_ONCE = 1_000
"""Rows deleted in one transaction; bounds the time for which answers wait behind it."""


async def sweep_in_pieces(database: Database, statement: str, before: int) -> int:
    """Run ``statement`` until it finds nothing more; the number of rows that it deleted. It takes
    ``before`` and how many rows it may delete, and returns one row for each. Raises
    StorageUnavailable."""
    total, swept = 0, SWEPT_AT_ONCE
    asked = (before, SWEPT_AT_ONCE)
    while swept == SWEPT_AT_ONCE:
        swept = await database.write(lambda unit: len(unit.execute(statement, asked)))
        total += swept
    return total
