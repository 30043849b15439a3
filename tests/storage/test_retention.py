"""The oldest entries of a server's log are forgotten as whole partitions, and everything that was
ever given out still verifies."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, pairwise
from pathlib import Path
from shutil import copytree

import psycopg
import pytest

from tests.operation.rotated_log import (
    local_keys,
    machine_with_keys,
    note_is_believed,
    rotate,
)
from tests.storage.own_server import OwnServer, new_server
from tests.storage.records import AT, SIGNER, administration, intent
from tests.storage.server_load import database_over, loaded
from tongxing.gateway.storage import Database
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
from tongxing.gateway.storage.entries import LAST_ENTRY
from tongxing.gateway.storage.head_file import SeenHead
from tongxing.gateway.storage.indexing import BLOCK_ENTRIES
from tongxing.gateway.storage.log_remains import LogTerms
from tongxing.gateway.storage.postgres import PostgresEngine
from tongxing.gateway.storage.postgres.log_partitions import AHEAD_ENTRIES, LogPartitions
from tongxing.gateway.storage.postgres.partition_tables import FIRST_PARTITION, LEAST_ENTRIES
from tongxing.gateway.storage.slices import Slice
from tongxing.keys.merkle import check_consistency, check_inclusion
from tongxing.keys.tree_head import TreeHead
from tongxing.schema import AuditIndex
from tongxing.schema.audit_words import AuditKind

pytestmark = pytest.mark.processes

FORGOTTEN = FIRST_PARTITION.until
DAYS = 30
TERMS = LogTerms(timedelta(days=DAYS))
LATER = AT + timedelta(days=DAYS + 1)


@dataclass
class Old:
    """A log whose first partition is past its time; ``given`` is what was given out of it."""

    url: str
    folder: Path
    database: Database
    log: AuditLog
    partitions: LogPartitions
    given: list[SeenHead]
    marks: list[AuditMark]


@dataclass(frozen=True)
class Aged:
    """As ``Old``, before anybody has opened it again."""

    server: OwnServer
    folder: Path
    given: Sequence[SeenHead]
    marks: Sequence[AuditMark]


@pytest.fixture(scope="module")
def aged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aged]:
    """Some 66,000 entries, which takes seconds: each test has a copy."""
    folder = tmp_path_factory.mktemp("aged") / "machine"
    with new_server() as server:
        server.start()
        server.sql("CREATE DATABASE aged TEMPLATE template0 ENCODING 'UTF8'")
        yield Aged(server, folder, *asyncio.run(_age(server.url("aged"), folder)))


async def _age(url: str, folder: Path) -> tuple[Sequence[SeenHead], Sequence[AuditMark]]:
    given: list[SeenHead] = []
    marks: list[AuditMark] = []
    async with database_over(url, folder) as database:
        log = await AuditLog.open(database)
        await LogPartitions(database, TERMS, SIGNER).make_room(AT)
        marks += await log.append([administration()])
        while marks[-1].index < FORGOTTEN + 2 * BLOCK_ENTRIES:
            marks += await log.append([intent(0)] * 2_047)
            assert database.signed_head is not None
            given.append(database.signed_head.head)
        await _is_filled_in(database)
    return given, marks


@pytest.fixture
async def old(aged: Aged, tmp_path: Path) -> AsyncIterator[Old]:
    name = f"copy_{next(_COPIES)}"
    aged.server.sql(f"CREATE DATABASE {name} TEMPLATE aged")
    folder = copytree(aged.folder, tmp_path / "one")
    async with database_over(aged.server.url(name), folder) as database:
        log = await AuditLog.open(database)
        partitions = LogPartitions(database, TERMS, SIGNER)
        yield Old(
            *(aged.server.url(name), folder, database, log, partitions),
            *(list(aged.given), list(aged.marks)),
        )


_COPIES = count()


async def _is_filled_in(database: Database) -> None:
    async with asyncio.timeout(60):
        while (await database.fetch("SELECT until FROM audit_indexed"))[0][0] <= FORGOTTEN:
            await asyncio.sleep(0.02)


async def _bounds(database: Database) -> list[tuple[int, int]]:
    return await database.fetch("SELECT begin, until FROM audit_partitions ORDER BY begin")


async def test_room_is_made_ahead(old: Old) -> None:
    bounds = await _bounds(old.database)
    assert bounds[0] == FIRST_PARTITION
    assert all(until == begin for (_, until), (begin, _) in pairwise(bounds))
    assert bounds[-1][1] >= AHEAD_ENTRIES
    await old.partitions.make_room(AT)
    after = await _bounds(old.database)
    assert after[-1][1] - len(old.marks) >= AHEAD_ENTRIES
    assert after[-1][1] - after[-1][0] == LEAST_ENTRIES


async def test_nothing_is_forgotten_before_its_time(old: Old) -> None:
    assert await old.partitions.sweep(AT + timedelta(days=DAYS)) == 0
    assert await LogPartitions(old.database, LogTerms(), SIGNER).sweep(LATER) == 0
    assert (await _bounds(old.database))[0] == FIRST_PARTITION


async def test_what_was_given_out_of_what_is_forgotten_still_verifies(old: Old) -> None:
    assert await old.partitions.sweep(LATER) == FORGOTTEN
    await old.log.verify([*old.given, *old.marks[::97]])
    prover = old.log.prover()
    head = prover.signed.head
    for seen in old.given:
        assert isinstance(seen, TreeHead)
        path = await prover.consistency(seen.size, head.size)
        assert path is not None
        check_consistency(seen.size, seen.root, head.size, head.root, path)
    gone, kept = await prover.inclusion([FORGOTTEN - 1, FORGOTTEN])
    assert gone is None
    assert kept is not None
    (leaf,) = [mark for mark in old.marks if mark.index == FORGOTTEN]
    link = (await old.log.check_mark(leaf)).hash
    check_inclusion(link, FORGOTTEN, head.size, kept.path, head.root)


async def test_the_rows_are_gone_and_what_is_left_is_found(old: Old) -> None:
    await old.partitions.sweep(LATER)
    assert await old.database.fetch("SELECT min(idx) FROM audit_entries") == [(FORGOTTEN,)]
    for table in ("audit_holders", "audit_requests"):
        tables = await old.database.fetch("SELECT to_regclass(?)::text", (f"{table}_0",))
        assert tables == [(None,)]
    assert await old.log.find(AuditIndex(FORGOTTEN - 1)) is None
    assert await old.log.find(AuditIndex(FORGOTTEN)) is not None
    for where in (AuditFilter(), AuditFilter(holder=intent(0).holder)):
        page = await old.log.page(where, Slice(3))
        assert [index for index, _ in page.entries] == [FORGOTTEN + n for n in range(3)]
        assert not page.has_previous
        page = await old.log.page(where, Slice(3, before=FORGOTTEN + 2, is_last=True))
        assert [index for index, _ in page.entries] == [FORGOTTEN, FORGOTTEN + 1]
        assert not page.has_previous


async def test_what_is_kept_for_longer_is_found_and_proved(old: Old) -> None:
    kinds = (KIND_NUMBERS[AuditKind.ADMINISTRATION],)
    terms = LogTerms(timedelta(days=DAYS), timedelta(days=2 * DAYS), kinds)
    partitions = LogPartitions(old.database, terms, SIGNER)
    await partitions.sweep(LATER)
    where = AuditFilter(client_id=administration().client_id)
    page = await old.log.page(where, Slice(9))
    assert [index for index, _ in page.entries] == [0]
    prover = old.log.prover()
    (kept,) = await prover.inclusion([0])
    assert kept is not None
    link = (await old.log.check_mark(old.marks[0])).hash
    check_inclusion(link, 0, prover.signed.head.size, kept.path, prover.signed.head.root)
    await old.log.verify([*old.given, old.marks[0]])
    await partitions.sweep(AT + timedelta(days=2 * DAYS + 1))
    assert (await old.log.page(where, Slice(9))).entries == []
    await old.log.verify([*old.given, old.marks[0]])


async def test_an_export_of_the_rest_is_checked_alone(old: Old) -> None:
    await old.partitions.sweep(LATER)
    lines = [line async for line in export_lines(old.log)]
    head = check_export(iter("".join(lines).splitlines(keepends=True)), [SIGNER.verifier])
    assert head == old.given[-1]
    del lines[1]
    with pytest.raises(AuditDamaged) as found:
        check_export(iter("".join(lines).splitlines(keepends=True)))
    assert (found.value.index, found.value.damage) == (FORGOTTEN, Damage.MISSING)


async def test_a_process_that_is_started_anew_goes_on(old: Old) -> None:
    await old.partitions.sweep(LATER)
    await old.database.close()
    async with database_over(old.url, old.folder) as database:
        log = await AuditLog.open(database)
        [mark] = await log.append([intent(1)])
        assert await log.verify([*old.given, old.marks[0]]) == mark


async def test_it_is_done_beside_processes_that_write_and_read(old: Old, tmp_path: Path) -> None:
    async with loaded(old.url, tmp_path / "other") as load:
        await load.goes_on()
        assert await old.partitions.sweep(LATER) == FORGOTTEN
        await load.goes_on()
        await load.check()
        assert load.refused == 0


async def test_a_partition_that_somebody_reads_stays_and_nobody_is_refused(
    old: Old, tmp_path: Path
) -> None:
    """A backup reads for hours."""
    async with loaded(old.url, tmp_path / "other") as load:
        with psycopg.connect(old.url) as backup:
            backup.execute(f"BEGIN; {LAST_ENTRY}")
            assert await old.partitions.sweep(LATER) == 0
            await old.partitions.make_room(AT)
            await load.goes_on()
        assert load.refused == 0
        assert await old.partitions.sweep(LATER) == FORGOTTEN


SPOILED = {
    "entries deleted and called forgotten": (
        "UPDATE audit_tree SET forgotten = forgotten + 256",
        Damage.FORGED,
    ),
    "the word of the hub taken away": ("UPDATE audit_tree SET note = NULL", Damage.FORGED),
    "a leaf of a forgotten entry changed": (
        "UPDATE audit_leaves SET hashes = set_byte(hashes, 40, 7) WHERE number = 3",
        Damage.FORKED,
    ),
    "leaves cut short": (
        "UPDATE audit_leaves SET hashes = substr(hashes, 33) WHERE number = 3",
        Damage.CHANGED,
    ),
    "leaves taken away": ("DELETE FROM audit_leaves WHERE number = 3", Damage.FORKED),
}


async def test_tampering_with_what_is_forgotten_is_found(old: Old) -> None:
    """Each is put right again before the next."""
    await old.partitions.sweep(LATER)
    with psycopg.connect(old.url, autocommit=True) as session:
        session.execute("CREATE TABLE leaves_before AS SELECT * FROM audit_leaves")
        session.execute("CREATE TABLE tree_before AS SELECT * FROM audit_tree")
        for spoil, damage in SPOILED.values():
            session.execute(spoil)
            async with database_over(old.url, old.folder) as database:
                with pytest.raises(AuditDamaged) as found:
                    await (await AuditLog.open(database)).verify()
            assert found.value.damage is damage
            session.execute(
                "DELETE FROM audit_leaves; INSERT INTO audit_leaves SELECT * FROM leaves_before;"
                "DELETE FROM audit_tree; INSERT INTO audit_tree SELECT * FROM tree_before"
            )
    async with database_over(old.url, old.folder) as database:
        await (await AuditLog.open(database)).verify([*old.given, *old.marks[::97]])


async def test_how_far_it_is_forgotten_is_believed_after_the_hubs_key_has_changed(
    old: Old, tmp_path: Path
) -> None:
    machine = machine_with_keys(tmp_path / "rotating")
    keys = local_keys(machine, LATER)
    old.database.sign_with(keys.log_signer(), keys.of_log(), [SIGNER.verifier])
    assert await LogPartitions(old.database, TERMS, keys.log_signer()).sweep(LATER) > 0
    await rotate(machine, old.database, keys, LATER)
    async with Database.over(PostgresEngine(old.url, old.folder / "hub.head")) as database:
        await note_is_believed(machine, database, LATER)
