"""A hub is killed at each step of what happens to its holder key: no epoch is lost, and none that
is destroyed is half there."""

from pathlib import Path

import pytest

from tests.back_ends import open_database
from tests.storage.disk import Moment
from tests.storage.holders import FILE, NEW_FILE, destruction
from tests.storage.mortal_holders import live_through
from tests.storage.processes import reports, start
from tests.storage.records import SIGNER
from tongxing.gateway.storage import Database
from tongxing.gateway.storage.faults import StorageRefused
from tongxing.gateway.storage.holder_epoch_store import HolderEpochStore
from tongxing.keys import HolderKey

pytestmark = pytest.mark.processes

STEPS = 120


async def _opened(database: Database) -> HolderKey:
    """The file that opens them all: both, or one of them."""
    for file in (FILE, NEW_FILE):
        try:
            await HolderEpochStore(database, file).all()
        except StorageRefused:
            continue
        return file
    raise AssertionError("no file opens what there is")


async def _is_whole(path: Path, before: dict[int, str]) -> bool:
    """Whether all is done. The secret of an epoch never changes."""
    async with open_database(path, signer=SIGNER) as database:
        file = await _opened(database)
        found = await HolderEpochStore(database, file).all()
        now = {each.number: each.key.fingerprint for each in found}
        assert {number: now[number] for number in now if number in before} == {
            number: secret for number, secret in before.items() if number in now
        }
        before.clear()
        before.update(now)
        seals = await database.fetch("SELECT DISTINCT epoch FROM holder_seals")
        assert {epoch for (epoch,) in seals} == set(now)
        await destruction(database, file).clear()
        left = await database.fetch("SELECT DISTINCT epoch FROM holder_links")
        assert {epoch for (epoch,) in left} <= set(now)
        return file is NEW_FILE and set(now) == {2, 3}


@pytest.mark.parametrize("moment", Moment)
async def test_killed_at_each_statement_no_epoch_is_lost_or_half_destroyed(
    path: Path, moment: Moment
) -> None:
    """Each process begins where the one before it was killed, one statement further on."""
    before: dict[int, str] = {}
    kills = 0
    for number in range(1, STEPS, 3):
        process, pipe = start(live_through, path, number, moment)
        through = reports(pipe) == ["through"]
        process.join()
        kills += process.exitcode != 0
        if await _is_whole(path, before) or through:
            break
    assert await _is_whole(path, before)
    assert kills > 3
