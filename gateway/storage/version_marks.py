"""Versions that outlive a restart and only rise.

The highest version of the trust list and of each region's policy that this hub has seen: without
them a restart would accept an older one (docs/invariants.md §11).
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, unique

from tongxing.gateway.storage.columns import as_written, typed
from tongxing.gateway.storage.database import Database
from tongxing.gateway.storage.entries import AuditRow
from tongxing.gateway.storage.faults import StorageUnavailable
from tongxing.gateway.storage.seen_versions import Mark, SeenVersions
from tongxing.gateway.storage.writer import UnitOfWork, Work


@unique
class Fact(StrEnum):
    TRUST_LIST = "trust_list"
    POLICY = "policy"
    POLICIES_TAKEN = "policies_taken"
    OWNER = "owner"
    USES_UNKNOWN = "uses_unknown"
    ROOT_KEYS = "root_keys"
    DIALECT = "dialect"


@dataclass(frozen=True, slots=True)
class Under:
    """By what a mark was judged: all marks of a fact that exists once per key, and by the same keys
    what is recorded of each that is new."""

    fact: Fact
    marks: Mapping[str, Mark]
    records: Mapping[str, AuditRow]

    @property
    def begins(self) -> str:
        return f"{self.fact.value}/"

    def named(self) -> Mapping[str, Mark]:
        return {f"{self.begins}{of}": mark for of, mark in self.marks.items()}

    def beyond(self, held: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """What of the fact is held, by key, and is not among these."""
        others = {
            name.removeprefix(self.begins): mark
            for name, mark in held.items()
            if name.startswith(self.begins)
        }
        return {of: mark for of, mark in others.items() if self.marks.get(of) != mark}


class JudgedByOthers(Exception):
    """A mark was judged by less than what is held, or by something else: ``held``, by key."""

    def __init__(self, held: Mapping[str, Mark]) -> None:
        super().__init__("it was judged by other marks than those that are held")
        self.held = held


@dataclass(frozen=True, slots=True)
class _Others:
    marks: Mapping[str, Mark]


@dataclass(frozen=True, slots=True)
class _Rise:
    """Of one mark, and of what it was judged by, in one commit."""

    name: str
    mark: Mark
    under: Under | None
    record: AuditRow | None
    along: Work | None

    def commit(self, unit: UnitOfWork) -> Mark | _Others:
        others = _others(unit, self.under)
        if others is not None:
            return others
        held = [_mark(*row) for row in unit.execute(_HIGHEST, (self.name,))]
        if not all(self.mark.may_follow(each) for each in held):
            return held[0]
        if self.under is not None:
            _raise_under(unit, self.under)
        row = self.name, self.mark.version, self.mark.digest
        if unit.execute(_ADVANCE, row) and self.record is not None:
            unit.record([self.record])
        if self.along is not None:
            self.along(unit)
        return self.mark


class Facts:
    """``seen`` is what this machine has taken, if the database lies elsewhere: the higher mark
    counts, wherever it is kept."""

    def __init__(self, database: Database, seen: SeenVersions | None = None) -> None:
        self._database = database
        self._seen = seen

    async def highest(self, fact: Fact) -> Mark | None:
        """The mark of a fact that exists once. Raises StorageUnavailable."""
        rows = await self._database.fetch(_HIGHEST, (fact.value,))
        marks = [_mark(*row) for row in rows]
        seen = (await self._seen_marks()).get(fact.value)
        return max([*marks, *([seen] if seen else [])], key=_version, default=None)

    async def each(self, fact: Fact) -> Mapping[str, Mark]:
        """The marks of a fact that exists once per key (for policies: per region), by key. Raises
        StorageUnavailable."""
        begins = f"{fact.value}/"
        rows = await self._database.fetch(_EACH, (len(begins), begins))
        marks = {name: _mark(*mark) for name, *mark in rows}
        for name, seen in (await self._seen_marks()).items():
            if name.startswith(begins) and (
                name not in marks or marks[name].version < seen.version
            ):
                marks[name] = seen
        return {name.removeprefix(begins): mark for name, mark in marks.items()}

    async def advance(
        self,
        fact: Fact,
        mark: Mark,
        *,
        under: "Under | None" = None,
        record: AuditRow | None = None,
        along: Work | None = None,
    ) -> Mark:
        """Raise ``fact``, which exists once, to ``mark`` if ``mark`` is higher; the mark that is
        held afterwards. If that is another one, ``mark`` was older or a fork. What ``mark`` was
        judged by, ``under``, is raised in the same commit. ``record`` is committed together with a
        rise, and ``along`` if ``mark`` is held. Raises JudgedByOthers, StorageUnavailable."""
        marks = await self._seen_marks()
        seen = marks.get(fact.value)
        if seen is not None and not mark.may_follow(seen):
            return seen
        if under is not None and (beyond := under.beyond(marks)):
            raise JudgedByOthers(beyond)
        rise = _Rise(fact.value, mark, under, record, along)
        found = await self._database.write(rise.commit)
        if isinstance(found, _Others):
            raise JudgedByOthers(found.marks)
        if found == mark:
            await self._has_seen({**({} if under is None else under.named()), fact.value: mark})
        return found

    async def advance_each(
        self, fact: Fact, marks: Mapping[str, Mark], along: Work | None = None
    ) -> Mapping[str, Mark]:
        """Raise ``fact``, which exists once per key, to ``marks``, and commit ``along`` with that;
        or none of it, if ``marks`` has older ones or forks: the marks that are held of these.
        Raises StorageUnavailable."""
        named = {f"{fact.value}/{of}": mark for of, mark in marks.items()}

        def work(unit: UnitOfWork) -> Mapping[str, Mark]:
            found = {name: unit.execute(_HIGHEST, (name,)) for name in named}
            held = {name: _mark(*rows[0]) for name, rows in found.items() if rows}
            beyond = _beyond(held, named)
            if not beyond:
                for name, mark in named.items():
                    unit.execute(_ADVANCE, (name, mark.version, mark.digest))
                if along is not None:
                    along(unit)
            return beyond

        beyond = _beyond(await self._seen_marks(), named)
        if not beyond:
            beyond = await self._database.write(work)
        if not beyond:
            await self._has_seen(named)
        return {name.removeprefix(f"{fact.value}/"): mark for name, mark in beyond.items()}

    async def _seen_marks(self) -> Mapping[str, Mark]:
        if self._seen is None:
            return {}
        try:
            return await asyncio.to_thread(self._seen.read)
        except OSError as error:
            raise StorageUnavailable(_NOT_MARKED) from error

    async def _has_seen(self, marks: Mapping[str, Mark]) -> None:
        if self._seen is None:
            return
        try:
            await asyncio.to_thread(self._seen.rise, marks)
        except OSError as error:
            raise StorageUnavailable(_NOT_MARKED) from error

    async def settle(self, fact: Fact, marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
        """Hold each of ``marks`` under its key where none is held, once and for all; what is held
        afterwards. Raises StorageUnavailable."""
        rows = [(f"{fact.value}/{of}", mark.version, mark.digest) for of, mark in marks.items()]
        await self._database.write(lambda unit: unit.execute_many(_SETTLE, rows))
        return await self.each(fact)

    async def forget(self, fact: Fact) -> None:
        """Hold none of its marks from now on. Raises StorageUnavailable."""
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


_NOT_MARKED = "this machine cannot read or keep what it has seen"


def _version(mark: Mark) -> int:
    return mark.version


def _raise_under(unit: UnitOfWork, under: Under) -> None:
    for of, mark in under.marks.items():
        if unit.execute(_ADVANCE, (f"{under.begins}{of}", mark.version, mark.digest)):
            unit.record([under.records[of]])


def _others(unit: UnitOfWork, under: Under | None) -> _Others | None:
    if under is None:
        return None
    rows = unit.execute(_EACH, (len(under.begins), under.begins))
    beyond = under.beyond({name: _mark(*row) for name, *row in rows})
    return _Others(beyond) if beyond else None


def _beyond(held: Mapping[str, Mark], marks: Mapping[str, Mark]) -> Mapping[str, Mark]:
    """What is held that ``marks`` may not follow."""
    return {
        name: held[name]
        for name, mark in marks.items()
        if name in held and not mark.may_follow(held[name])
    }


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
