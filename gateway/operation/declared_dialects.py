"""The directory of declared dialects: read at the start, and again when it changes.

A dialect is taken if enough of the people who sign policies have signed its file, if it keeps the
contract of all dialects, and if its version is higher than the one that was taken, also before a
restart. Each is taken by itself: a file that is refused leaves the one in force, and all others.
Refuses to know who speaks a dialect.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tongxing.adapters.declared_dialect import DIALECT_MAX_BYTES, DeclaredDialect, read_dialect
from tongxing.adapters.dialect_refusal import DialectFault, DialectRefused
from tongxing.adapters.dialects import DIALECTS
from tongxing.adapters.plugin_entries import installed
from tongxing.gateway.operation.files import read_at_most
from tongxing.gateway.policy.published import (
    RELAXATION_SIGNATURES,
    PublishedFile,
    signatures_beside,
)
from tongxing.gateway.policy.told_again import ToldAgain
from tongxing.gateway.storage import Fact, Facts, Mark, StorageUnavailable
from tongxing.keys import RootKeys
from tongxing.keys.detached_signatures import BadSignatures, signers_of

LOOK_SECONDS = 2.0
"""Between two looks at the directory, as at that of the policies."""

_UNREADABLE = "UNREADABLE"

Refusals = Mapping[str, str]
"""The code of each refusal, by the name of its file, or of a dialect without one."""


class DialectWatch(Protocol):
    def dialects_replaced(self, number: int) -> None: ...

    def dialects_refused(self, code: str, file: str | None) -> None: ...


def dialect_files(directory: Path) -> Sequence[PublishedFile]:
    """Every ``*.toml``, unverified. Raises OSError."""
    return [dialect_file(path) for path in _paths(directory)]


def _paths(directory: Path) -> Sequence[Path]:
    if not directory.is_dir():
        raise NotADirectoryError(str(directory))
    return [path for path in sorted(directory.glob("*.toml")) if path.is_file()]


def _readable(directory: Path) -> tuple[Sequence[PublishedFile], Sequence[str]]:
    """The files, and the names of those that cannot be read. Raises OSError for the directory."""
    files, unreadable = list[PublishedFile](), list[str]()
    for path in _paths(directory):
        try:
            files.append(dialect_file(path))
        except OSError:
            unreadable.append(path.name)
    return files, unreadable


def dialect_file(path: Path) -> PublishedFile:
    """Raises OSError."""
    return PublishedFile(path.name, read_at_most(path, DIALECT_MAX_BYTES), signatures_beside(path))


def read_signed(file: PublishedFile, keys: RootKeys | None) -> DeclaredDialect:
    """Nothing of a file is read before enough people have signed it: two at the least, because
    each file says what is a green. Raises DialectRefused."""
    if keys is None:
        why = "there are no policy keys to check signatures with"
        raise DialectRefused(file.name, DialectFault.NOT_SIGNED, why)
    needed = max(keys.threshold, RELAXATION_SIGNATURES)
    try:
        signed = len(signers_of(file.content, file.signatures or b'{"signatures": []}', keys))
    except BadSignatures as error:
        raise DialectRefused(file.name, DialectFault.BAD_SIGNATURE, str(error)) from None
    if signed < needed:
        why = f"{signed} of {needed} signatures"
        raise DialectRefused(file.name, DialectFault.NOT_SIGNED, why)
    dialect = read_dialect(file.name, file.content)
    if dialect.name in DIALECTS or installed(dialect.name):
        raise DialectRefused(file.name, DialectFault.NAME_TAKEN, dialect.name)
    return dialect


class DeclaredDialects:
    """``wanted`` are the names that issuers of the settings have and nobody else offers. ``clock``
    gives aware UTC times."""

    def __init__(
        self,
        directory: Path,
        *,
        keys: RootKeys | None,
        wanted: Collection[str],
        facts: Facts,
        watch: DialectWatch,
        clock: Callable[[], datetime],
    ) -> None:
        self._directory = directory
        self._keys = keys
        self._wanted = wanted
        self._facts = facts
        self._watch = watch
        self._clock = clock
        self._held: dict[str, DeclaredDialect] = {}
        self._read: dict[PublishedFile, DeclaredDialect | DialectFault] = {}
        self._refusals: Refusals = {}
        self._told: ToldAgain[Refusals] = ToldAgain()

    def find(self, name: str) -> DeclaredDialect | None:
        return self._held.get(name)

    def is_refused(self) -> bool:
        """Whether anything was not taken at the last look."""
        return bool(self._refusals)

    async def follow(self) -> None:
        """Look at the directory for as long as the hub runs."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Take what is new, and tell operators what is not taken: once for each change, and again
        every hour. Never raises for what lies there."""
        before = dict(self._held)
        try:
            files, unreadable = await asyncio.to_thread(_readable, self._directory)
            self._refusals = await self._taken(files, unreadable)
        except OSError:
            self._refusals = {self._directory.name: _UNREADABLE}
        if self._held != before:
            self._watch.dialects_replaced(len(self._held))
        if self._told.is_due(self._refusals or None, self._clock()):
            for file, code in self._refusals.items():
                self._watch.dialects_refused(code, file)

    async def _taken(self, files: Sequence[PublishedFile], unreadable: Sequence[str]) -> Refusals:
        self._read = {file: read for file, read in self._read.items() if file in files}
        refusals: dict[str, str] = dict.fromkeys(unreadable, _UNREADABLE)
        found: dict[str, tuple[str, DeclaredDialect]] = {}
        for file in files:
            read = await self._read_once(file)
            if isinstance(read, DialectFault):
                refusals[file.name] = read
                continue
            _, other = found.get(read.name, ("", read))
            if other.version == read.version and other.digest != read.digest:
                refusals[file.name] = DialectFault.VERSION_DOES_NOT_RISE
            elif other.version <= read.version:
                found[read.name] = file.name, read
        for name, dialect in found.values():
            code = await self._take(dialect)
            if code is not None:
                refusals[name] = code
        missing = (self._held.keys() | {*self._wanted}) - found.keys()
        return refusals or dict.fromkeys(sorted(missing), DialectFault.WITHDRAWN)

    async def _read_once(self, file: PublishedFile) -> DeclaredDialect | DialectFault:
        """A file that did not change is not read again."""
        if file not in self._read:
            try:
                self._read[file] = await asyncio.to_thread(read_signed, file, self._keys)
            except DialectRefused as refused:
                self._read[file] = refused.fault
        return self._read[file]

    async def _take(self, dialect: DeclaredDialect) -> str | None:
        """Record, then hold. The code of why not, if it is not taken."""
        held = self._held.get(dialect.name)
        if held is not None and held.digest == dialect.digest:
            return None
        if held is not None and held.version >= dialect.version:
            return DialectFault.VERSION_DOES_NOT_RISE
        mark = {dialect.name: Mark(dialect.version, dialect.digest)}
        try:
            if await self._facts.advance_each(Fact.DIALECT, mark):
                return DialectFault.VERSION_DOES_NOT_RISE
        except StorageUnavailable:
            return "NOT_RECORDED"
        self._held[dialect.name] = dialect
        return None
