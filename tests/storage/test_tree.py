"""The tree in the database: it grows over tiles, takes over a chain, and never forks."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from tlog_scales.tlog import ConsistencyProof, InclusionProof

from tests.back_ends import open_database, run_sql, sqlite_only
from tests.storage.records import SIGNER, administration, intent, outcome
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, AuditMark, AuditRecord, Damage
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST, next_link
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tables import APPLICATION_ID, MIGRATIONS, TREE_SINCE
from tongxing.gateway.storage.tree import StoredTree
from tongxing.keys.merkle import leaf_hash
from tongxing.keys.tree_head import TreeHead, verify_tree_head

TILE = 256


def entries(count: int, begin: int = 0) -> list[AuditRecord]:
    return [intent(number) for number in range(begin, begin + count)]


def as_a_chain(
    path: Path, records: Sequence[AuditRecord], *, with_head: bool = True
) -> list[AuditMark]:
    """What the version before the tree wrote: the file, and the head beside it."""
    path.parent.mkdir(mode=0o700)
    path.touch(0o600)
    marks, link = [], BEFORE_THE_FIRST
    with closing(sqlite3.connect(path)) as connection:
        for statement in (statement for step in MIGRATIONS[: TREE_SINCE - 1] for statement in step):
            connection.execute(statement)
        for row in map(encode_record, records):
            link = next_link(link, row)
            connection.execute(
                "INSERT INTO audit_entries (idx, hash, kind, at, request, client, region, holder,"
                " content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (link.index, link.hash, *row[:7]),
            )
            marks.append(link.mark())
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {TREE_SINCE - 1}")
        connection.commit()
    if with_head:
        line = f"tongxing-audit-head-1 {link.index:016d} {link.mark().entry_hash}\n"
        head_file_of(path).write_text(line, "ascii")
    return marks


async def head_of(database: Database) -> TreeHead:
    assert database.signed_head is not None
    return verify_tree_head(database.signed_head.checkpoint, SIGNER.verifier)


async def check_all(database: Database, log: AuditLog) -> None:
    """Every entry and every earlier tree is proven to a program that is not ours."""
    head = await head_of(database)
    prover = log.prover()
    for proof in await prover.inclusion(range(head.size)):
        assert proof is not None
        elsewhere = InclusionProof(proof.index, head.size, list(proof.path))
        elsewhere.check(leaf_hash(proof.extra), head.root)
    roots = await database.read(
        lambda session: [StoredTree(session).root(size) for size in range(head.size + 1)]
    )
    for old in {0, 1, 255, 256, 257, head.size - 1, head.size} & set(range(head.size + 1)):
        path = await prover.consistency(old, head.size)
        assert path is not None
        ConsistencyProof(old, head.size, list(path)).check(roots[old], head.root)


@pytest.mark.parametrize("groups", [(1, 1, 1), (255, 1, 1), (256, 256), (100, 700), (513,)])
async def test_a_tree_that_grows_over_tiles_is_proven_and_whole(
    path: Path, groups: Sequence[int]
) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        heads = []
        for count in groups:
            await log.append(entries(count))
            heads.append(await head_of(database))
        await check_all(database, log)
        await log.verify(heads)
    assert heads[-1].size == sum(groups)


@sqlite_only
@pytest.mark.parametrize("count", [1, 3, 255, 256, 257, 600])
async def test_a_chain_of_before_becomes_the_beginning_of_the_tree(path: Path, count: int) -> None:
    marks = as_a_chain(path, entries(count))
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        assert await log.verify(marks) == marks[-1]
        [later] = await log.append([outcome(7)])
        assert later.index == count
        assert (await head_of(database)).size == count + 1
        await check_all(database, log)
        assert await log.verify([*marks, later]) == later


@sqlite_only
async def test_an_empty_file_of_before_is_taken_over(path: Path) -> None:
    as_a_chain(path, [], with_head=False)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        [mark] = await log.append([intent()])
        assert await log.verify() == mark


@sqlite_only
@pytest.mark.parametrize("index", [0, 255, 256, 299])
@pytest.mark.parametrize("change", ["client = 'x'", "hash = randomblob(32)", "idx = idx + 1000"])
async def test_a_chain_that_is_not_whole_is_not_taken_over(
    path: Path, index: int, change: str
) -> None:
    as_a_chain(path, entries(300))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE audit_entries SET {change} WHERE idx = {index}")  # noqa: S608 - a table of tests
    with pytest.raises(AuditDamaged) as found:
        open_database(path)
    assert found.value.index == index
    with closing(sqlite3.connect(path)) as connection:
        ((version,),) = connection.execute("PRAGMA user_version").fetchall()
    assert version == TREE_SINCE - 1


@sqlite_only
async def test_a_chain_behind_its_head_is_found_when_it_is_taken_over(path: Path) -> None:
    as_a_chain(path, entries(10))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit_entries WHERE idx > 6")
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (7, Damage.TRUNCATED)


async def test_what_a_command_without_the_key_appends_is_signed_by_the_hub(path: Path) -> None:
    async with open_database(path, signer=SIGNER) as hub:
        log = await AuditLog.open(hub)
        await log.append(entries(250))
        before = await head_of(hub)
        async with open_database(path) as command:
            [mark] = await (await AuditLog.open(command)).append([administration(1)])
            assert command.signed_head is None
        assert await head_of(hub) == before
        await hub.write(lambda _: None)
        assert (await head_of(hub)).size == mark.index + 1 == 251
        await log.append(entries(10))
        await check_all(hub, log)
        await log.verify([before, await head_of(hub)])


async def test_two_processes_with_the_key_sign_one_tree(path: Path) -> None:
    async with (
        open_database(path, signer=SIGNER) as one,
        open_database(path, signer=SIGNER) as other,
    ):
        logs = [await AuditLog.open(one), await AuditLog.open(other)]
        heads = []
        for turn in range(20):
            await logs[turn % 2].append(entries(40))
            heads.append(await head_of((one, other)[turn % 2]))
        await logs[0].verify(heads)
    assert [head.size for head in heads] == [40 * turn for turn in range(1, 21)]


NODES_CHANGED = {
    "another hash": "UPDATE audit_nodes SET hash = randomblob(32)",
    "no row": "DELETE FROM audit_nodes",
    "a hash that is none": "UPDATE audit_nodes SET hash = x'00'",
}


@pytest.mark.parametrize("change", NODES_CHANGED.values(), ids=NODES_CHANGED)
async def test_a_node_that_was_changed_is_found_by_the_entries_below_it(
    path: Path, change: str
) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append(entries(600))
        run_sql(path, f"{change} WHERE level = 1 AND number = 1")
        with pytest.raises(AuditDamaged) as found:
            await log.verify()
        assert found.value.index == TILE
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged):
            await AuditLog.open(database)


async def test_no_tree_is_signed_that_does_not_continue_what_was_signed(path: Path) -> None:
    """The nodes are changed together with the entries under a running hub: it stops."""
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append(entries(300))
        before = await head_of(database)
        run_sql(path, "DELETE FROM audit_entries WHERE idx > 200", "DELETE FROM audit_nodes")
        with pytest.raises(Exception, match="cannot record"):
            await log.append([intent()])
        assert await head_of(database) == before
