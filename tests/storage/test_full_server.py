"""The disk of a PostgreSQL server fills up under load: no answer without its record, and it goes on
by itself once there is room."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.storage.own_server import OwnServer, new_server
from tests.storage.records import intent
from tests.storage.server_load import Load, database_over, loaded
from tests.storage.small_disk import Limited, SmallDisk, small_disk
from tongxing.gateway.storage.audit import AuditLog, AuditUnavailable

pytestmark = pytest.mark.processes

SMALL_SEGMENTS = "--wal-segsize=1"
REFUSALS = 50

WAYS: dict[str, Callable[[Path], SmallDisk]] = {
    "a small disk": small_disk,
    "files that may not grow": lambda _: Limited(),
}


@pytest.fixture
def server() -> Iterator[OwnServer]:
    with new_server(SMALL_SEGMENTS) as server:
        yield server


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
async def test_a_full_disk_answers_nobody_and_is_recovered_from(
    server: OwnServer, tmp_path: Path, way: Callable[[Path], SmallDisk]
) -> None:
    disk = way(server.new_folder("small"))
    server.start("autovacuum=off", before=disk.before)
    url = disk.new_database(server)
    async with loaded(url, tmp_path / "one") as load:
        for _ in range(2):
            await asyncio.to_thread(disk.fill, server)
            await _is_full(load)
            with pytest.raises(AuditUnavailable):
                await load.log.append([intent(n) for n in range(2_000)])
            await asyncio.to_thread(disk.make_room, server)
            await load.goes_on(200)
        await load.check()
    async with database_over(url, tmp_path / "another machine") as database:
        await (await AuditLog.open(database)).verify([*load.acknowledged, *load.signed])


async def _is_full(load: Load) -> None:
    """Most are refused: what still fits in the pages that are there may be acknowledged."""
    before = load.refused
    async with asyncio.timeout(120):
        while load.refused < before + REFUSALS:
            await asyncio.sleep(0.02)
