"""The oldest entries of a log in a file go, and what was given out of them still verifies."""

from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest

from tests.storage.records import AT, SIGNER, administration, intent
from tests.storage.test_tree import as_a_chain
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditFilter,
    AuditLog,
    AuditMark,
    Damage,
    check_export,
    export_lines,
)
from tongxing.gateway.storage.audit.numbers import KIND_NUMBERS
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.gateway.storage.log_beginning import LogBeginning
from tongxing.gateway.storage.log_remains import LogTerms
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys.merkle import check_consistency, check_inclusion
from tongxing.keys.tree_head import TreeHead
from tongxing.schema import AuditIndex
from tongxing.schema.audit_words import AuditKind

DAYS = 30
TERMS = LogTerms(
    timedelta(days=DAYS), timedelta(days=365), (KIND_NUMBERS[AuditKind.ADMINISTRATION],)
)
OLD = 2_100
"""Entries of the first day: every hundredth of administration."""
NEW = 600
"""Entries of a month later."""
FORGOTTEN = 1_792
"""Whole tiles, below the first thousand that holds a new entry."""
KEPT = range(0, FORGOTTEN, 100)
LATER = AT + timedelta(days=DAYS + 1)
A_YEAR_LATER = AT + timedelta(days=365)


@dataclass
class Aged:
    path: Path
    database: Database
    log: AuditLog
    given: list[SeenHead]
    marks: list[AuditMark]

    def beginning(self, terms: LogTerms = TERMS) -> LogBeginning:
        return LogBeginning(self.database, terms, SIGNER)

    async def column(self, table: str, column: str) -> list[Any]:
        rows = await self.database.fetch(f"SELECT {column} FROM {table} ORDER BY 1")  # noqa: S608 - names of the test
        return [each for (each,) in rows]


def _record(number: int) -> Any:
    if number % 100 == 0:
        return administration(number)
    return intent(number)


@pytest.fixture
async def aged(tmp_path: Path) -> AsyncIterator[Aged]:
    path = tmp_path / "state" / "hub.sqlite3"
    path.parent.mkdir(mode=0o700)
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        old = Aged(path, database, log, [], [])
        for begin in range(0, OLD, 300):
            old.marks += await log.append([_record(n) for n in range(begin, begin + 300)])
            assert database.signed_head is not None
            old.given.append(database.signed_head.head)
        month = 30 * 86_400
        old.marks += await log.append([intent(month + number) for number in range(NEW)])
        await _is_filled_in(database)
        yield old


async def _is_filled_in(database: Database) -> None:
    while (await database.fetch("SELECT until FROM audit_indexed"))[0][0] < OLD:
        await database.write(lambda unit: unit.execute("SELECT 1"))


async def test_what_is_older_goes_and_what_is_younger_stays(aged: Aged) -> None:
    assert await aged.beginning().sweep(LATER) == FORGOTTEN
    assert (await aged.column("audit_entries", "idx"))[0] == FORGOTTEN
    assert await aged.column("audit_kept", "idx") == list(KEPT)
    assert await aged.column("audit_spans", "span") == [1, 2]
    assert min(await aged.column("audit_requests", "last")) >= FORGOTTEN
    assert await aged.beginning().sweep(LATER) == 0
    assert await aged.log.verify([*aged.given, *aged.marks[::97]]) == aged.marks[-1]


@pytest.mark.parametrize(
    ("terms", "at"),
    [
        pytest.param(TERMS, AT + timedelta(days=DAYS), id="before its time"),
        pytest.param(LogTerms(), A_YEAR_LATER, id="without a term"),
    ],
)
async def test_nothing_is_forgotten_before_its_time(
    aged: Aged, terms: LogTerms, at: datetime
) -> None:
    assert await aged.beginning(terms).sweep(at) == 0
    assert len(await aged.column("audit_entries", "idx")) == len(aged.marks)


async def test_the_last_entry_stays_however_old(aged: Aged) -> None:
    await aged.beginning().sweep(AT + timedelta(days=3_000))
    last = (await aged.column("audit_entries", "idx"))[-1]
    assert last == aged.marks[-1].index
    [mark] = await aged.log.append([intent(1)])
    assert await aged.log.verify([*aged.given, mark]) == mark


async def test_an_entry_of_a_clock_that_was_ahead_keeps_those_around_it(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    path.parent.mkdir(mode=0o700)
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(10**9 if n == 1_500 else n) for n in range(2_600)])
        while (await database.fetch("SELECT until FROM audit_indexed"))[0][0] < 2_560:
            await database.write(lambda unit: unit.execute("SELECT 1"))
        assert await LogBeginning(database, TERMS, SIGNER).sweep(LATER) == 1_000 // 256 * 256


async def test_what_was_given_out_of_what_is_forgotten_still_verifies(aged: Aged) -> None:
    await aged.beginning().sweep(LATER)
    prover = aged.log.prover()
    head = prover.signed.head
    for seen in aged.given:
        assert isinstance(seen, TreeHead)
        path = await prover.consistency(seen.size, head.size)
        assert path is not None
        check_consistency(seen.size, seen.root, head.size, head.root, path)


async def test_what_is_kept_apart_is_found_and_proved(aged: Aged) -> None:
    await aged.beginning().sweep(LATER)
    found = await aged.log.find(AuditIndex(KEPT[3]))
    assert found is not None
    assert found.entry_hash == aged.marks[KEPT[3]].entry_hash
    assert await aged.log.find(AuditIndex(KEPT[3] + 1)) is None
    prover = aged.log.prover()
    kept, gone = await prover.inclusion([KEPT[3], KEPT[3] + 1])
    assert gone is None
    assert kept is not None
    link = (await aged.log.check_mark(aged.marks[KEPT[3]])).hash
    check_inclusion(link, KEPT[3], prover.signed.head.size, kept.path, prover.signed.head.root)


FILTERS = {
    "all": (AuditFilter(), [*KEPT, *range(FORGOTTEN, OLD + NEW)]),
    "a kind": (AuditFilter(kind=AuditKind.ADMINISTRATION), list(range(0, OLD, 100))),
    "a client": (AuditFilter(client_id="coordinator"), list(range(0, OLD, 100))),
    "a request": (AuditFilter(request_id="00000300-request"), [300]),
    "a request that is gone": (AuditFilter(request_id="00000301-request"), []),
    "a holder that is gone": (AuditFilter(holder=intent(301).holder), []),
    "a holder": (AuditFilter(holder=intent(1_801).holder), [1_801]),
    "a time": (
        AuditFilter(since=AT + timedelta(seconds=150), until=AT + timedelta(seconds=450)),
        [200, 300, 400],
    ),
}


@pytest.mark.parametrize(("where", "found"), FILTERS.values(), ids=FILTERS)
@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
async def test_pages_go_over_what_is_kept_and_what_is_there(
    aged: Aged, where: AuditFilter, found: list[int], *, is_last: bool
) -> None:
    await aged.beginning().sweep(LATER)
    shown: list[int] = []
    wanted = Slice(7, is_last=is_last)
    while True:
        page = await aged.log.page(where, wanted)
        indexes = [index for index, _ in page.entries]
        shown = indexes + shown if is_last else shown + indexes
        if not (page.has_previous if is_last else page.has_next):
            break
        wanted = Slice(7, before=page.start, is_last=True) if is_last else Slice(7, after=page.end)
    assert shown == found


async def test_what_is_kept_apart_goes_in_its_own_time(aged: Aged) -> None:
    await aged.beginning().sweep(LATER)
    await aged.beginning().sweep(A_YEAR_LATER + timedelta(seconds=450))
    assert (await aged.column("audit_kept", "idx"))[0] == 500
    assert await aged.log.verify(aged.given) == aged.marks[-1]


class Interrupted:
    """A database that can be written to only so often."""

    def __init__(self, database: Database, writes: int) -> None:
        self.read = database.read
        self._database = database
        self._left = writes

    async def write(self, work: Callable[..., Any]) -> Any:
        if self._left == 0:
            raise StorageUnavailable("interrupted")
        self._left -= 1
        return await self._database.write(work)


@pytest.mark.parametrize("writes", range(8))
async def test_wherever_it_is_interrupted_the_log_is_whole_and_the_next_goes_on(
    aged: Aged, writes: int
) -> None:
    halting = cast("Database", Interrupted(aged.database, writes))
    with suppress(StorageUnavailable):
        await LogBeginning(halting, TERMS, SIGNER).sweep(LATER)
    assert await aged.log.verify(aged.given) == aged.marks[-1]
    page = await aged.log.page(AuditFilter(request_id="00000301-request"), Slice(1))
    is_forgotten = await aged.database.fetch("SELECT forgotten FROM audit_tree") != [(0,)]
    assert bool(page.entries) is not is_forgotten
    await aged.beginning().sweep(LATER)
    assert (await aged.column("audit_entries", "idx"))[0] == FORGOTTEN
    assert min(await aged.column("audit_requests", "last")) >= FORGOTTEN
    assert await aged.log.verify(aged.given) == aged.marks[-1]


async def test_an_export_of_the_rest_is_checked_alone(aged: Aged) -> None:
    await aged.beginning().sweep(LATER)
    lines = [line async for line in export_lines(aged.log)]
    head = check_export(iter("".join(lines).splitlines(keepends=True)), [SIGNER.verifier])
    assert head == aged.log.prover().signed.head


SPOILED = {
    "a kept entry changed": (
        "UPDATE audit_kept SET client = 'somebody' WHERE idx = 300",
        Damage.CHANGED,
    ),
    "a kept entry and its hash changed": (
        "UPDATE audit_kept SET client = 'somebody', hash = zeroblob(32) WHERE idx = 300",
        Damage.CHANGED,
    ),
    "a kept entry taken away": ("DELETE FROM audit_kept WHERE idx = 300", Damage.FORGED),
    "a kept entry added": (
        "INSERT INTO audit_kept VALUES (301, 4, 0, 'r', 'c', NULL, NULL, x'00', x'00', NULL)",
        Damage.FORGED,
    ),
    "more is called forgotten": (
        "UPDATE audit_tree SET forgotten = forgotten + 256",
        Damage.FORGED,
    ),
    "the word of the hub taken away": ("UPDATE audit_tree SET note = NULL", Damage.FORGED),
}


@pytest.mark.parametrize(("spoil", "damage"), SPOILED.values(), ids=SPOILED)
async def test_tampering_with_what_is_forgotten_is_found(
    aged: Aged, spoil: str, damage: Damage
) -> None:
    await aged.beginning().sweep(LATER)
    with sqlite3.connect(aged.path) as connection:
        connection.execute(spoil)
    with pytest.raises(AuditDamaged) as found:
        await aged.log.verify()
    assert found.value.damage is damage


async def test_a_chain_of_the_first_version_goes_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    chained = as_a_chain(path, [_record(number) for number in range(700)])
    async with Database.open(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        beginning = LogBeginning(database, TERMS, SIGNER)
        assert await beginning.sweep(LATER) == 0
        await log.append([_record(number) for number in range(700, 2_600)])
        while (await database.fetch("SELECT until FROM audit_indexed"))[0][0] < 2_560:
            await database.write(lambda unit: unit.execute("SELECT 1"))
        assert await beginning.sweep(LATER) == 2_560
        await log.verify(chained[::50])
        assert await log.find(AuditIndex(600)) is not None
