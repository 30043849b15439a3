"""What is looked up is filled in behind the log: nothing is invisible, nothing waits for long."""

import itertools
import random
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, open_session, run_sql, sqlite_only
from tests.storage.disk import Disk, Moment, fail
from tests.storage.mortal import die_at_filling
from tests.storage.processes import reports, start
from tests.storage.projection import indexed_until, is_filled_in, projections, throw_away
from tests.storage.records import AT, SIGNER, administration, intent, named, outcome, refusal
from tongxing.gateway.storage.adoption import nodes_of
from tongxing.gateway.storage.audit import (
    AuditFilter,
    AuditLog,
    AuditMark,
    AuditRecord,
    AuditUnavailable,
)
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.audit.gaps import Gap
from tongxing.gateway.storage.audit.search import search
from tongxing.gateway.storage.database import ReadSession
from tongxing.gateway.storage.entries import AuditRow, planted
from tongxing.gateway.storage.indexing import (
    BACKLOG_MAX_ENTRIES,
    BLOCK_ENTRIES,
    PART_ENTRIES,
    Backlog,
    fill,
)
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.sqlite_session import SqliteSession
from tongxing.gateway.storage.tables import APPLICATION_ID, INDEXED_BEHIND_SINCE, MIGRATIONS
from tongxing.gateway.storage.tree import ADD_NODES
from tongxing.schema import Color, Decision
from tongxing.schema.audit_words import AuditKind

MORE_THAN_TWO_BLOCKS = 2 * BLOCK_ENTRIES + 100


def some(number: int) -> AuditRecord:
    """Of five holders, three requests at once, and a few kinds."""
    asked = replace(intent(number), holder=intent(number % 5).holder)
    asked = replace(asked, request_id=f"{number // 3:08d}-request")
    match number % 7:
        case 0:
            return refusal(number)
        case 1 | 2:
            told = replace(outcome(number), holder=asked.holder, request_id=asked.request_id)
            return replace(told, color=Color.RED, decision=Decision.REFUSE) if number % 2 else told
        case 3:
            return administration(number)
        case _:
            return asked


LOOKED_FOR = {
    "a holder": AuditFilter(holder=intent(2).holder),
    "a named holder": AuditFilter(named_holders=named(2)),
    "a holder with all else": AuditFilter(
        holder=intent(1).holder, color=Color.RED, client_id="city-system"
    ),
    "a holder whom nobody asked about": AuditFilter(holder=intent(77).holder),
    "a request": AuditFilter(request_id=f"{7:08d}-request"),
    "a request that there is not": AuditFilter(request_id="00000007-another"),
    "a request of a holder": AuditFilter(request_id=f"{300:08d}-request", holder=intent(0).holder),
    "a color": AuditFilter(color=Color.RED),
    "a kind": AuditFilter(kind=AuditKind.ADMINISTRATION),
    "a time": AuditFilter(since=AT + timedelta(seconds=MORE_THAN_TWO_BLOCKS - 30)),
}


def _fits(record: AuditRecord, where: AuditFilter) -> bool:
    """As somebody would look for it in a list."""
    given = {
        "holder": where.holder or next(iter(where.named_holders), None),
        "request_id": where.request_id,
        "client_id": where.client_id,
        "color": where.color,
    }
    is_named = not where.named_holders or record.__class__.__name__ == "OutcomeRecord"
    is_kind = where.kind is None or record.__class__.__name__ == "AdministrationRecord"
    is_late = where.since is None or record.at >= where.since
    return (
        is_named
        and is_kind
        and is_late
        and all(v is None or getattr(record, f, None) == v for f, v in given.items())
    )


async def _found(log: AuditLog, where: AuditFilter, most: int, *, is_last: bool) -> list[int]:
    """Page by page to the end."""
    found: list[int] = []
    wanted = Slice(most, is_last=is_last)
    while True:
        page = await log.page(where, wanted)
        indexes = [index for index, _ in page.entries]
        found += reversed(indexes) if is_last else indexes
        if not (page.has_previous if is_last else page.has_next):
            return sorted(found) if found == sorted(found, reverse=is_last) else found
        before, after = (page.start, None) if is_last else (None, page.end)
        wanted = replace(wanted, before=before, after=after)


@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("blocks", [0, 1, 2])
async def test_however_far_it_is_filled_in_everything_is_found(
    path: Path, blocks: int, *, is_last: bool
) -> None:
    records = [some(number) for number in range(MORE_THAN_TWO_BLOCKS)]
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append(records)
    _fill_again(path, blocks)
    async with open_database(path) as database:
        log = AuditLog(database)
        for name, where in LOOKED_FOR.items():
            wanted = [index for index, record in enumerate(records) if _fits(record, where)]
            assert await _found(log, where, 100, is_last=is_last) == wanted, name
    assert indexed_until(path) == blocks * BLOCK_ENTRIES


def _fill_again(path: Path, blocks: int) -> None:
    with closing(open_session(path)) as session:
        session.execute("BEGIN")
        throw_away(session)
        fill(session, blocks)
        session.execute("COMMIT")


@pytest.mark.usefixtures("back_end")
@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@settings(deadline=None, max_examples=30)
@given(
    places=st.sets(
        st.integers(-3, 3).map(lambda n: PART_ENTRIES + n)
        | st.integers(-2, 2).map(lambda n: 70 * PART_ENTRIES + n)
        | st.integers(0, 71 * PART_ENTRIES),
        min_size=1,
        max_size=12,
    ),
    blocks=st.integers(0, 72 * PART_ENTRIES // BLOCK_ENTRIES),
    most=st.integers(1, 4),
)
async def test_a_holder_is_found_in_every_part_of_a_long_log(
    tmp_path_factory: pytest.TempPathFactory,
    places: set[int],
    blocks: int,
    most: int,
    *,
    is_last: bool,
) -> None:
    path = tmp_path_factory.mktemp("log") / "state" / "hub.sqlite3"
    async with open_database(path) as database:
        log = AuditLog(database)
        await log.append([replace(intent(0), at=AT + timedelta(seconds=n)) for n in places])
        _move(path, sorted(places))
        _fill_again(path, blocks)
        where = AuditFilter(holder=intent(0).holder)
        assert await _found(log, where, most, is_last=is_last) == sorted(places)


def _move(path: Path, places: Sequence[int]) -> None:
    """Nobody who looks something up misses the entries between them."""
    with closing(open_session(path)) as session:
        for index, place in reversed(list(enumerate(places))):
            session.execute("UPDATE audit_entries SET idx = ? WHERE idx = ?", (place, index))


async def test_the_tables_can_be_thrown_away_and_are_filled_in_again(path: Path) -> None:
    sizes = random.Random(20200306)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        number = 0
        while number < 3 * BLOCK_ENTRIES + 50:
            count = sizes.randrange(1, 300)
            await log.append([some(number + n) for n in range(count)])
            number += count
        await is_filled_in(path, number)
    for blocks_at_once in (1, 2, 50):
        kept, anew = projections(path, blocks_at_once)
        assert kept == anew
    with closing(open_session(path)) as session:
        throw_away(session)
    async with open_database(path, signer=SIGNER) as database:
        await (await AuditLog.open(database)).append([some(number)])
        await is_filled_in(path, number)
    again, anew = projections(path)
    assert again == anew
    assert again["audit_holders"] == kept["audit_holders"]


def _as_the_version_before_wrote_it(path: Path, rows: Sequence[AuditRow]) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(0o600)
    links = [planted(index, row) for index, row in enumerate(rows)]
    with closing(sqlite3.connect(path)) as connection:
        for step in MIGRATIONS[: INDEXED_BEHIND_SINCE - 1]:
            for statement in step:
                connection.execute(statement)
        connection.executemany(
            "INSERT INTO audit_entries (idx, hash, kind, at, request, client, region, holder,"
            " content, claims) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [(link.index, link.hash, *row) for link, row in zip(links, rows, strict=True)],
        )
        connection.executemany(ADD_NODES, nodes_of(link.hash for link in links))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {INDEXED_BEHIND_SINCE - 1}")
        connection.commit()


@sqlite_only
@pytest.mark.parametrize("count", [0, 1, BLOCK_ENTRIES, MORE_THAN_TWO_BLOCKS])
async def test_a_database_of_before_is_taken_over(path: Path, count: int) -> None:
    records = [some(number) for number in range(count)]
    _as_the_version_before_wrote_it(path, [encode_record(record) for record in records])
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.verify()
        await log.append([some(count)])
        for name, where in LOOKED_FOR.items():
            wanted = [n for n, record in enumerate([*records, some(count)]) if _fits(record, where)]
            assert await _found(log, where, 50, is_last=False) == wanted, name
        (version,) = (await database.fetch("PRAGMA user_version"))[0]
        left = await database.fetch(
            "SELECT name FROM sqlite_schema WHERE tbl_name = 'audit_entries' AND type <> 'table'"
        )
    assert version == SCHEMA_VERSION
    assert left == []
    kept, anew = projections(path)
    assert kept == anew
    assert indexed_until(path) == count - count % BLOCK_ENTRIES


def _filling(count: int) -> list[AuditRecord]:
    return [some(number) for number in range(count)]


async def _tried(log: AuditLog, record: AuditRecord) -> Sequence[AuditMark]:
    try:
        return await log.append([record])
    except AuditUnavailable:
        return []


ENOUGH = 60
"""More statements than a group, filling in and a reconnection need; the test checks that it is."""


@pytest.mark.parametrize("moment", Moment)
async def test_whichever_statement_fails_what_is_appended_is_acknowledged_or_not_there(
    path: Path, moment: Moment
) -> None:
    """And what could not be filled in is found all the same, and filled in later."""
    disk = Disk()
    async with open_database(path, disk, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        for number in range(1, ENOUGH):
            await log.append(_filling(BLOCK_ENTRIES - 1))
            disk.arm(number, moment, fail)
            marks = [mark for _ in range(3) for mark in await _tried(log, outcome(number))]
            if not disk.has_failed:
                break
            await log.append([intent(number)])
            where = AuditFilter(holder=outcome(number).holder)
            found = await _found(log, where, 9, is_last=False)
            assert {mark.index for mark in marks} <= set(found)
        disk.disarm()
        await log.verify()
    assert 8 < number < ENOUGH
    kept, anew = projections(path)
    assert kept == anew


async def test_a_table_that_cannot_be_filled_in_stops_no_answer(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        run_sql(path, "ALTER TABLE audit_holders RENAME TO gone")
        for number in range(4):
            await log.append(_filling(BLOCK_ENTRIES))
            [mark] = await log.append([outcome(1_000 + number)])
            where = AuditFilter(request_id=outcome(1_000 + number).request_id)
            assert await _found(log, where, 5, is_last=False) == [mark.index]
        assert indexed_until(path) == 0
        run_sql(path, "ALTER TABLE gone RENAME TO audit_holders")
        for _ in range(2):
            await log.append(_filling(BLOCK_ENTRIES))
        await is_filled_in(path, BLOCK_ENTRIES)
    kept, anew = projections(path)
    assert kept == anew


LITTLE = {
    "a holder": (AuditFilter(holder=intent(2).holder), 1),
    "a holder whom nobody asked about": (AuditFilter(holder=intent(99_999).holder), 0),
    "a request": (AuditFilter(request_id=outcome(900).request_id), 1),
    "a request that there is not": (AuditFilter(request_id="another-request"), 0),
}


@sqlite_only
@pytest.mark.parametrize("is_last", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize(("where", "count"), LITTLE.values(), ids=LITTLE)
async def test_a_look_up_reads_little_but_what_it_finds(
    path: Path, where: AuditFilter, count: int, *, is_last: bool
) -> None:
    """Counted in steps of SQLite's machine: each entry that is read takes several."""
    blocks = 12
    async with open_database(path) as database:
        log = await AuditLog.open(database)
        await log.append([outcome(number) for number in range(blocks * BLOCK_ENTRIES)])
    look_up = search(where, is_last=is_last).look_up
    assert look_up is not None
    steps = itertools.count()
    with closing(sqlite3.connect(path)) as connection:
        connection.set_progress_handler(lambda: next(steps) < 0, 1)
        session = ReadSession(SqliteSession(connection))
        found = look_up.rows(Gap(-1, blocks * BLOCK_ENTRIES), 99, session)
        connection.set_progress_handler(None, 0)
    assert len(found) == count
    assert next(steps) < 4 * BLOCK_ENTRIES


async def test_one_block_is_filled_in_by_each_transaction(path: Path) -> None:
    disk = Disk()
    async with open_database(path, disk) as database:
        log = await AuditLog.open(database)
        await log.append(_filling(3 * BLOCK_ENTRIES))
        await is_filled_in(path, 3 * BLOCK_ENTRIES)
    assert disk.fills == 3


DUE = {
    "a block, and nothing waits": (BLOCK_ENTRIES, False, True),
    "less than a block": (BLOCK_ENTRIES - 1, False, False),
    "a block, and work waits": (BLOCK_ENTRIES, True, False),
    "less than the most, and work waits": (BACKLOG_MAX_ENTRIES - 1, True, False),
    "the most, and work waits": (BACKLOG_MAX_ENTRIES, True, True),
}


@pytest.mark.parametrize(("entries", "is_busy", "is_due"), DUE.values(), ids=DUE)
def test_it_is_filled_in(entries: int, *, is_busy: bool, is_due: bool) -> None:
    backlog = Backlog()
    backlog.grew(entries)
    assert backlog.is_due(is_busy=is_busy) is is_due


def test_while_work_waits_as_much_is_filled_in_as_was_appended_and_a_block() -> None:
    backlog = Backlog()
    backlog.counted(1_000_000)
    assert backlog.blocks_in_a_turn() == 1
    backlog.grew(3 * BLOCK_ENTRIES)
    assert backlog.blocks_in_a_turn() == 4
    assert backlog.blocks_in_a_turn() == 1


def test_what_failed_is_tried_again_once_there_is_as_much_again() -> None:
    backlog = Backlog()
    backlog.grew(BLOCK_ENTRIES)
    backlog.failed()
    backlog.grew(BLOCK_ENTRIES - 1)
    assert not backlog.is_due(is_busy=False)
    backlog.grew(1)
    assert backlog.is_due(is_busy=False)
    backlog.filled(BLOCK_ENTRIES)
    assert backlog.is_due(is_busy=False)


APPENDING = 9
"""Statements of one group; at each of those ``test_kills`` kills."""


@pytest.mark.processes
@pytest.mark.parametrize("moment", Moment)
async def test_killed_at_each_statement_of_filling_nothing_is_lost_or_invisible(
    path: Path, moment: Moment
) -> None:
    """Each process appends to what the one before it left; the last lives to the end."""
    for number in range(APPENDING, ENOUGH):
        process, pipe = start(die_at_filling, path, number, moment)
        acknowledged = [mark for marks in reports(pipe) for mark in marks]
        process.join()
        async with open_database(path, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            found = await _found(log, AuditFilter(holder=outcome(1).holder), 99, is_last=True)
            assert {mark.index for mark in acknowledged} <= set(found)
        kept, anew = projections(path, 8)
        assert kept == anew
        if process.exitcode == 0:
            break
    assert process.exitcode == 0
    assert number > APPENDING + 8
