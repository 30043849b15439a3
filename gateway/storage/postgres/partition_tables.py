"""How one partition of the log is made: its entries, and what is looked up in them.

Pure. Refuses to know when there has to be another one (``log_partitions``).
"""

from collections.abc import Sequence
from typing import NamedTuple

from tongxing.gateway.storage.indexing import PART_ENTRIES

LEAST_ENTRIES = 524_288
"""Of one partition. A multiple of the parts of the holders and of the tiles of the tree, as the
size of every partition is."""


class Partition(NamedTuple):
    """The entries from ``begin`` up to ``until``."""

    begin: int
    until: int


FIRST_PARTITION = Partition(0, 65_536)
"""Small: how much will follow is not known when the tables are made. The hub makes more when it
starts."""

PARTITIONED = ("audit_entries", "audit_holders", "audit_requests")


def partition_made(of: Partition) -> Sequence[str]:
    """The statements. To attach a table that is there stops nobody who reads or writes."""
    parts = Partition(of.begin // PART_ENTRIES, of.until // PART_ENTRIES)
    return (
        *_attached("audit_entries", of.begin, of),
        *_attached("audit_holders", of.begin, parts),
        *_attached("audit_requests", of.begin, of),
        f"INSERT INTO audit_partitions (begin, until) VALUES ({of.begin}, {of.until})",  # noqa: S608 - numbers
    )


def partition_dropped(of: Partition) -> Sequence[str]:
    return tuple(f"DROP TABLE {table}_{of.begin}" for table in PARTITIONED)


def _attached(table: str, number: int, bounds: Partition) -> Sequence[str]:
    made = f"{table}_{number}"
    values = f"FROM ({bounds.begin}) TO ({bounds.until})"
    return (
        f"CREATE TABLE {made} (LIKE {table} INCLUDING STORAGE)",
        f"ALTER TABLE {table} ATTACH PARTITION {made} FOR VALUES {values}",
    )
