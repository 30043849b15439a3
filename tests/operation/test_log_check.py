"""The whole log is checked beside the requests; what is damaged is named and stops all answers."""

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.storage.records import SIGNER as LOG_SIGNER
from tests.storage.records import intent
from tongxing.gateway.operation.log_check import Bookmark, LogCheck, bookmark_of
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.adoption import nodes_of
from tongxing.gateway.storage.audit import AuditLog, AuditMark, AuditUnavailable
from tongxing.gateway.storage.entries import AuditRow, planted
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.gateway.storage.tree import TILE
from tongxing.keys import HubSigner
from tongxing.keys.hub_keys import HubKeys
from tongxing.schema import AuditIndex


def keys_of(signer: HubSigner) -> HubKeys:
    return HubKeys.of_one(signer, "hub", lambda: datetime(2020, 3, 6, tzinfo=UTC))


KEYS = keys_of(HubSigner.generate())
ENTRIES = 60


@dataclass
class Checked:
    path: Path
    log: AuditLog
    told: list[tuple[int, str]] = field(default_factory=list)

    def audit_damaged(self, index: int, damage: str) -> None:
        self.told.append((index, damage))

    @property
    def bookmark(self) -> Bookmark:
        return Bookmark(bookmark_of(self.path), KEYS)

    async def round(self) -> None:
        await LogCheck(self.log, self.bookmark, self).round()

    def change(self, index: int) -> None:
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("UPDATE audit_entries SET client = 'x' WHERE idx = ?", (index,))

    def hash_anew(self, index: int) -> None:
        """The entry, and the nodes above it, as somebody does who has read how they are made."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            rows = connection.execute(
                "SELECT kind, at, request, client, region, holder, content, claims"
                " FROM audit_entries WHERE idx = ?",
                (index,),
            )
            changed = planted(index, AuditRow(*rows.fetchone())).hash
            connection.execute("UPDATE audit_entries SET hash = ? WHERE idx = ?", (changed, index))
            leaves = connection.execute("SELECT hash FROM audit_entries ORDER BY idx").fetchall()
            for level, number, node in nodes_of(leaf for (leaf,) in leaves):
                connection.execute(
                    "UPDATE audit_nodes SET hash = ? WHERE level = ? AND number = ?",
                    (node, level, number),
                )


@pytest.fixture
async def checked(tmp_path: Path) -> AsyncIterator[Checked]:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path) as database:
        log = await AuditLog.open(database)
        await log.append([intent(number) for number in range(ENTRIES)])
        yield Checked(path, log)


async def test_a_whole_log_is_checked_to_its_end_and_the_end_is_marked(checked: Checked) -> None:
    await checked.round()
    assert checked.told == []
    assert checked.bookmark.read() == await checked.log.head()
    await checked.log.append([intent(99)])


@pytest.mark.parametrize("index", [0, 30, ENTRIES - 1])
@pytest.mark.parametrize("before", [False, True], ids=["behind the bookmark", "before it"])
async def test_a_changed_entry_is_named_and_nothing_is_recorded_any_more(
    checked: Checked, index: int, *, before: bool
) -> None:
    if before:
        await checked.round()
    checked.change(index)
    await checked.round()
    assert checked.told == [(index, "CHANGED")]
    with pytest.raises(AuditUnavailable):
        await checked.log.append([intent(99)])


@pytest.mark.parametrize("before", [False, True], ids=["behind the bookmark", "before it"])
@pytest.mark.parametrize("entries", [ENTRIES, TILE + 1], ids=["without nodes", "with nodes"])
async def test_an_entry_that_was_written_anew_with_its_hashes_is_found_under_a_running_hub(
    tmp_path: Path, entries: int, *, before: bool
) -> None:
    path = tmp_path / "state" / "hub.sqlite3"
    async with Database.open(path, signer=LOG_SIGNER) as database:
        checked = Checked(path, await AuditLog.open(database))
        await checked.log.append([intent(number) for number in range(entries)])
        if before:
            await checked.round()
        checked.change(30)
        checked.hash_anew(30)
        await checked.round()
        assert checked.told == [(entries - 1, "FORKED")]
        with pytest.raises(AuditUnavailable):
            await checked.log.append([intent(99)])


async def test_a_bookmark_that_the_log_does_not_hold_is_damage(checked: Checked) -> None:
    checked.bookmark.put(AuditMark(AuditIndex(ENTRIES + 5), "A" * 43))
    await checked.round()
    assert checked.told == [(ENTRIES, "TRUNCATED")]


@pytest.mark.parametrize("position", range(0, 170, 13))
async def test_a_bookmark_that_the_hub_did_not_sign_is_none(
    checked: Checked, position: int
) -> None:
    await checked.round()
    file = bookmark_of(checked.path)
    line = bytearray(file.read_bytes())
    line[min(position, len(line) - 1)] ^= 1
    file.write_bytes(line)
    assert checked.bookmark.read() is None
    await checked.round()
    assert checked.told == []


async def test_a_bookmark_of_another_hub_is_none(checked: Checked) -> None:
    await checked.round()
    assert Bookmark(bookmark_of(checked.path), keys_of(HubSigner.generate())).read() is None
