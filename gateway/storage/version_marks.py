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
from tongxing.gateway.storage.writer import UnitOfWork, Work


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
        self,
        fact: Fact,
        mark: Mark,
        *,
        record: AuditRow | None = None,
        along: Work | None = None,
    ) -> Mark:
        """Raise ``fact``, which exists once, to ``mark`` if ``mark`` is higher; the mark that is
        held afterwards. If that is another one, ``mark`` was older or a fork. ``record`` is
        committed together with a rise, and ``along`` if ``mark`` is held. Raises
        StorageUnavailable."""

        def work(unit: UnitOfWork) -> Mark:
            row = fact.value, mark.version, mark.digest
            if unit.execute(_ADVANCE, row) and record is not None:
                unit.record([record])
            held = _mark(*unit.execute(_HIGHEST, (fact.value,))[0])
            if held == mark and along is not None:
                along(unit)
            return held

        return await self._database.write(work)

    async def advance_each(
        self, fact: Fact, marks: Mapping[str, Mark], along: Work | None = None
    ) -> Mapping[str, Mark]:
        """Raise ``fact``, which exists once per key, to ``marks``, and commit ``along`` with that;
        or none of it, if ``marks`` has older ones or forks: the marks that are held of these.
        Raises StorageUnavailable."""
        names = {of: f"{fact.value}/{of}" for of in marks}

        def work(unit: UnitOfWork) -> Mapping[str, Mark]:
            found = {of: unit.execute(_HIGHEST, (name,)) for of, name in names.items()}
            held = {of: _mark(*rows[0]) for of, rows in found.items() if rows}
            beyond = {of: mark for of, mark in held.items() if not _may_follow(mark, marks[of])}
            if not beyond:
                for of, mark in marks.items():
                    unit.execute(_ADVANCE, (names[of], mark.version, mark.digest))
                if along is not None:
                    along(unit)
            return beyond

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


def _may_follow(held: Mark, mark: Mark) -> bool:
    return held == mark or held.version < mark.version


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
