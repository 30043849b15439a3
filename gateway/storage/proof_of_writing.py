"""Proof that the database can take a record now: something is written, and committed."""

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.writer import UnitOfWork

PROOF_BYTES = 16 * 1024
"""As much as the records of some fifty answers. Each proof takes new room before the one before
gives its own back, so it fails on a full disk, as the next records will."""

_CONTENT = "." * PROOF_BYTES


async def prove_writing(database: Database) -> None:
    """Returns once the proof is on disk. Raises StorageUnavailable."""
    await database.write(_prove)


def _prove(unit: UnitOfWork) -> None:
    held = unit.execute(_HELD)
    number = max((version for _, version in held), default=0) + 1
    unit.execute(_WRITE, (f"proof-of-writing-{number}", number, _CONTENT))
    unit.execute_many(_FORGET, [(name,) for name, _ in held])


_HELD = "SELECT name, version FROM facts WHERE name LIKE 'proof-of-writing-%'"
_WRITE = "INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)"
_FORGET = "DELETE FROM facts WHERE name = ?"
