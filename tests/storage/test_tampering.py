"""Tampering is found: each way of it is tried on a real file, and the first bad entry is named."""

import shutil
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.back_ends import open_database, run_sql, sqlite_only
from tests.storage.records import SIGNER, administration, intent, outcome, records, refusal
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.appending import SignedHead
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditFilter,
    AuditLog,
    AuditMark,
    AuditRecord,
    AuditUnavailable,
    Damage,
)
from tongxing.gateway.storage.audit.encoding import encode_record
from tongxing.gateway.storage.chain import BEFORE_THE_FIRST
from tongxing.gateway.storage.checking import checked
from tongxing.gateway.storage.entries import AuditRow, planted
from tongxing.gateway.storage.head_file import HEAD_FILE_BYTES, HeadFile, SeenHead
from tongxing.gateway.storage.slices import Slice
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys import HubSigner
from tongxing.keys.tree_head import TreeHead, sign_tree_head, verify_tree_head

OTHER_SIGNER = HubSigner.generate().log_signer("hub/audit")

ENTRIES: Sequence[AuditRecord] = [
    make(number) for number in range(3) for make in (intent, outcome, refusal, administration)
]


async def _write(path: Path, entries: Sequence[AuditRecord]) -> list[AuditMark]:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        return list(await log.append(entries))


async def _verify(path: Path, expected: Sequence[SeenHead] = ()) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.verify(expected)


def _swap(columns: str) -> tuple[str, ...]:
    names = columns.split()
    other = "(SELECT {0} FROM old WHERE idx = 11 - e.idx)"
    give = ", ".join(f"{name} = {other.format(name)}" for name in names)
    return (
        "CREATE TEMP TABLE old AS SELECT * FROM audit_entries WHERE idx IN (5, 6)",
        f"UPDATE audit_entries AS e SET {give} WHERE idx IN (5, 6)",  # noqa: S608 - a table of tests
    )


_COPY = """
    INSERT INTO audit_entries
        (idx, kind, at, request, client, region, holder, content, hash, claims)
    SELECT 12, kind, at, request, client, region, holder, content, hash, claims
    FROM audit_entries WHERE idx = 11
"""

ALL_BUT_HASH = "kind at request client region holder content claims"

TAMPERED: dict[str, tuple[Sequence[str], int, Damage]] = {
    f"{column} edited": (
        [f"UPDATE audit_entries SET {column} = {value} WHERE idx = 4"],  # noqa: S608 - a table of tests
        4,
        Damage.CHANGED,
    )
    for column, value in {
        "kind": "3",
        "at": "at + 1",
        "request": "'another'",
        "client": "'another'",
        "region": "'310000'",
        "holder": "randomblob(16)",
        "content": "randomblob(8)",
        "claims": "randomblob(32)",
        "hash": "randomblob(32)",
    }.items()
} | {
    "region removed": (
        ["UPDATE audit_entries SET region = NULL WHERE idx = 4"],
        4,
        Damage.CHANGED,
    ),
    "holder removed": (
        ["UPDATE audit_entries SET holder = NULL WHERE idx = 4"],
        4,
        Damage.CHANGED,
    ),
    "first deleted": (["DELETE FROM audit_entries WHERE idx = 0"], 0, Damage.MISSING),
    "one in the middle deleted": (["DELETE FROM audit_entries WHERE idx = 7"], 7, Damage.MISSING),
    "several deleted": (["DELETE FROM audit_entries WHERE idx IN (3, 9)"], 3, Damage.MISSING),
    "one deleted and the rest moved up": (
        [
            "DELETE FROM audit_entries WHERE idx = 7",
            *(f"UPDATE audit_entries SET idx = {n - 1} WHERE idx = {n}" for n in range(8, 12)),  # noqa: S608 - a table of tests
        ],
        7,
        Damage.CHANGED,
    ),
    "two swapped, hashes left": (_swap(ALL_BUT_HASH), 5, Damage.CHANGED),
    "two swapped with their hashes": (_swap(f"{ALL_BUT_HASH} hash"), 5, Damage.CHANGED),
    "one put before the first": (
        ["UPDATE audit_entries SET idx = -1 WHERE idx = 11"],
        0,
        Damage.MISSING,
    ),
    "one copied to the end": (
        [_COPY],
        12,
        Damage.CHANGED,
    ),
    "the last removed": (["DELETE FROM audit_entries WHERE idx = 11"], 11, Damage.TRUNCATED),
    "the last three removed": (["DELETE FROM audit_entries WHERE idx > 8"], 9, Damage.TRUNCATED),
    "all removed": (["DELETE FROM audit_entries"], 0, Damage.TRUNCATED),
}


@pytest.mark.parametrize(("statements", "index", "damage"), TAMPERED.values(), ids=TAMPERED)
async def test_is_found(path: Path, statements: Sequence[str], index: int, damage: Damage) -> None:
    await _write(path, ENTRIES)
    run_sql(path, *statements)
    with pytest.raises(AuditDamaged) as found:
        await _verify(path)
    assert (found.value.index, found.value.damage) == (index, damage)


def _rewrite(path: Path, changed: int) -> None:
    """What an attacker can do who knows the program and may write the file: change one entry and
    compute the hashes anew."""
    rows = [encode_record(record) for record in ENTRIES]
    rows[changed] = encode_record(intent(99))
    run_sql(path, "DELETE FROM audit_entries")
    for index, row in enumerate(rows):
        run_sql(
            path,
            "INSERT INTO audit_entries (idx, hash, kind, at, request, client, region, holder,"
            " content, claims) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            parameters=(index, planted(index, row).hash, *row),
        )


async def test_a_rewritten_chain_is_a_fork_from_the_head_file(path: Path) -> None:
    await _write(path, ENTRIES)
    _rewrite(path, 5)
    with pytest.raises(AuditDamaged) as found:
        await _verify(path)
    assert (found.value.index, found.value.damage) == (11, Damage.FORKED)


async def _write_one_by_one(path: Path) -> list[SignedHead]:
    """What was signed after each entry; receipts and proofs carry it."""
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        heads: list[SignedHead] = []
        for entry in ENTRIES:
            await log.append([entry])
            assert database.signed_head is not None
            heads.append(database.signed_head)
        return heads


@pytest.mark.parametrize("receipt", range(5, 12))
async def test_with_the_head_file_gone_any_later_receipt_finds_the_fork(
    path: Path, receipt: int
) -> None:
    heads = [signed.head for signed in await _write_one_by_one(path)]
    _rewrite(path, 5)
    _head_file(path).unlink()
    await _verify(path, heads[:5])
    with pytest.raises(AuditDamaged) as found:
        await _verify(path, [heads[receipt], heads[0]])
    assert (found.value.index, found.value.damage) == (receipt, Damage.FORKED)


async def test_with_the_head_file_gone_the_mark_of_an_entry_finds_its_change(path: Path) -> None:
    marks = await _write(path, ENTRIES)
    _rewrite(path, 5)
    _head_file(path).unlink()
    with pytest.raises(AuditDamaged) as found:
        await _verify(path, marks)
    assert (found.value.index, found.value.damage) == (5, Damage.FORKED)


async def test_a_log_cut_short_needs_the_key_to_get_a_head_that_fits(path: Path) -> None:
    heads = await _write_one_by_one(path)
    run_sql(path, "DELETE FROM audit_entries WHERE idx > 7")
    shorter = heads[7].head
    forged = sign_tree_head(shorter.size, shorter.root, OTHER_SIGNER)
    _head_file(path).write_text(forged, "utf-8")
    with pytest.raises(AuditDamaged) as found:
        await _verify(path)
    assert (found.value.index, found.value.damage) == (8, Damage.FORGED)


async def test_an_older_head_of_our_own_is_found_by_what_was_given_out_since(path: Path) -> None:
    heads = await _write_one_by_one(path)
    run_sql(path, "DELETE FROM audit_entries WHERE idx > 7")
    _head_file(path).write_text(heads[7].checkpoint, "utf-8")
    await _verify(path)
    with pytest.raises(AuditDamaged) as found:
        await _verify(path, [heads[9].head])
    assert (found.value.index, found.value.damage) == (8, Damage.TRUNCATED)


async def test_with_the_head_file_gone_a_receipt_finds_the_truncation(path: Path) -> None:
    marks = await _write(path, ENTRIES)
    run_sql(path, "DELETE FROM audit_entries WHERE idx > 8")
    _head_file(path).unlink()
    await _verify(path, marks[:9])
    with pytest.raises(AuditDamaged) as found:
        await _verify(path, marks)
    assert (found.value.index, found.value.damage) == (9, Damage.TRUNCATED)


@sqlite_only
async def test_a_database_put_back_to_yesterday_is_not_opened(path: Path) -> None:
    await _write(path, ENTRIES)
    yesterday = path.with_name("yesterday")
    shutil.copy(path, yesterday)
    await _write(path, [intent(50)])
    yesterday.replace(path)
    path.chmod(0o600)
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (12, Damage.TRUNCATED)


async def test_a_head_file_that_cannot_be_read_is_written_anew(path: Path) -> None:
    await _write(path, ENTRIES)
    for content in (b"", b"\xff" * 83, b"tongxing-audit-head-1 000000000000000"):
        _head_file(path).write_bytes(content)
        await _verify(path)
        [mark] = await _write(path, [intent(50)])
        note = _head_file(path).read_text("utf-8").rstrip("\n") + "\n"
        assert verify_tree_head(note, SIGNER.verifier).size == mark.index + 1


@pytest.mark.parametrize("size", [len(ENTRIES) + 1, 1_000_000])
async def test_a_head_that_another_key_signed_keeps_none_of_ours_away(
    path: Path, size: int
) -> None:
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append(ENTRIES)
        forged = sign_tree_head(size, bytes(32), OTHER_SIGNER)
        _head_file(path).write_text(forged.ljust(HEAD_FILE_BYTES, "\n"), "utf-8")
        await log.append([intent(50)])
        seen = HeadFile(_head_file(path), SIGNER.verifier).read()
        assert isinstance(seen, TreeHead)
        assert seen.size == len(ENTRIES) + 1


async def test_an_unreadable_entry_stops_the_page(path: Path) -> None:
    await _write(path, ENTRIES)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        run_sql(path, "UPDATE audit_entries SET kind = 77 WHERE idx = 2")
        with pytest.raises(AuditDamaged) as found:
            await log.page(AuditFilter(), Slice(10))
    assert (found.value.index, found.value.damage) == (2, Damage.UNREADABLE)


@pytest.mark.parametrize(("statements", "index", "damage"), TAMPERED.values(), ids=TAMPERED)
async def test_a_log_whose_end_is_damaged_is_not_opened(
    path: Path, statements: Sequence[str], index: int, damage: Damage
) -> None:
    await _write(path, ENTRIES)
    run_sql(path, *statements)
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (index, damage)


NO_LIMITS = (
    "PRAGMA writable_schema = ON",
    "UPDATE sqlite_schema SET sql = replace(sql, ' NOT NULL', '') WHERE type = 'table'",
    "PRAGMA writable_schema = RESET",
)
"""A file may be written by other programs: then its columns may hold anything."""

KINDS = {
    "null": "NULL",
    "a text": "'☃'",
    "an empty text": "''",
    "no bytes": "x''",
    "one byte": "x'00'",
    "a number": "-7",
    "a real": "1.5",
    "the greatest number": "9223372036854775807",
}


@sqlite_only
@pytest.mark.parametrize("column", ["hash", *ALL_BUT_HASH.split()])
@pytest.mark.parametrize("index", [0, 4, 11])
@pytest.mark.parametrize("value", KINDS.values(), ids=KINDS)
async def test_a_value_of_another_kind_is_damage_of_its_entry(
    path: Path, column: str, index: int, value: str
) -> None:
    await _write(path, ENTRIES)
    before = f"SELECT {column} IS {value} FROM audit_entries WHERE idx = {index}"  # noqa: S608 - a table of tests
    connection = sqlite3.connect(path)
    ((is_same,),) = connection.execute(before).fetchall()
    connection.close()
    if is_same:
        return
    run_sql(path, *NO_LIMITS, f"UPDATE audit_entries SET {column} = {value} WHERE idx = {index}")  # noqa: S608 - a table of tests
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (index, Damage.CHANGED)


@sqlite_only
@pytest.mark.parametrize("column", ALL_BUT_HASH.split())
@pytest.mark.parametrize("value", KINDS.values(), ids=KINDS)
async def test_a_page_with_a_value_of_another_kind_is_read_or_names_the_entry(
    path: Path, column: str, value: str
) -> None:
    await _write(path, ENTRIES)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        run_sql(path, *NO_LIMITS, f"UPDATE audit_entries SET {column} = {value} WHERE idx = 4")  # noqa: S608 - a table of tests
        try:
            page = await log.page(AuditFilter(), Slice(12))
        except AuditDamaged as damage:
            named = int(damage.index)
        else:
            named = 4
            assert len(page.items) == len(ENTRIES)
    assert named == 4


@sqlite_only
async def test_a_hub_does_not_go_on_behind_a_head_that_is_none(path: Path) -> None:
    await _write(path, ENTRIES)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        run_sql(path, *NO_LIMITS, "UPDATE audit_entries SET hash = NULL WHERE idx = 11")
        with pytest.raises(AuditUnavailable):
            await log.append(ENTRIES)
        with pytest.raises(AuditDamaged) as found:
            await log.verify()
    assert found.value.index == 11


@pytest.mark.parametrize("index", [-1, -5, -(2**63)])
async def test_an_entry_before_the_first_is_found_in_a_log_that_was_empty(
    path: Path, index: int
) -> None:
    await _write(path, [])
    columns = "(idx, kind, at, request, client, content, hash)"
    run_sql(path, f"INSERT INTO audit_entries {columns} VALUES ({index}, 1, 0, '', '', x'', x'')")  # noqa: S608 - a table of tests
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert (found.value.index, found.value.damage) == (0, Damage.MISSING)


MANY = 400
"""Entries: enough for many pages."""

PAGE_BYTES = 4_096
TABLE_LEAF = 0x0D


def _overwrite(path: Path, page: int, content: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(page * PAGE_BYTES)
        file.write(content)


def _pages_of_entries(path: Path) -> list[int]:
    """The leaves of the table, from 0: only the schema has other leaves with more than a cell."""
    content = path.read_bytes()
    pages = [content[start : start + PAGE_BYTES] for start in range(0, len(content), PAGE_BYTES)]
    return [
        number
        for number, page in enumerate(pages)
        if page[0] == TABLE_LEAF and int.from_bytes(page[3:5]) > 1 and b"CREATE" not in page
    ]


@sqlite_only
@pytest.mark.parametrize(
    "content", [b"\xff" * PAGE_BYTES, bytes(PAGE_BYTES)], ids=["all ones", "all zeros"]
)
@pytest.mark.parametrize("position", [0.0, 0.5, 1.0])
async def test_a_page_of_garbage_is_named_by_its_first_entry_and_not_called_unreadable_for_now(
    path: Path, content: bytes, position: float
) -> None:
    await _write(path, [intent(number) for number in range(MANY)])
    pages = _pages_of_entries(path)
    _overwrite(path, pages[round(position * (len(pages) - 1))], content)
    async with open_database(path, signer=SIGNER) as database:
        with pytest.raises(AuditDamaged) as found:
            await AuditLog.open(database)
    assert found.value.damage in (Damage.UNREADABLE, Damage.MISSING)
    before = found.value.index
    assert 0 <= before < MANY
    connection = sqlite3.connect(path)
    one = "SELECT hash FROM audit_entries WHERE idx = ?"
    assert all(connection.execute(one, (index,)).fetchone() for index in range(before))
    with pytest.raises(sqlite3.DatabaseError, match="malformed"):
        connection.execute(one, (before,)).fetchone()
    connection.close()


@sqlite_only
async def test_a_database_that_is_put_back_under_a_running_hub_is_not_written_to(
    path: Path,
) -> None:
    await _write(path, ENTRIES)
    yesterday = path.with_name("yesterday")
    shutil.copy(path, yesterday)
    moved_away = path.with_name("moved away")
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(50)])
        path.replace(moved_away)
        yesterday.replace(path)
        path.chmod(0o600)
        with pytest.raises(AuditUnavailable):
            await log.append([intent(51)])
        assert _entries_alone(path) == len(ENTRIES)
        moved_away.replace(path)
        await log.append([intent(52)])
        assert await database.fetch("SELECT max(idx) FROM audit_entries") == [(len(ENTRIES) + 1,)]


@sqlite_only
async def test_a_database_that_is_put_back_does_not_get_the_write_ahead_log_of_another(
    path: Path,
) -> None:
    await _write(path, ENTRIES)
    yesterday = path.with_name("yesterday")
    shutil.copy(path, yesterday)
    async with open_database(path, signer=SIGNER) as database:
        log = await AuditLog.open(database)
        await log.append([intent(50)])
        yesterday.replace(path)
        path.chmod(0o600)
        with pytest.raises(StorageUnavailable):
            await log.head()


def _entries_alone(path: Path) -> int:
    """In the file itself, without what lies beside it."""
    alone = path.with_name("alone")
    shutil.copy(path, alone)
    with closing(sqlite3.connect(alone)) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM audit_entries")
    return int(count)


Stored = tuple[Any, ...]


def _stored(appended: Sequence[AuditRecord]) -> list[Stored]:
    rows = [encode_record(record) for record in appended]
    return [(index, planted(index, row).hash, *row) for index, row in enumerate(rows)]


@settings(deadline=None)
@given(st.lists(records, min_size=1, max_size=6), st.data())
def test_any_change_of_any_column_is_found_where_it_is(
    appended: list[AuditRecord], data: st.DataObject
) -> None:
    stored = _stored(appended)
    position = data.draw(st.integers(0, len(stored) - 1))
    column = data.draw(st.integers(2, 1 + len(AuditRow._fields)))
    row = stored[position]
    values = st.none() | st.integers(-9, 2**60) | st.text(max_size=8) | st.binary(max_size=40)
    value = data.draw(values.filter(lambda value: value != row[column]))
    stored[position] = (*row[:column], value, *row[column + 1 :])
    with pytest.raises(AuditDamaged) as found:
        list(checked(BEFORE_THE_FIRST, stored, 0))
    assert found.value.index == position


@settings(deadline=None)
@given(st.lists(records, min_size=2, max_size=6, unique=True), st.data())
def test_any_other_order_is_found(appended: list[AuditRecord], data: st.DataObject) -> None:
    stored = _stored(appended)
    order = data.draw(st.permutations(stored).filter(lambda order: order != stored))
    with pytest.raises(AuditDamaged) as found:
        list(checked(BEFORE_THE_FIRST, order, 0))
    assert order[found.value.index] != stored[found.value.index]
    assert order[: found.value.index] == stored[: found.value.index]


def _head_file(path: Path) -> Path:
    return path.with_name(path.name + ".head")
