"""Versions that outlive a restart and only rise.

The highest version of the trust list and of each region's policy that this hub has seen: without
them a restart would accept an older one (docs/invariants.md §11).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from tongxing.gateway.storage.columns import as_written, typed
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.writer import UnitOfWork


@unique
class Fact(StrEnum):
    TRUST_LIST = "trust_list"
    POLICY = "policy"
    POLICIES_TAKEN = "policies_taken"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class Mark:
    """A version and the digest of its content: the same version with another digest is a fork."""

    version: int
    digest: str


class Facts:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def highest(self, fact: Fact) -> Mark | None:
        """The mark of a fact that exists once."""
        rows = await self._database.fetch(_HIGHEST, (fact.value,))
        return _mark(*rows[0]) if rows else None

    async def each(self, fact: Fact) -> Mapping[str, Mark]:
        """The marks of a fact that exists once per key (for policies: per region), by key."""
        begins = f"{fact.value}/"
        rows = await self._database.fetch(_EACH, (len(begins), begins))
        return {name.removeprefix(begins): _mark(*mark) for name, *mark in rows}

    async def advance(
        self, fact: Fact, mark: Mark, of: str = "", *, record: AuditRow | None = None
    ) -> Mark:
        """Raise ``fact`` (of the key ``of`` if it exists once per key) to ``mark`` if ``mark`` is
        higher; the mark that is held afterwards. If that is another one, ``mark`` was older or a
        fork. ``record`` is committed together with a rise. Raises StorageUnavailable."""
        name = f"{fact.value}/{of}" if of else fact.value

        def work(unit: UnitOfWork) -> Mark:
            if unit.execute(_ADVANCE, (name, mark.version, mark.digest)) and record is not None:
                unit.record([record])
            return _mark(*unit.execute(_HIGHEST, (name,))[0])

        return await self._database.write(work)

    async def settle(self, fact: Fact, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """Hold each of ``marks`` under its key where none is held, once and for all; what is held
        afterwards. Raises StorageUnavailable."""
        rows = [(f"{fact.value}/{of}", mark.version, mark.digest) for of, mark in marks.items()]
        await self._database.write(lambda unit: unit.execute_many(_SETTLE, rows))
        return await self.each(fact)

    async def forget(self, fact: Fact) -> None:
        """Hold none of its marks any more. Raises StorageUnavailable."""
        begins = f"{fact.value}/"
        await self._database.write(lambda unit: unit.execute(_FORGET, (len(begins), begins)))

    async def note(self, fact: Fact, changed: Sequence[tuple[str, Mark, AuditRow]]) -> None:
        """Hold each mark of ``changed`` under its key, and commit its record if the mark is another
        one than before; all or none. Raises StorageUnavailable."""

        def work(unit: UnitOfWork) -> None:
            for of, mark, record in changed:
                if unit.execute(_NOTE, (f"{fact.value}/{of}", mark.version, mark.digest)):
                    unit.record([record])

        await self._database.write(work)


def _mark(version: object, digest: object) -> Mark:
    """Raises StorageDamaged."""
    with as_written("facts"):
        return Mark(typed(version, int), typed(digest, str))


_HIGHEST = "SELECT version, digest FROM facts WHERE name = ?"
_EACH = "SELECT name, version, digest FROM facts WHERE substr(name, 1, CAST(? AS INTEGER)) = ?"
_ADVANCE = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, digest = excluded.digest
    WHERE excluded.version > facts.version RETURNING 1
"""
_SETTLE = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING
"""
_FORGET = "DELETE FROM facts WHERE substr(name, 1, CAST(? AS INTEGER)) = ?"
_NOTE = """
    INSERT INTO facts (name, version, digest) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE SET version = excluded.version, digest = excluded.digest
    WHERE excluded.digest <> facts.digest RETURNING 1
"""
