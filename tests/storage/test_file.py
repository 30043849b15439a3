"""The database file: who may read it, whose it is, which schema it has."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.back_ends import sqlite_only
from tests.storage.records import SIGNER, intent
from tongxing.gateway.storage import Database, StorageRefusal, StorageRefused, StorageUnavailable
from tongxing.gateway.storage.audit import AuditLog
from tongxing.gateway.storage.sqlite import SCHEMA_VERSION
from tongxing.gateway.storage.sqlite_library import sqlite3

pytestmark = sqlite_only


async def test_files_and_directory_are_for_their_owner_alone(path: Path) -> None:
    async with Database.open(path, signer=SIGNER) as database:
        await (await AuditLog.open(database)).append([intent()])
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert modes == dict.fromkeys(modes, 0o600)
    assert modes.keys() >= {"hub.sqlite3", "hub.sqlite3.head"}


def _sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


REFUSED: dict[str, tuple[Callable[[Path], None], StorageRefusal]] = {
    "a file that others may read": (lambda path: path.chmod(0o640), StorageRefusal.OPEN_TO_OTHERS),
    "a directory that others may enter": (
        lambda path: path.parent.chmod(0o755),
        StorageRefusal.OPEN_TO_OTHERS,
    ),
    "a newer schema": (
        lambda path: _sql(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}"),
        StorageRefusal.NEWER_SCHEMA,
    ),
    "a file that another program marked": (
        lambda path: _sql(path, "PRAGMA application_id = 7"),
        StorageRefusal.NOT_OURS,
    ),
    "an unmarked file with tables": (
        lambda path: _sql(path, "PRAGMA application_id = 0"),
        StorageRefusal.NOT_OURS,
    ),
}


@pytest.mark.parametrize(("spoil", "refusal"), REFUSED.values(), ids=REFUSED)
async def test_is_refused(
    path: Path, spoil: Callable[[Path], None], refusal: StorageRefusal
) -> None:
    await Database.open(path).close()
    spoil(path)
    with pytest.raises(StorageRefused) as refused:
        Database.open(path)
    assert refused.value.refusal is refusal


@pytest.mark.parametrize("mark", ["user_version = 99", "application_id = 7"])
@pytest.mark.parametrize("mode", ["wal", "delete"])
async def test_a_refused_file_is_left_as_it_was(path: Path, mark: str, mode: str) -> None:
    await Database.open(path).close()
    _sql(path, f"PRAGMA {mark}", f"PRAGMA journal_mode = {mode}")
    before = path.read_bytes()
    with pytest.raises(StorageRefused):
        Database.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content", [b"not a database" * 100, b"SQLite format 3\0" + b"\xff" * 4096]
)
def test_what_is_no_database_cannot_be_opened(path: Path, content: bytes) -> None:
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(StorageUnavailable):
        Database.open(path)


async def test_opening_again_finds_what_was_there(path: Path) -> None:
    async with Database.open(path) as database:
        [mark] = await (await AuditLog.open(database)).append([intent()])
    async with Database.open(path) as database:
        assert await (await AuditLog.open(database)).head() == mark
