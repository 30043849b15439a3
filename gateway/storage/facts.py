"""Small facts that outlive a restart and only rise: what was seen is never unseen.

The highest version of the trust list and of each region's policy: without them a restart would
open the door to an older one (architecture, invariant 11).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, unique

from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.writer import Transaction


@unique
class Fact(StrEnum):
    TRUST_LIST = "trust_list"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Mark:
    """A version, and the digest of what had it: the same version with another digest is a fork."""

    version: int
    digest: str


class Facts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def highest(self, fact: Fact) -> Mark | None:
        """Of a fact that there is one of."""
        rows = await self._database.read(
            lambda connection: connection.execute(_HIGHEST, (fact.value,)).fetchall()
        )
        return Mark(*rows[0]) if rows else None

    async def each(self, fact: Fact) -> Mapping[str, Mark]:
        """Of a fact that there is one of for each of several things: by thing."""
        begins = f"{fact.value}/"
        rows = await self._database.read(
            lambda connection: connection.execute(_EACH, (len(begins), begins)).fetchall()
        )
        return {name.removeprefix(begins): Mark(*mark) for name, *mark in rows}

    async def advance(self, fact: Fact, mark: Mark, of: str = "") -> Mark:
        """Raise ``fact``, of one thing where there are several, to ``mark`` if that is higher; the
        mark that is held afterwards. Another one than ``mark`` means that it was older, or a fork.
        Raises StorageUnavailable."""
        name = f"{fact.value}/{of}" if of else fact.value

        def work(transaction: Transaction) -> Mark:
            transaction.execute(_ADVANCE, (name, mark.version, mark.digest))
            return Mark(*transaction.execute(_HIGHEST, (name,))[0])

        return await self._database.write(work)


_HIGHEST = "SELECT version, digest FROM facts WHERE name = ?"
_EACH = "SELECT name, version, digest FROM facts WHERE substr(name, 1, ?) = ?"
_ADVANCE = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, digest = excluded.digest
    WHERE excluded.version > facts.version
"""
