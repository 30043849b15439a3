"""A primary dies, or is only thought dead, and its standby takes its place: what was acknowledged
is there, and where it is not, nobody is answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.storage.own_server import OwnServer
from tests.storage.records import intent
from tests.storage.server_load import Load, database_over, loaded
from tests.storage.server_pair import Pair
from tongxing.gateway.storage import StorageUnavailable
from tongxing.gateway.storage.audit import (
    AuditDamaged,
    AuditLog,
    AuditMark,
    AuditUnavailable,
    Damage,
)

pytestmark = pytest.mark.processes


async def _until(server: OwnServer, question: str) -> None:
    """The server says yes."""
    async with asyncio.timeout(60):
        while not (await asyncio.to_thread(server.sql, question))[0][0]:
            await asyncio.sleep(0.02)


_UP_TO_DATE = "SELECT bool_and(replay_lsn >= pg_current_wal_lsn()) FROM pg_stat_replication"
_WAITED_FOR = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


async def _stands_still(load: Load, seconds: float = 1.0) -> None:
    """Nothing is acknowledged any more; what was on its way may have been."""
    await asyncio.sleep(0.2)
    before = len(load.acknowledged)
    await asyncio.sleep(seconds)
    assert len(load.acknowledged) == before


async def test_nobody_is_told_before_a_synchronous_standby_has_it(
    pair: Pair, tmp_path: Path
) -> None:
    pair.wait_for_each_other()
    async with loaded(pair.url, tmp_path / "one") as load:
        with pair.standby.held():
            await _stands_still(load)
            await _until(pair.primary, _WAITED_FOR)
        await load.goes_on()
        await load.check()


async def test_a_wait_that_somebody_cancels_is_no_acknowledgement(
    pair: Pair, tmp_path: Path
) -> None:
    """The server calls it a success and warns."""
    pair.wait_for_each_other()
    async with database_over(pair.url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        [first] = await log.append([intent(1)])
        with pair.standby.held():
            waiting = asyncio.create_task(log.append([intent(2)]))
            await _until(pair.primary, _WAITED_FOR)
            pair.primary.sql(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
            )
            with pytest.raises(AuditUnavailable):
                await waiting
        async with asyncio.timeout(60):
            last = await _append(log)
        assert await log.verify([first, last]) == last


async def _append(log: AuditLog) -> AuditMark:
    while True:
        try:
            return (await log.append([intent(3)]))[0]
        except AuditUnavailable:
            await asyncio.sleep(0.05)


async def test_with_a_synchronous_standby_a_fail_over_loses_nothing(
    pair: Pair, tmp_path: Path
) -> None:
    pair.wait_for_each_other()
    async with _two_machines(pair, tmp_path) as machines:
        await asyncio.gather(*(each.goes_on(200) for each in machines))
        pair.primary.kill()
        await asyncio.to_thread(pair.standby.promote)
        await asyncio.gather(*(each.goes_on(200) for each in machines))
    await _check_all(pair.standby.url(pair.name), machines, tmp_path)


@asynccontextmanager
async def _two_machines(pair: Pair, tmp_path: Path) -> AsyncIterator[tuple[Load, Load]]:
    async with loaded(pair.url, tmp_path / "one") as one, loaded(pair.url, tmp_path / "two") as two:
        yield one, two


async def _check_all(url: str, machines: tuple[Load, ...], tmp_path: Path) -> None:
    """All that was acknowledged and signed is in one log there, and no number stands for two."""
    async with database_over(url, tmp_path / "another machine") as database:
        marks = [mark for each in machines for mark in each.acknowledged]
        signed = [head for each in machines for head in each.signed]
        await (await AuditLog.open(database)).verify([*marks, *signed])
    assert len({mark.index for mark in marks}) == len(marks)


async def test_a_primary_that_was_only_thought_dead_acknowledges_nothing_more(
    pair: Pair, tmp_path: Path
) -> None:
    """It waits for a standby that follows no longer, and its workers leave it by themselves."""
    pair.wait_for_each_other()
    async with loaded(pair.url, tmp_path / "one") as load:
        await load.goes_on(100)
        await asyncio.to_thread(pair.standby.promote)
        await load.goes_on(100)
    await _check_all(pair.standby.url(pair.name), (load,), tmp_path)


async def test_a_new_primary_that_lacks_what_was_acknowledged_is_not_answered_from(
    pair: Pair, tmp_path: Path
) -> None:
    """Its standby was asynchronous and behind. Once the old one is back, all go on."""
    async with loaded(pair.url, tmp_path / "one") as load:
        await load.goes_on(50)
        pair.standby.stop()
        await load.goes_on(200)
        pair.primary.kill()
        await asyncio.to_thread(pair.standby.start)
        await asyncio.to_thread(pair.standby.promote)
        await _lacking(load)
        await _stands_still(load)
        with pytest.raises(StorageUnavailable):
            await load.database.fetch("SELECT 1")
        async with database_over(pair.url, tmp_path / "one") as restarted:
            with pytest.raises(AuditDamaged) as found:
                await AuditLog.open(restarted)
            assert found.value.damage is Damage.TRUNCATED
        pair.standby.kill()
        await asyncio.to_thread(pair.primary.start)
        await load.goes_on()
        assert load.database.lacking is None
        await load.check()


async def _lacking(load: Load) -> None:
    async with asyncio.timeout(60):
        while load.database.lacking is None:
            await asyncio.sleep(0.02)


async def test_of_two_primaries_the_later_is_used_and_nobody_goes_back(
    pair: Pair, tmp_path: Path
) -> None:
    """With an asynchronous standby the old one would take everything."""
    async with database_over(pair.url, tmp_path / "one") as database:
        log = await AuditLog.open(database)
        [first] = await log.append([intent(1)])
        await _until(pair.primary, _UP_TO_DATE)
        await asyncio.to_thread(pair.standby.promote)
        await database.look_for_a_later()
        [second] = await log.append([intent(2)])
        await log.verify([first, second])
        pair.standby.stop()
        for _ in range(3):
            with pytest.raises(AuditUnavailable):
                await log.append([intent(3)])
        pair.standby.start()
        last = await _append(log)
        assert await log.verify([first, second]) == last
    async with database_over(pair.primary.url(pair.name), tmp_path / "other") as old:
        assert await (await AuditLog.open(old)).verify() == first
