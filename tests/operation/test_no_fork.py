"""Whatever happens to a hub's database, no two checkpoints of one name and one size ever differ."""

import asyncio
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.storage.records import SIGNER, intent
from tongxing.gateway.database_place import DatabasePlace
from tongxing.gateway.operation.restoring import PlaceTaken, go_on_anew, lacking, put_into_place
from tongxing.gateway.storage import Database, StorageUnavailable
from tongxing.gateway.storage.audit import AuditDamaged, AuditLog, Damage
from tongxing.gateway.storage.head_file import head_file_of
from tongxing.gateway.storage.log_names import GivenHead
from tongxing.gateway.storage.snapshot import copy_file
from tongxing.gateway.storage.sqlite_library import sqlite3
from tongxing.keys.tree_head import TreeHead, verify_tree_head

AT = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)

STEPS = st.one_of(
    st.tuples(st.just("answer"), st.integers(1, 3)),
    st.tuples(st.just("back up"), st.just(0)),
    st.tuples(st.just("lose and restore"), st.integers(0, 9)),
)


@dataclass
class Lived:
    """A hub's machine through its disasters; ``signed`` is all that it ever gave out."""

    directory: Path
    signed: list[TreeHead] = field(default_factory=list)
    backups: list[Path] = field(default_factory=list)
    number: int = 0

    @property
    def path(self) -> Path:
        return self.directory / "hub.sqlite3"

    async def answer(self, number: int) -> None:
        async with Database.open(self.path, signer=SIGNER) as database:
            log = await AuditLog.open(database)
            for _ in range(number):
                self.number += 1
                found = await log.append_unless(lambda _: None, [intent(self.number)])
                assert found is not None
                key = SIGNER.named(database.named(SIGNER.verifier.name)).verifier
                self.signed.append(verify_tree_head(found[-1].signed.checkpoint, key))

    def back_up(self) -> None:
        copy = self.directory / f"backup-{len(self.backups)}"
        copy_file(self.path, copy)
        self.backups.append(copy)

    async def restore(self, which: int) -> None:
        """What is missing is known from all that was given out, or from nothing at all."""
        apart = self.directory / "apart"
        shutil.rmtree(apart, ignore_errors=True)
        apart.mkdir(mode=0o700)
        copy = apart / self.path.name
        shutil.copy(self.backups[which % len(self.backups)], copy)
        copy.chmod(0o600)
        shown = [GivenHead(head.origin, head, "given") for head in self.signed[:: 1 + which % 3]]
        lacks = await lacking(copy, shown, SIGNER.verifier.name)
        await go_on_anew(
            copy,
            {each.log: each.known for each in lacks},
            signer=SIGNER,
            at=AT,
            actor="uid:0",
            request_id="cli-1",
        )
        self.path.unlink(missing_ok=True)
        put_into_place(copy, DatabasePlace(self.path))
        copy.unlink()


async def _live(directory: Path, steps: list[tuple[str, int]]) -> list[TreeHead]:
    hub = Lived(directory)
    await hub.answer(1)
    hub.back_up()
    for step, number in [*steps, ("answer", 2)]:
        if step == "answer":
            await hub.answer(number)
        elif step == "back up":
            hub.back_up()
        else:
            await hub.restore(number)
    async with Database.open(hub.path, signer=SIGNER) as database:
        await (await AuditLog.open(database)).verify()
    return hub.signed


@settings(max_examples=12)
@given(steps=st.lists(STEPS, max_size=7))
def test_no_two_checkpoints_of_one_name_and_size_differ(steps: list[tuple[str, int]]) -> None:
    with TemporaryDirectory() as directory:
        signed = asyncio.run(_live(Path(directory), steps))
    roots: dict[tuple[str, int], bytes] = {}
    for head in signed:
        assert roots.setdefault((head.origin, head.size), head.root) == head.root


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "hub").mkdir(mode=0o700)
    return tmp_path / "hub" / "hub.sqlite3"


async def test_without_another_name_it_would_fork(path: Path) -> None:
    """What the property above is for: the same history with the files put back by hand."""
    hub = Lived(path.parent)
    await hub.answer(2)
    hub.back_up()
    await hub.answer(1)
    path.unlink()
    head_file_of(path).unlink()
    shutil.copy(hub.backups[0], path)
    await hub.answer(1)
    one, other = hub.signed[-2:]
    assert (one.origin, one.size) == (other.origin, other.size)
    assert one.root != other.root


async def test_a_process_that_knows_the_log_of_before_writes_nothing(path: Path) -> None:
    hub = Lived(path.parent)
    await hub.answer(2)
    hub.back_up()
    async with Database.open(path, signer=SIGNER) as running:
        log = await AuditLog.open(running)
        with pytest.raises(PlaceTaken):
            await hub.restore(0)
        for left in ("-wal", "-shm"):
            path.with_name(path.name + left).unlink()
        await hub.restore(0)
        with pytest.raises(StorageUnavailable):
            await log.append([intent(9)])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_logs SET content = replace(content, 'known', 'knewn')",
        """UPDATE audit_logs SET content = replace(content, '"size":2', '"size":3')""",
        "UPDATE audit_logs SET first = first - 1",
        "DELETE FROM audit_logs",
        "UPDATE audit_logs SET name = 'hub/audit/20261130-00000000'",
    ],
)
async def test_a_name_that_was_changed_is_found(path: Path, statement: str) -> None:
    hub = Lived(path.parent)
    await hub.answer(2)
    hub.back_up()
    await hub.restore(0)
    connection = sqlite3.connect(path)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(AuditDamaged) as found:
        async with Database.open(path, signer=SIGNER) as database:
            await AuditLog.open(database)
    assert found.value.damage in {Damage.CHANGED, Damage.FORGED}
