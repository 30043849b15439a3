"""Small facts that outlive a restart and only rise: what was seen is never unseen.

The one there is today is the highest trust list version, without which a restart would open the
door to an older list (architecture, invariant 11).
"""

from dataclasses import dataclass
from enum import StrEnum, unique

from gateway.storage.database import Database
from gateway.storage.writer import Transaction


@unique
class Fact(StrEnum):
    TRUST_LIST = "trust_list"


@dataclass(frozen=True, slots=True)
class Mark:
    """A version, and the digest of what had it: the same version with another digest is a fork."""

    version: int
    digest: str


class Facts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def highest(self, fact: Fact) -> Mark | None:
        rows = await self._database.read(
            lambda connection: connection.execute(_HIGHEST, (fact.value,)).fetchall()
        )
        return Mark(*rows[0]) if rows else None

    async def advance(self, fact: Fact, mark: Mark) -> Mark:
        """Raise ``fact`` to ``mark`` if that is higher; the mark that is held afterwards. Another
        one than ``mark`` means that it was older, or a fork. Raises StorageUnavailable."""

        def work(transaction: Transaction) -> Mark:
            transaction.execute(_ADVANCE, (fact.value, mark.version, mark.digest))
            return Mark(*transaction.execute(_HIGHEST, (fact.value,))[0])

        return await self._database.write(work)


_HIGHEST = "SELECT version, digest FROM facts WHERE name = ?"
_ADVANCE = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, digest = excluded.digest
    WHERE excluded.version > facts.version
"""
