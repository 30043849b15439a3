"""Which SQLite settings make a COMMIT mean "on disk", by the version of the library."""

from dataclasses import dataclass

LOST_WRITES_MENDED_IN = ((3, 44, 6), (3, 50, 7), (3, 51, 3))
"""Before these releases of their lines, two connections in WAL mode can lose a committed write
when one of them resets the log (the release notes of 3.51.3)."""


@dataclass(frozen=True, slots=True)
class Durability:
    journal_mode: str
    synchronous: str
    reason: str


ROLLBACK_JOURNAL = Durability(
    "delete", "EXTRA", "this SQLite can lose committed writes in WAL mode: rollback journal"
)
WRITE_AHEAD_LOG = Durability("wal", "FULL", "WAL mode, the log flushed with every commit")


def durability(version: tuple[int, int, int]) -> Durability:
    """WAL where it is safe, else the rollback journal whose directory is flushed as well."""
    return WRITE_AHEAD_LOG if _is_mended(version) else ROLLBACK_JOURNAL


def _is_mended(version: tuple[int, int, int]) -> bool:
    if version >= LOST_WRITES_MENDED_IN[-1]:
        return True
    return any(version[:2] == mended[:2] and version >= mended for mended in LOST_WRITES_MENDED_IN)
